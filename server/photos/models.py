"""The table of photos."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.core.sealed import SealedBytes
from server.photos.rules import ENDINGS, Kind, Type


class Photo(Base):
    """A picture of a job. It never changes. `taken_at` is the phone's word, `created_at` when we had it; of a cheque
    `payment_id` is the payment it made."""

    __tablename__ = "photos"
    __table_args__ = (
        CheckConstraint("kind = 'cheque' OR payment_id IS NULL", name="payment_id"),
        Index("ix_photos_job_id_taken_at", "job_id", "taken_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    payment_id: Mapped[str | None] = mapped_column(ForeignKey("payments.id"))
    kind: Mapped[Kind]
    caption: Mapped[str | None]
    type: Mapped[Type]
    content: Mapped[bytes] = mapped_column(SealedBytes, deferred=True)
    size_bytes: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    sha256: Mapped[str]
    taken_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[datetime]
    created_at: Mapped[datetime]

    @property
    def filename(self) -> str:
        """The name under which it is sent."""
        return f"{self.id}.{ENDINGS[self.type]}"
