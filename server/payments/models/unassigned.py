"""The tables of money that came without saying for what, and of what cards hold so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class UnassignedPayment(Base):
    """A card taken in person, under Stripe's id of its PaymentIntent, that names no payment and no invoice of ours. It
    is in the books once the office has said which invoice it pays; a payout that holds it sets it aside until then."""

    __tablename__ = "unassigned_payments"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("(payment_id IS NULL) = (assigned_at IS NULL)", name="assigned"),
        Index("ix_unassigned_payments_open", "created_at", postgresql_where=text("payment_id IS NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    # What of it the customer gave beside what they paid.
    tip_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    currency: Mapped[str]
    words: Mapped[str]
    card_kind: Mapped[str | None]
    card_brand: Mapped[str | None]
    card_last4: Mapped[str | None]
    stripe_charge_id: Mapped[str]
    created_at: Mapped[datetime]
    payment_id: Mapped[str | None] = mapped_column(ForeignKey("payments.id"), unique=True)
    assigned_by: Mapped[str | None]
    assigned_at: Mapped[datetime | None]


class UnnamedHold(Base):
    """An amount that a card holds, under Stripe's id of its PaymentIntent, that names no payment and no invoice of
    ours: no money yet. Who began it takes it or lets it go, or the bank does at `capture_before`; `ended_at` is when we
    learnt that it is held no more."""

    __tablename__ = "unnamed_holds"

    id: Mapped[str] = mapped_column(primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    words: Mapped[str]
    card_brand: Mapped[str | None]
    card_last4: Mapped[str | None]
    capture_before: Mapped[datetime]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
