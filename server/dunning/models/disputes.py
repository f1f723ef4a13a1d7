"""The table of customers' objections."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.dunning.rules import DisputeReason, DisputeStatus, RootCause, Source


class Dispute(Base):
    """What a customer objects to: an amount of one invoice, at most one at a time, which rests until it is decided.

    `answer` is what the customer was told, `credited_minor` what was taken off the invoice.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        CheckConstraint("amount_minor > 0 AND credited_minor >= 0", name="positive"),
        CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(status IN ('upheld', 'rejected')) = (root_cause IS NOT NULL)", name="root_cause"),
        Index("uq_disputes_open", "invoice_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("ix_disputes_invoice_id", "invoice_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"))
    status: Mapped[DisputeStatus]
    source: Mapped[Source]
    reason: Mapped[DisputeReason]
    root_cause: Mapped[RootCause | None]
    said: Mapped[str]
    answer: Mapped[str | None]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    credited_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
