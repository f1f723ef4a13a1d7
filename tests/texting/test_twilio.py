"""What the texting service answers, and what that means for a message; the service is the demo's catcher, or broken."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from server.cli.demo import texts
from server.core import config, embedded
from server.core.database import transaction
from server.messages import flows, operations, queries
from server.messages.rules import Kind, Status
from server.texting import twilio
from tests.messages.conftest import NOW

TO = "+14185550199"


def point_at(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    said = {"API_BASE": base, "ACCOUNT_SID": "ACtest", "AUTH_TOKEN": "secret", "FROM": "+14185550142"}
    for name, value in said.items():
        monkeypatch.setenv(f"FIELDPAY_SMS_{name}", value)
    config.current.cache_clear()


@pytest.fixture
def catcher(product: config.Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The catcher of texts this process sends to."""
    with texts.catching(tmp_path / "texts") as base:
        point_at(monkeypatch, base)
        yield base


def answering(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a service that answers everything with these bytes, or hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with listener:
            caller, _ = listener.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(raw)

    threading.Thread(target=answer, daemon=True).start()
    point_at(monkeypatch, f"http://127.0.0.1:{listener.getsockname()[1]}")


def written(to: str = TO) -> str:
    with transaction() as session:
        return operations.write_text(
            session,
            key="receipt:text:1",
            kind=Kind.RECEIPT,
            words="Payé\u00a0: 10,00\u202f$",
            sender_name="Plomberie Roy",
            to=to,
            locale="fr",
            customer_id="cus_1",
            invoice_id="inv_1",
            now=NOW,
        ).id


def test_a_text_is_sent_once_and_shown(catcher: str) -> None:
    message_id = written()
    assert written() == message_id, "the same key is the same message"
    flows.deliver(message_id=message_id, now=NOW)
    flows.deliver(message_id=message_id, now=NOW)
    [text] = requests.get(f"{catcher}/texts", timeout=5).json()["items"]
    assert (text["to"], text["from"], text["text"]) == (TO, "+14185550142", "Payé : 10,00 $")
    assert "10,00 $" in requests.get(catcher, timeout=5).text
    with transaction() as session:
        assert queries.get_message(session, message_id).status == Status.SENT


def test_a_number_no_text_reaches_is_refused_for_good(catcher: str) -> None:
    message_id = written("+15005550001")
    flows.deliver(message_id=message_id, now=NOW)
    with transaction() as session:
        message = queries.get_message(session, message_id)
        assert (message.status, message.last_error_code) == (Status.BOUNCED, "21211")


@pytest.mark.parametrize(
    ("answer", "failure", "code"),
    [
        (b'HTTP/1.1 429 Too Many\r\nContent-Length: 14\r\n\r\n{"code":20429}', twilio.NotNow, "20429"),
        (b"HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n", twilio.NotNow, "401"),
        (b'HTTP/1.1 400 No\r\nContent-Length: 14\r\n\r\n{"code":21610}', twilio.Refused, "21610"),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", twilio.OutcomeUnknown, "503"),
        (b"HTTP/1.1 302 Away\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", twilio.OutcomeUnknown, "302"),
        (b"", twilio.OutcomeUnknown, "ConnectionError"),
    ],
)
def test_what_the_service_says_decides_whether_it_is_tried_again(
    product: config.Config, monkeypatch: pytest.MonkeyPatch, answer: bytes, failure: type[Exception], code: str
) -> None:
    answering(answer, monkeypatch)
    with pytest.raises(failure) as raised:
        twilio.send(to=TO, words="Hello")
    assert getattr(raised.value, "code", None) == code


def test_where_nobody_listens_nothing_was_sent(product: config.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, f"http://127.0.0.1:{embedded.free_port()}")
    message_id = written()
    flows.deliver(message_id=message_id, now=NOW)
    with transaction() as session:
        message = queries.get_message(session, message_id)
        assert (message.status, message.last_error_code) == (Status.WRITTEN, "ConnectionError")


def test_a_broken_answer_is_never_followed_by_a_second_text(
    product: config.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(b"", monkeypatch)
    message_id = written()
    flows.deliver(message_id=message_id, now=NOW)
    with transaction() as session:
        assert queries.get_message(session, message_id).status == Status.UNKNOWN


def test_half_a_setting_is_a_mistake_told_at_start(product: config.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDPAY_SMS_ACCOUNT_SID", "ACtest")
    with pytest.raises(config.Misconfigured, match="FIELDPAY_SMS_AUTH_TOKEN is not set"):
        config.from_environment()


def test_the_catcher_refuses_what_twilio_refuses(catcher: str) -> None:
    address = f"{catcher}/2010-04-01/Accounts/ACtest/Messages.json"
    asked = {"To": TO, "From": "+14185550142", "Body": "Hello"}
    assert requests.post(address, data=asked, timeout=5).status_code == 401
    for wrong, code in (({"To": "418"}, 21211), ({"Body": ""}, 21602), ({"Body": "x" * 1601}, 21617)):
        refused = requests.post(address, data={**asked, **wrong}, auth=("ACtest", "x"), timeout=5)
        assert (refused.status_code, refused.json()["code"]) == (400, code)
