"""The table of card readers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


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
