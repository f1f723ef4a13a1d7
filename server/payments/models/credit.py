"""The tables of what customers' credit paid, and of what of it was transferred back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.payments.rules import RefundStatus


class CreditApplication(Base):
    """Credit of a customer that somebody used to pay an invoice. Withdrawn, it is credit again and the invoice owes."""

    __tablename__ = "credit_applications"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("(withdrawn_by IS NULL) = (withdrawn_at IS NULL)", name="withdrawn"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    applied_by: Mapped[str]
    created_at: Mapped[datetime]
    withdrawn_by: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]

    @property
    def applied_at(self) -> datetime:
        """The moment of use."""
        return self.created_at


class CreditPayout(Base):
    """Money held for a customer that no payment brought and that is transferred back to them. `paid_at` is when it was
    free to go: asked for, or approved."""

    __tablename__ = "credit_payouts"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("paid_at IS NULL OR rejected_by IS NULL", name="decided_once"),
        CheckConstraint("approved_by <> requested_by AND rejected_by <> requested_by", name="second_person"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    reason: Mapped[str]
    reference: Mapped[str]
    requested_by: Mapped[str]
    approved_by: Mapped[str | None]
    rejected_by: Mapped[str | None]
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]

    @property
    def status(self) -> RefundStatus:
        """Where it stands, in the words of refunds."""
        if self.rejected_by is not None:
            return RefundStatus.CANCELED
        return RefundStatus.SUCCEEDED if self.paid_at else RefundStatus.AWAITING_APPROVAL
