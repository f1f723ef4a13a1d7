"""Questions about messages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.core.database import among
from server.core.errors import NotFound
from server.documents import pdf
from server.messages.models import Message, MessageAttachment
from server.messages.rules import Attachment, Status


class NoSuchMessage(NotFound):
    """There is no such message."""

    code = "message_not_found"


def get_message(session: Session, message_id: str) -> Message:
    """Return the message. Raises NoSuchMessage."""
    found = session.get(Message, message_id)
    if found is None:
        raise NoSuchMessage
    return found


def list_by_id(session: Session, message_ids: Collection[str]) -> dict[str, Message]:
    """Return these messages by id."""
    if not message_ids:
        return {}
    return {found.id: found for found in session.scalars(select(Message).where(Message.id.in_(message_ids)))}


def get_by_key(session: Session, key: str) -> Message:
    """Return the message written under this key. Raises NoSuchMessage."""
    found = session.scalars(select(Message).where(Message.key == key)).one_or_none()
    if found is None:
        raise NoSuchMessage
    return found


def ids_by_key(session: Session, keys: Collection[str]) -> dict[str, str]:
    """Return the ids of the messages written under these keys."""
    return {row[0]: row[1] for row in session.execute(select(Message.key, Message.id).where(among(Message.key, keys)))}


def list_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Return those of these keys under which something was written."""
    return set(session.scalars(select(Message.key).where(Message.key.in_(keys))))


def get_for_update(session: Session, message_id: str) -> Message:
    """Return the message as it is now, locked. Raises NoSuchMessage."""
    found = session.get(Message, message_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchMessage
    return found


def list_for_customer(session: Session, customer_id: str) -> Sequence[Message]:
    """Return everything written to a customer, newest first."""
    return session.scalars(
        select(Message).where(Message.customer_id == customer_id).order_by(Message.created_at.desc(), Message.id.desc())
    ).all()


def list_for_invoice(session: Session, invoice_id: str) -> Sequence[Message]:
    """Return everything written about an invoice alone, newest first."""
    return session.scalars(
        select(Message).where(Message.invoice_id == invoice_id).order_by(Message.created_at.desc(), Message.id.desc())
    ).all()


def list_files(session: Session, message_id: str) -> list[Attachment]:
    """Return the files that go with a message, as they were sent or would be."""
    return [
        Attachment(
            filename=each.filename,
            content_type=each.content_type,
            content=each.content if each.is_drawn else pdf.drawn(each.content),
        )
        for each in list_attachments(session, message_id)
    ]


def list_attachments(session: Session, message_id: str) -> Sequence[MessageAttachment]:
    """Return the files that go with a message, as they are kept."""
    return session.scalars(
        select(MessageAttachment).where(MessageAttachment.message_id == message_id).order_by(MessageAttachment.filename)
    ).all()


def list_overdue(session: Session, status: Status, *, before: datetime) -> Sequence[Message]:
    """Return the messages that have stood in a state since before a moment, locked; at most 500 at a time."""
    return session.scalars(
        select(Message)
        .where(Message.status == status, Message.due_at < before)
        .order_by(Message.due_at)
        .limit(500)
        .with_for_update(skip_locked=True)
    ).all()
