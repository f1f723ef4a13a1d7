"""The table of card readers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class Reader(Base):
    """A card reader, under Stripe's own id.

    It rides with a technician or in a van, and whoever takes payments on it holds it: `holder` (a person, or a key)
    until `held_until`. `fence` grows whenever it passes to another: a command that bears an older number is refused.
    """

    __tablename__ = "readers"
    __table_args__ = (CheckConstraint("held_until IS NULL OR holder IS NOT NULL", name="held"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]
    location_id: Mapped[str]
    device_type: Mapped[str]
    technician_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    van: Mapped[str | None]
    holder: Mapped[str | None]
    holder_name: Mapped[str | None]
    held_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    created_at: Mapped[datetime]

    @property
    def registered_at(self) -> datetime:
        """The moment of registration."""
        return self.created_at
