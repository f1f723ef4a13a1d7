"""Messages and the files that go with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.core.sealed import SealedBytes, SealedText
from server.messages.rules import Channel, Kind, Status


class Message(Base):
    """A message as it was written: its words never change, only where it stands."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(k.value) for k in Kind)})", name="kind"),
        CheckConstraint(f"status IN ({', '.join(repr(s.value) for s in Status)})", name="status"),
        CheckConstraint(f"channel IN ({', '.join(repr(c.value) for c in Channel)})", name="channel"),
        CheckConstraint("(recipient IS NULL) = (status = 'no_address')", name="no_address"),
        CheckConstraint("(sent_at IS NOT NULL) = (status = 'sent')", name="sent"),
        Index(None, "due_at", postgresql_where=sql("status IN ('written', 'sending')")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """(action, recipient): writing the same thing twice writes it once (law 4)."""
    kind: Mapped[str]
    channel: Mapped[str] = mapped_column(default=Channel.EMAIL)
    status: Mapped[str]
    customer_id: Mapped[str | None] = mapped_column(index=True)
    """Null where it is for the business itself."""
    invoice_id: Mapped[str | None] = mapped_column(index=True)
    recipient: Mapped[str | None]
    """An e-mail address, or a telephone number as E.164."""
    reply_to: Mapped[str | None]
    sender_name: Mapped[str]
    locale: Mapped[str]
    subject: Mapped[str]
    html: Mapped[str] = mapped_column(SealedText)
    text: Mapped[str] = mapped_column(SealedText)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error_code: Mapped[str | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """When `written`: the next attempt. When `sending`: the moment after which the sender counts as dead."""
    sent_at: Mapped[datetime | None]
    # When it may go: [[from, to], ...] in UTC, the earliest first; none lets it go at any time.
    windows: Mapped[list[Any]] = mapped_column(default=list, server_default=sql("'[]'::jsonb"))

    def may_go_from(self, now: datetime) -> datetime | None:
        """Return from when it may go: now within a window, and where it has none; None after the last."""
        spans = [[datetime.fromisoformat(moment) for moment in window] for window in self.windows]
        opens_at = next((opens for opens, closes in spans if now < closes), None)
        return max(now, opens_at) if opens_at else None if spans else now


class MessageAttachment(Base):
    """A file as it was sent; until then, where it is not drawn, what it will say."""

    __tablename__ = "message_attachments"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    filename: Mapped[str] = mapped_column(primary_key=True)
    content_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(SealedBytes)
    is_drawn: Mapped[bool] = mapped_column(default=True, server_default=sql("true"))
