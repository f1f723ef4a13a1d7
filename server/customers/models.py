"""The table of customers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class Customer(Base):
    """Who owes. `phone` is E.164; `time_zone` and `country` are the business's when null."""

    __tablename__ = "customers"
    __table_args__ = (
        CheckConstraint("kind IN ('business', 'consumer')", name="kind"),
        CheckConstraint("language IN ('fr', 'en')", name="language"),
        Index("ix_customers_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str]
    # Whether somebody said so; otherwise it is the business's.
    language_known: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    time_zone: Mapped[str | None]
    country: Mapped[str | None]
    region: Mapped[str | None]
    addresses: Mapped[list[Any]]
    written_only: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # The lawyer or other representative who speaks for them; nobody else is contacted then.
    represented_by: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    created_at: Mapped[datetime]
