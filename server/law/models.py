"""The table of who reviewed which row, and switched it on or off."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class LawReview(Base):
    """What somebody decided about a version of a row. The last one of a row counts; none ever changes."""

    __tablename__ = "law_reviews"
    __table_args__ = (Index("ix_law_reviews_row_key", "row_key", "reviewed_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    row_key: Mapped[str]
    version: Mapped[int]
    switched_on: Mapped[bool]
    # Who answers for it, as they wrote it, and who they were signed in as.
    name: Mapped[str]
    reviewed_by: Mapped[str]
    reviewed_at: Mapped[datetime]
