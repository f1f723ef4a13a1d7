"""A message leaves once, or it says why it did not."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from sqlalchemy import text
from sqlalchemy.orm import Session

from server.core import config, embedded
from server.core.database import transaction
from server.messages import flows, operations, queries, rules, tasks
from server.messages.models import Message
from server.messages.rules import Attachment, Status
from tests.messages.conftest import INVOICE, NOW, REMINDER, SENDER, MailServer

PDF = Attachment(filename="2026-000042.pdf", content_type="application/pdf", content=b"%PDF-1.7 \x00\xff")


def write(session: Session, **more: Any) -> Message:
    """Write a message."""
    given = {
        "key": "invoice:inv_1",
        "content": INVOICE,
        "sender": SENDER,
        "to": "marie@example.com",
        "locale": "fr_CA",
        "customer_id": "cus_1",
        "invoice_id": "inv_1",
        "attachments": [PDF],
        "now": NOW,
    }
    return operations.write(session, **{**given, **more})


def written(**more: Any) -> str:
    """Write a message in a transaction of its own; return its id."""
    with transaction() as session:
        return write(session, **more).id


def stored(message_id: str) -> Message:
    """Return the message as the database has it."""
    with transaction() as session:
        return queries.get_message(session, message_id)


def waiting_tasks() -> list[str]:
    """Return the message ids of the deliveries that are deferred."""
    with transaction() as session:
        return list(
            session.scalars(
                text(
                    "SELECT args->>'message_id' FROM procrastinate_jobs"
                    " WHERE task_name = 'messages.deliver' ORDER BY id"
                )
            )
        )


def test_a_message_arrives_with_both_texts_and_its_file(mail_server: MailServer) -> None:
    message_id = written()
    flows.deliver(message_id=message_id, now=NOW)
    (mail,) = mail_server.received
    assert mail["To"] == "marie@example.com"
    assert mail["From"] == "Plomberie Tremblay & fils <no-reply@fieldpay.example>"
    assert mail["Reply-To"] == "bureau@tremblay.example"
    assert mail["Subject"] == "Facture 2026-000042 de Plomberie Tremblay & fils"
    assert mail["Message-ID"] == f"<{message_id}@fieldpay.example>"
    assert mail["Content-Language"] == "fr-CA"
    html, plain = (mail.get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None
    assert plain is not None
    assert "Échéance\u00a0: 31 décembre 2026" in plain.get_content()
    assert "1\u00a0533,80\u00a0$" in html.get_content()
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == (PDF.filename, PDF.content_type)
    assert file.get_content() == PDF.content
    message = stored(message_id)
    assert (message.status, message.sent_at, message.attempts) == (Status.SENT, NOW, 1)


def test_a_long_subject_arrives_with_every_space(mail_server: MailServer) -> None:
    third = replace(REMINDER, tone=rules.TONES["reminder_3"])
    message_id = written(sender=replace(SENDER, name="Électricité Roy"), content=third)
    flows.deliver(message_id=message_id, now=NOW)
    (mail,) = mail_server.received
    assert mail["Subject"] == "Troisième rappel\u00a0: 1\u00a0533,80\u00a0$ à payer à Électricité Roy"


def test_what_is_written_twice_is_written_and_sent_once(mail_server: MailServer) -> None:
    first = written()
    assert written(to="other@example.com") == first
    assert waiting_tasks() == [first]
    flows.deliver(message_id=first, now=NOW)
    flows.deliver(message_id=first, now=NOW)
    assert [mail["To"] for mail in mail_server.received] == ["marie@example.com"]


@pytest.mark.usefixtures("product")
def test_a_rollback_leaves_neither_message_nor_task() -> None:
    with transaction() as session:
        write(session)
        session.rollback()
    assert waiting_tasks() == []
    with transaction() as session, pytest.raises(queries.NoSuchMessage):
        queries.get_by_key(session, "invoice:inv_1")


@pytest.mark.usefixtures("product")
@pytest.mark.parametrize("address", [None, ""])
def test_a_customer_without_an_address_is_shown_to_the_office(address: str | None) -> None:
    message = stored(written(to=address))
    assert message.status == Status.NO_ADDRESS
    assert waiting_tasks() == []


def test_eight_workers_at_once_send_one_mail(mail_server: MailServer) -> None:
    message_id = written()
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(lambda _: flows.deliver(message_id=message_id, now=NOW), range(8)))
    assert len(mail_server.received) == 1
    assert stored(message_id).attempts == 1


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_permanent_refusal_is_a_bounce(mail_server: MailServer, command: str) -> None:
    mail_server.replies[command] = ["550 No such mailbox"]
    message_id = written()
    flows.deliver(message_id=message_id, now=NOW)
    message = stored(message_id)
    assert (message.status, message.last_error_code) == (Status.BOUNCED, "550")
    flows.deliver(message_id=message_id, now=NOW)
    assert mail_server.received == []


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_temporary_refusal_is_tried_again_later_under_the_same_message_id(
    mail_server: MailServer, command: str
) -> None:
    mail_server.replies[command] = ["451 Come back"]
    message_id = written()
    flows.deliver(message_id=message_id, now=NOW)
    message = stored(message_id)
    assert (message.status, message.last_error_code) == (Status.WRITTEN, "451")
    assert message.due_at == NOW + timedelta(seconds=4)
    assert waiting_tasks() == [message_id, message_id]
    flows.deliver(message_id=message_id, now=message.due_at)
    assert [mail["Message-ID"] for mail in mail_server.received] == [f"<{message_id}@fieldpay.example>"]
    assert stored(message_id).last_error_code is None


@pytest.mark.usefixtures("product")
def test_nobody_listening_is_tried_eight_times_then_failed() -> None:
    message_id = written()
    waits = []
    for _ in range(rules.ATTEMPTS):
        due_at = stored(message_id).due_at
        flows.deliver(message_id=message_id, now=due_at)
        waits.append(int((stored(message_id).due_at - due_at).total_seconds()))
    message = stored(message_id)
    assert (message.status, message.attempts) == (Status.FAILED, 8)
    assert message.last_error_code == "ConnectionRefusedError"
    assert waits[:7] == [4, 16, 64, 256, 1024, 4096, 16384]
    assert len(waiting_tasks()) == 8


async def hang_up(server: SMTP) -> str:
    """Break the connection instead of answering."""
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()
    return ""


async def babble(_server: SMTP) -> str:
    """Answer what no mail server answers."""
    return "what?"


async def keep_silent(_server: SMTP) -> str:
    """Take the text and never answer."""
    await asyncio.Event().wait()
    return ""


@pytest.mark.parametrize("answer", [hang_up, babble])
def test_no_clear_answer_to_the_text_is_unknown_and_never_sent_again(
    mail_server: MailServer, answer: Callable[[SMTP], Awaitable[str]]
) -> None:
    mail_server.on_data = answer
    message_id = written()
    flows.deliver(message_id=message_id, now=NOW)
    assert stored(message_id).status == Status.UNKNOWN
    mail_server.on_data = None
    flows.deliver(message_id=message_id, now=NOW + timedelta(days=1))
    with transaction() as session:
        operations.sweep(session, now=NOW + timedelta(days=1))
    assert waiting_tasks() == [message_id]
    assert mail_server.received == []


def test_a_worker_killed_while_sending_leaves_an_unknown_that_is_never_sent_again(mail_server: MailServer) -> None:
    message_id = written()
    mail_server.on_data = keep_silent
    deliver = (
        "import sys, datetime; from server.messages import flows, tasks;"
        f"flows.deliver(message_id={message_id!r}, now=datetime.datetime.fromisoformat({NOW.isoformat()!r}))"
    )
    worker = subprocess.Popen([sys.executable, "-c", deliver])
    assert mail_server.reached.wait(30)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    mail_server.on_data = None
    assert stored(message_id).status == Status.SENDING

    with transaction() as session:
        operations.sweep(session, now=NOW + rules.SILENT_AFTER - timedelta(seconds=1))
    assert stored(message_id).status == Status.SENDING
    with transaction() as session:
        operations.sweep(session, now=NOW + rules.SILENT_AFTER + timedelta(seconds=1))
    assert stored(message_id).status == Status.UNKNOWN
    flows.deliver(message_id=message_id, now=NOW + timedelta(days=1))
    assert mail_server.received == []


def test_a_slow_sender_that_was_counted_dead_still_says_it_sent(mail_server: MailServer) -> None:
    message_id = written()
    with transaction() as session:
        operations.claim(session, message_id=message_id, now=NOW)
        operations.sweep(session, now=NOW + timedelta(hours=1))
    with transaction() as session:
        operations.record_outcome(session, message_id=message_id, outcome=Status.SENT, now=NOW)
    assert stored(message_id).status == Status.SENT


def test_a_message_whose_task_is_gone_is_asked_for_again(mail_server: MailServer) -> None:
    message_id = written()
    with transaction() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    for seconds in (0, 1):
        with transaction() as session:
            operations.sweep(session, now=NOW + timedelta(hours=1, seconds=seconds))
    assert waiting_tasks() == [message_id]
    tasks.deliver(message_id=message_id)
    assert len(mail_server.received) == 1


def test_a_message_taken_back_is_not_sent(mail_server: MailServer) -> None:
    message_id = written()
    with transaction() as session:
        assert operations.withdraw(session, key="invoice:inv_1", now=NOW)
    flows.deliver(message_id=message_id, now=NOW)
    assert mail_server.received == []
    assert stored(message_id).status == Status.WITHDRAWN


def test_a_message_that_left_cannot_be_taken_back(mail_server: MailServer) -> None:
    message_id = written()
    flows.deliver(message_id=message_id, now=NOW)
    with transaction() as session:
        assert not operations.withdraw(session, key="invoice:inv_1", now=NOW)
    assert stored(message_id).status == Status.SENT


def test_an_address_the_mail_server_cannot_write_is_a_bounce(mail_server: MailServer) -> None:
    message_id = written(to="zoé@exemple.example")
    flows.deliver(message_id=message_id, now=NOW)
    assert (stored(message_id).status, stored(message_id).last_error_code) == (Status.BOUNCED, "address_not_ascii")


def test_what_was_written_is_listed_with_its_customer_and_its_invoice(mail_server: MailServer) -> None:
    older, newer = written(), written(key="later", invoice_id=None, now=NOW + timedelta(days=1))
    with transaction() as session:
        assert [m.id for m in queries.list_for_customer(session, "cus_1")] == [newer, older]
        assert [m.id for m in queries.list_for_invoice(session, "inv_1")] == [older]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_the_mail_server_is_signed_in_to_with_the_address_of_the_settings(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def knows(*arguments: Any) -> AuthResult:
        return AuthResult(success=arguments[-1] == LoginPassword(b"field pay", b"p@ss/word"))

    signed_in = Controller(
        mail_server,
        hostname="127.0.0.1",
        port=embedded.free_port(),
        authenticator=knows,
        auth_required=True,
        auth_require_tls=False,
    )
    signed_in.start()
    monkeypatch.setenv(
        "FIELDPAY_SMTP_URL", f"smtp://{quote('field pay')}:{quote('p@ss/word', safe='')}@127.0.0.1:{signed_in.port}"
    )
    config.current.cache_clear()
    message_id = written()
    flows.deliver(message_id=message_id, now=NOW)
    signed_in.stop()
    assert stored(message_id).status == Status.SENT
    assert len(mail_server.received) == 1
