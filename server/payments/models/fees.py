"""The table of what Stripe kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class Fee(Base):
    """What Stripe kept of one line of its balance, under that line's id: below 0 where it gave a fee back.

    `source_id` is Stripe's charge, refund or dispute; `revision` counts how often the fee changed, each time an entry.
    `charged_minor` is what the line is about in the payment's own currency, once we know that Stripe exchanged it.
    """

    __tablename__ = "fees"

    id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), index=True)
    source_id: Mapped[str | None] = mapped_column(index=True)
    type: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    revision: Mapped[int]
    charged_minor: Mapped[int | None] = mapped_column(BigInteger)
    happened_at: Mapped[datetime]
    created_at: Mapped[datetime]
