"""The table of attempts to collect."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Mapped, column_property, mapped_column

from server.core.database import Base
from server.core.sealed import SealedText
from server.payments.models.shares import PaymentShare
from server.payments.rules import Method, Status, was_debit

_OPEN = "status IN ('created', 'waiting', 'processing', 'unknown')"


class Payment(Base):
    """One attempt to collect. Attempts on a reader share their PaymentIntent after a decline: never a second one.

    `invoice_id` is the invoice it was asked for, or the first of several; `shared` is None where it is for that one.
    `sent_at` is when the reader was last sent it, `unknown_since` when an answer was lost that is not known yet,
    `unanswered_since` since when Stripe was asked about it without an answer.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("(settled_at IS NULL) = (" + _OPEN + ")", name="settled"),
        CheckConstraint(
            "(reversed_at IS NULL) = (reversal_id IS NULL) AND (reversed_at IS NULL OR status = 'succeeded'"
            " AND method IN ('cash', 'cheque', 'bank_transfer', 'pay_link'))",
            name="reversed",
        ),
        Index(
            "uq_payments_open_card",
            "invoice_id",
            unique=True,
            postgresql_where=text(
                "method IN ('card_reader', 'mobile_reader', 'pay_link', 'card_on_file') AND expected_on IS NULL AND "
                + _OPEN
            ),
        ),
        Index(
            "uq_payments_live_intent",
            "stripe_intent_id",
            unique=True,
            postgresql_where=text("status NOT IN ('failed', 'canceled')"),
        ),
        Index("ix_payments_held", "capture_before", postgresql_where=text("capture_before IS NOT NULL AND " + _OPEN)),
        Index("ix_payments_to_check", "next_check_at", postgresql_where=text(_OPEN)),
        Index("ix_payments_created_at_id", "created_at", "id"),
        # What came today, what came last, and whose fee is not known: asked every few seconds, of few among many.
        Index("ix_payments_settled_at", "settled_at"),
        Index("ix_payments_reversed_at", "reversed_at", postgresql_where=text("reversed_at IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    method: Mapped[Method]
    status: Mapped[Status]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    # What the customer gave beside it, and to which technician: never a part of what is owed.
    tip_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    tip_for: Mapped[str] = mapped_column(default="", server_default=text("''"))
    currency: Mapped[str]
    reference: Mapped[str | None]
    reader_id: Mapped[str | None] = mapped_column(ForeignKey("readers.id"))
    reader_fence: Mapped[int | None] = mapped_column(BigInteger)
    saved_card_id: Mapped[str | None] = mapped_column(ForeignKey("saved_cards.id"))
    taken_by: Mapped[str]
    stripe_intent_id: Mapped[str | None] = mapped_column(index=True)
    # The payment that this one repeated: a phone without network forwarded one card twice.
    double_of: Mapped[str | None] = mapped_column(ForeignKey("payments.id"))
    stripe_session_id: Mapped[str | None] = mapped_column(unique=True)
    stripe_charge_id: Mapped[str | None] = mapped_column(unique=True)
    checkout_url: Mapped[str | None] = mapped_column(SealedText)
    # Whose float cash or a cheque belongs to: a technician's id, or "" for the office.
    held_by: Mapped[str] = mapped_column(default="", server_default=text("''"))
    # When a cheque was paid in at the bank.
    banked_at: Mapped[datetime | None]
    reversal_id: Mapped[str | None] = mapped_column(unique=True)
    reversal_reason: Mapped[str | None]
    reversal_fee_minor: Mapped[int | None] = mapped_column(BigInteger)
    reversed_by: Mapped[str | None]
    reversed_at: Mapped[datetime | None]
    # Authorized first, taken later: until when the card holds the amount, and how much of it we asked for.
    capture_later: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    capture_before: Mapped[datetime | None]
    capture_minor: Mapped[int | None] = mapped_column(BigInteger)
    card_kind: Mapped[str | None]
    card_brand: Mapped[str | None]
    card_last4: Mapped[str | None]
    failure_code: Mapped[str | None]
    # When the bank answers, of a debit that was seen on its way.
    expected_on: Mapped[date | None]
    checks: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    next_check_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    # When Stripe was last asked for a fee of which no event told.
    fees_asked_at: Mapped[datetime | None]
    unknown_since: Mapped[datetime | None]
    unanswered_since: Mapped[datetime | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    # What of it was more than was owed when it came.
    beyond_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    # Its shares as (invoice id, minor units), the one that is paid first at the start: they come with the row, since
    # whoever looks at a payment asks what it is for. They change where a deposit gives its place to the final invoice.
    shared: Mapped[list[Any] | None] = column_property(
        select(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_array(PaymentShare.invoice_id, PaymentShare.amount_minor), PaymentShare.position
                )
            )
        )
        .where(PaymentShare.payment_id == id)
        .correlate_except(PaymentShare)
        .scalar_subquery(),
        expire_on_flush=False,
    )

    @property
    def by_debit(self) -> bool:
        """Whether a bank account was debited, and no card charged."""
        return was_debit(self.card_kind, expected_on=self.expected_on)

    @property
    def lead_id(self) -> str:
        """The invoice that it pays, the first of several: where a person finds it."""
        return next(iter(self.parts))

    @property
    def parts(self) -> dict[str, int]:
        """What of it is for which invoice, in minor units by invoice id, the one that is paid first at the start."""
        shared = self.shared or [(self.invoice_id, self.amount_minor)]
        return dict(shared) if len(shared) > 1 else {shared[0][0]: self.amount_minor}
