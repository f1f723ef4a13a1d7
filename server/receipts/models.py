"""Tables of receipts, and of who sent them where."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.core.sealed import SealedText
from server.receipts.rules import Kind


class ReceiptSeries(Base):
    """The last number given. The row is locked until the receipt is committed: no gap, no number twice."""

    __tablename__ = "receipt_series"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int] = mapped_column(BigInteger)


class Receipt(Base):
    """A receipt as it was written: `facts` are all that it says, and a trigger refuses any change. It is of a payment
    and its invoice, or of a customer alone (`customer_id`) whose credit was transferred back."""

    __tablename__ = "receipts"
    __table_args__ = (
        CheckConstraint("(refund_id IS NOT NULL) = (kind IN ('refund', 'refund_failed'))", name="refund"),
        CheckConstraint(
            "(kind = 'credit_payout') = (customer_id IS NOT NULL) AND (kind = 'credit_payout') = (payment_id IS NULL)"
            " AND (kind = 'credit_payout') = (invoice_id IS NULL)",
            name="of_a_customer",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[Kind]
    payment_id: Mapped[str | None] = mapped_column(ForeignKey("payments.id"), index=True)
    refund_id: Mapped[str | None] = mapped_column(ForeignKey("refunds.id"), index=True)
    invoice_id: Mapped[str | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    facts: Mapped[str] = mapped_column(SealedText)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class ReceiptSending(Base):
    """A message that brought a receipt: who asked for it. Where it went, and whether it did, is the message's."""

    __tablename__ = "receipt_sendings"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    receipt_id: Mapped[str] = mapped_column(ForeignKey("receipts.id"), index=True)
    sent_by: Mapped[str]
    created_at: Mapped[datetime]
