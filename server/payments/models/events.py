"""The table of events that Stripe sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


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
