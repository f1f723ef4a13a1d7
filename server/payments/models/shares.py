"""The table of shares: what of one payment is for which invoice."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class PaymentShare(Base):
    """What of a payment for several invoices is for one of them, as it was asked for: the lowest `position` is paid
    first. Of one for a deposit that was not paid in time, it is for the invoice of the work. What settled in the end is
    in the books."""

    __tablename__ = "payment_shares"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="positive"),)

    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), primary_key=True, index=True)
    position: Mapped[int]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
