"""Tables of payouts and their lines."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.payouts.rules import LineKind, Status


class Payout(Base):
    """Money on its way from Stripe to our bank, under Stripe's own id. `created_at` is when Stripe made it."""

    __tablename__ = "payouts"
    __table_args__ = (Index("ix_payouts_created_at_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[Status]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    automatic: Mapped[bool]
    arrives_on: Mapped[date]
    failure_code: Mapped[str | None]
    booked_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class PayoutLine(Base):
    """A line of Stripe's balance that went with a payout, under its id there.

    `subject_id` is what it is about: our refund, our chargeback, a payment or another payout; None while nothing of
    ours explains it, and then its money is set aside in the books. `payment_id` is the payment it concerns.
    """

    __tablename__ = "payout_lines"

    id: Mapped[str] = mapped_column(primary_key=True)
    payout_id: Mapped[str] = mapped_column(ForeignKey("payouts.id"), index=True)
    kind: Mapped[LineKind]
    type: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    fee_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    source_id: Mapped[str | None]
    subject_id: Mapped[str | None]
    payment_id: Mapped[str | None] = mapped_column(ForeignKey("payments.id"))
    set_aside: Mapped[bool]
    happened_at: Mapped[datetime]

    @property
    def net_minor(self) -> int:
        """What the payout grew by."""
        return self.amount_minor - self.fee_minor

    @property
    def explained(self) -> bool:
        """Whether we know what it is: matched, or a fee of Stripe's own."""
        return self.subject_id is not None or self.kind is LineKind.FEE
