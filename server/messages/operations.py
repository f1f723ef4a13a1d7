"""Writing messages, and writing down what became of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy import insert, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from server.contacts import operations as contacts
from server.core import ids, look, queue, words
from server.documents import pdf
from server.messages import queries, rules
from server.messages.models import Message, MessageAttachment
from server.messages.rules import Attachment, Channel, Content, Kind, Sender, Status, Window


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A mail to be written, as `write` is told it."""

    key: str
    content: Content
    sender: Sender
    to: str | None
    locale: str
    customer_id: str | None
    invoice_id: str | None = None
    attachments: Sequence[Attachment] = ()
    windows: Sequence[Window] = ()


def write(
    session: Session,
    *,
    key: str,
    content: Content,
    sender: Sender,
    to: str | None,
    locale: str,
    customer_id: str | None,
    invoice_id: str | None = None,
    attachments: Sequence[Attachment] = (),
    windows: Sequence[Window] = (),
    now: datetime,
) -> Message:
    """Write a message and the task that will deliver it, in the caller's transaction.

    `key` names the action and the recipient (law 4): under a key that was used before, the message of then is
    returned and nothing is written. Without an address (`to`) the message is kept as `no_address`, for the office to
    see. Amounts in the text are those of this moment. With `windows` it goes within one of them, or not at all.
    """
    draft = Draft(
        key=key,
        content=content,
        sender=sender,
        to=to,
        locale=locale,
        customer_id=customer_id,
        invoice_id=invoice_id,
        attachments=attachments,
        windows=windows,
    )
    return queries.get_message(session, write_each(session, [draft], now=now)[key])


def write_each(session: Session, drafts: Sequence[Draft], *, now: datetime) -> dict[str, str]:
    """Write mails as `write` does one; return the ids of the messages by key."""
    return _keep(session, [(_rendered(draft), draft.attachments) for draft in drafts], now=now)


def _rendered(draft: Draft) -> dict[str, Any]:
    subject, html, text = render(draft.content, draft.sender, draft.locale)
    return {
        "key": draft.key,
        "kind": draft.content.kind,
        "channel": Channel.EMAIL,
        "status": Status.WRITTEN if draft.to else Status.NO_ADDRESS,
        "customer_id": draft.customer_id,
        "invoice_id": draft.invoice_id,
        "recipient": draft.to or None,
        "sender_name": draft.sender.name,
        "reply_to": draft.sender.email,
        "locale": draft.locale,
        "subject": subject,
        "html": html,
        "text": text,
        "windows": _kept(draft.windows),
    }


def write_text(
    session: Session,
    *,
    key: str,
    kind: Kind,
    words: str,
    sender_name: str,
    to: str,
    locale: str,
    customer_id: str,
    invoice_id: str | None = None,
    windows: Sequence[Window] = (),
    now: datetime,
) -> Message:
    """Write a text message to a number (E.164), as `write` does a mail."""
    said = {
        "key": key,
        "kind": kind,
        "channel": Channel.TEXT,
        "status": Status.WRITTEN,
        "customer_id": customer_id,
        "invoice_id": invoice_id,
        "recipient": to,
        "sender_name": sender_name,
        "locale": locale,
        "subject": "",
        "html": "",
        "text": rules.short(words),
        "windows": _kept(windows),
    }
    return queries.get_message(session, _keep(session, [(said, ())], now=now)[key])


def _kept(windows: Sequence[Window]) -> list[list[str]]:
    return [[opens_at.isoformat(), closes_at.isoformat()] for opens_at, closes_at in windows]


def _keep(
    session: Session, said: Sequence[tuple[dict[str, Any], Sequence[Attachment]]], *, now: datetime
) -> dict[str, str]:
    """Keep messages with their files, their tasks and their rows in the log; return their ids by key."""
    if not said:
        return {}
    rows = [{"id": ids.new("msg", now=now), "created_at": now, "due_at": now, **row} for row, _ in said]
    fresh = upsert(Message).on_conflict_do_nothing(index_elements=["key"]).returning(Message.key, Message.id)
    kept = {row.key: row.id for row in session.execute(fresh, rows)}
    if len(kept) < len(rows):
        kept = queries.ids_by_key(session, [row["key"] for row in rows])
    files = [
        {"message_id": row["id"], **vars(file)}
        for row, (_, attached) in zip(rows, said, strict=True)
        for file in attached
        if kept[row["key"]] == row["id"]
    ]
    if files:
        # What is returned is not wanted: with it, SQLAlchemy writes all of them in one statement.
        session.execute(insert(MessageAttachment).returning(MessageAttachment.message_id), files)
    written = [row for row in rows if kept[row["key"]] == row["id"]]
    _defer(session, [(row["kind"], row["id"]) for row in written if row["recipient"]])
    contacts.note_each(session, [_noted(row, digest=_digest(row)) for row in written if row["customer_id"]], now=now)
    return kept


def _digest(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{row['subject']}\n{row['text']}".encode()).hexdigest()


_NOTED = ("id", "status", "kind", "channel", "recipient", "customer_id", "invoice_id")


def _noted(row: Mapping[str, Any], **facts: str | None) -> dict[str, Any]:
    """Return what the log says of where a message to a customer stands."""
    return {
        "kind": f"message_{row['status']}",
        "subject_id": row["id"],
        "customer_id": row["customer_id"],
        "invoice_id": row["invoice_id"],
        "case_id": None,
        "by": "",
        "facts": {"about": row["kind"], "channel": row["channel"], "recipient": row["recipient"], **facts},
        "happened_at": None,
    }


def _note(session: Session, message: Message, *, now: datetime, **facts: str | None) -> None:
    """Tell the log where a message to a customer stands."""
    if message.customer_id is not None:
        contacts.note_each(session, [_noted({name: getattr(message, name) for name in _NOTED}, **facts)], now=now)


def withdraw(session: Session, *, key: str, now: datetime) -> bool:
    """Take back a message that nobody began to send. Returns whether it was still there to take back."""
    taken = session.execute(
        update(Message)
        .where(Message.key == key, Message.status == Status.WRITTEN)
        .values(status=Status.WITHDRAWN)
        .returning(Message)
    )
    message = taken.scalar_one_or_none()
    if message is not None:
        _note(session, message, now=now)
    return message is not None


def claim(session: Session, *, message_id: str, now: datetime) -> Message | None:
    """Take a written message for sending: exactly one caller gets it, the others get None.

    One that may not go at this moment waits for its next window; after the last it is `failed`.
    """
    message = queries.get_for_update(session, message_id)
    if message.status != Status.WRITTEN:
        return None
    opens_at = message.may_go_from(now)
    if opens_at is None:
        message.status, message.last_error_code = Status.FAILED, "no_window_left"
        _note(session, message, now=now, error_code=message.last_error_code)
        return None
    if opens_at > now:
        postpone(session, message, until=opens_at)
        return None
    message.status, message.attempts, message.due_at = Status.SENDING, message.attempts + 1, now + rules.SILENT_AFTER
    session.flush()
    return message


def postpone(session: Session, message: Message, *, until: datetime) -> None:
    """Let a written message wait until a moment."""
    message.due_at = until
    _defer(session, [(message.kind, message.id)], at=until)


def _defer(session: Session, each: Sequence[tuple[str, str]], *, at: datetime | None = None) -> None:
    """Let a worker deliver messages, of (kind, id). What asks for money goes by those who chase: they look again in
    that moment."""
    asking = [{"message_id": message_id} for kind, message_id in each if kind == Kind.REMINDER]
    others = [{"message_id": message_id} for kind, message_id in each if kind != Kind.REMINDER]
    queue.defer_each(session, "dunning.deliver", asking, at=at)
    queue.defer_each(session, "messages.deliver", others, at=at)


def draw_attachments(session: Session, message_id: str) -> Sequence[MessageAttachment]:
    """Return the files of a message that is about to be sent: what is not drawn yet is drawn, and kept as it goes."""
    attached = queries.list_attachments(session, message_id)
    for file in attached:
        if not file.is_drawn:
            file.content, file.is_drawn = pdf.drawn(file.content), True
    session.flush()
    return attached


def record_outcome(
    session: Session, *, message_id: str, outcome: Status, error_code: str | None = None, now: datetime
) -> None:
    """Write down what the mail server said: sent, bounced, unknown, or written again for another attempt.

    The last attempt is not followed by another: the message is then `failed`. A sender that comes back after it
    counted as dead still says what it knows.
    """
    message = queries.get_for_update(session, message_id)
    if message.status not in (Status.SENDING, Status.UNKNOWN):
        return
    if outcome is Status.WRITTEN and message.attempts >= rules.ATTEMPTS:
        outcome = Status.FAILED
    message.status = outcome
    message.last_error_code = error_code
    if outcome is Status.SENT:
        message.sent_at = now
    if outcome is not Status.WRITTEN:
        _note(session, message, now=now, error_code=error_code)
    if outcome is Status.WRITTEN:
        postpone(session, message, until=now + rules.wait_before(message.attempts + 1))


def sweep(session: Session, *, now: datetime) -> None:
    """Ask again for messages whose task is gone, and call unknown what a dead worker was sending."""
    for message in queries.list_overdue(session, Status.WRITTEN, before=now - rules.SILENT_AFTER):
        message.due_at = now  # so that a long queue is not made longer at every sweep
        _defer(session, [(message.kind, message.id)])
    for message in queries.list_overdue(session, Status.SENDING, before=now):
        message.status = Status.UNKNOWN
        message.last_error_code = "sender_died"
        _note(session, message, now=now, error_code="sender_died")


def render(content: Content, sender: Sender, locale: str) -> tuple[str, str, str]:
    """Return the subject, the HTML and the text of a message; nothing is written.

    The first line of a text template is the subject.
    """
    values = {"content": content, "sender": sender}
    with words.speaking(locale):
        html = _templates().get_template(f"{content.kind}.html").render(values)
        subject, text = _templates().get_template(f"{content.kind}.txt").render(values).split("\n", 1)
    return " ".join(subject.strip().splitlines()), html, text.strip() + "\n"


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words.install(made)
    made.globals.update(colour=look.colour, dark=look.dark_colours(), methods=rules.METHODS)
    return made
