"""The table of cards that customers let us keep."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.payments.rules import Channel


class SavedCard(Base):
    """A customer's consent, with the very words, and the card that was then kept at Stripe: never its number.

    Made when the customer agrees, before they pay (`payment_id`); without `saved_at` no card was kept.
    """

    __tablename__ = "saved_cards"
    __table_args__ = (
        CheckConstraint("(saved_at IS NULL) = (stripe_method_id IS NULL)", name="saved"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
        CheckConstraint("consent_language IN ('fr', 'en')", name="language"),
        Index("ix_saved_cards_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    payment_id: Mapped[str] = mapped_column(unique=True)
    consent_text: Mapped[str]
    consent_sha256: Mapped[str]
    consent_language: Mapped[str]
    consent_channel: Mapped[Channel]
    consented_by: Mapped[str]
    created_at: Mapped[datetime]
    stripe_customer_id: Mapped[str | None]
    stripe_method_id: Mapped[str | None] = mapped_column(unique=True)
    brand: Mapped[str | None]
    last4: Mapped[str | None]
    exp_month: Mapped[int | None]
    exp_year: Mapped[int | None]
    saved_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]

    @property
    def consented_at(self) -> datetime:
        """The moment the customer agreed."""
        return self.created_at
