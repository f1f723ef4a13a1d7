"""The table of refunds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.payments.rules import Method, RefundStatus


class Refund(Base):
    """Money of a payment that goes back. `released_at` is when it was free to go: asked for, or approved."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("tip_minor BETWEEN 0 AND amount_minor", name="tip"),
        CheckConstraint("(settled_at IS NULL) = (status NOT IN ('succeeded', 'failed', 'canceled'))", name="settled"),
        CheckConstraint("approved_by <> requested_by AND rejected_by <> requested_by", name="second_person"),
        Index("ix_refunds_to_check", "next_check_at", postgresql_where=text("next_check_at IS NOT NULL")),
        Index("ix_refunds_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    # Of the amount, what goes back of the payment's tip.
    tip_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    currency: Mapped[str]
    status: Mapped[RefundStatus]
    reason: Mapped[str]
    # Where the card that paid is asked for again: Interac alone.
    reader_id: Mapped[str | None] = mapped_column(ForeignKey("readers.id"))
    # How the customer's credit was paid out by hand; null where money goes back the way it came.
    by_hand: Mapped[Method | None]
    reference: Mapped[str | None]
    requested_by: Mapped[str]
    approved_by: Mapped[str | None]
    rejected_by: Mapped[str | None]
    stripe_refund_id: Mapped[str | None] = mapped_column(unique=True)
    failure_code: Mapped[str | None]
    checks: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    next_check_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
