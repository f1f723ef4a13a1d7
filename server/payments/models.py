"""Tables of payments, refunds, readers and the events Stripe sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.core.sealed import SealedText
from server.payments.rules import Method, RefundStatus, Status

_OPEN = "status IN ('created', 'waiting', 'processing', 'unknown')"


class Reader(Base):
    """A card reader, under Stripe's own id."""

    __tablename__ = "readers"

    id: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    location_id: Mapped[str]
    device_type: Mapped[str]
    created_at: Mapped[datetime]

    @property
    def registered_at(self) -> datetime:
        """The moment of registration."""
        return self.created_at


class Payment(Base):
    """One attempt to collect. Attempts on a reader share their PaymentIntent after a decline: never a second one."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("(settled_at IS NULL) = (" + _OPEN + ")", name="settled"),
        Index(
            "uq_payments_open_card",
            "invoice_id",
            unique=True,
            postgresql_where=text("method IN ('card_reader', 'pay_link') AND " + _OPEN),
        ),
        Index(
            "uq_payments_live_intent",
            "stripe_intent_id",
            unique=True,
            postgresql_where=text("status NOT IN ('failed', 'canceled')"),
        ),
        Index("ix_payments_to_check", "next_check_at", postgresql_where=text(_OPEN)),
        Index("ix_payments_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    method: Mapped[Method]
    status: Mapped[Status]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    reference: Mapped[str | None]
    reader_id: Mapped[str | None] = mapped_column(ForeignKey("readers.id"))
    taken_by: Mapped[str]
    stripe_intent_id: Mapped[str | None] = mapped_column(index=True)
    stripe_session_id: Mapped[str | None] = mapped_column(unique=True)
    stripe_charge_id: Mapped[str | None] = mapped_column(unique=True)
    checkout_url: Mapped[str | None] = mapped_column(SealedText)
    card_brand: Mapped[str | None]
    card_last4: Mapped[str | None]
    failure_code: Mapped[str | None]
    checks: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    next_check_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Refund(Base):
    """Money of a payment that goes back. `released_at` is when it was free to go: asked for, or approved."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("(settled_at IS NULL) = (status NOT IN ('succeeded', 'failed', 'canceled'))", name="settled"),
        CheckConstraint("approved_by <> requested_by AND rejected_by <> requested_by", name="second_person"),
        Index("ix_refunds_to_check", "next_check_at", postgresql_where=text("next_check_at IS NOT NULL")),
        Index("ix_refunds_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    status: Mapped[RefundStatus]
    reason: Mapped[str]
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


class StripeEvent(Base):
    """An event as it arrived: stored once by its id. What it is about is asked of Stripe, not read from it."""

    __tablename__ = "stripe_events"

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    object_id: Mapped[str]
    intent_id: Mapped[str | None]
    payment_id: Mapped[str | None]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
