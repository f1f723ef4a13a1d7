"""The table of who reviewed which row, and switched it on or off."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric
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


class ReferenceRate(Base):
    """What somebody entered of a reference rate (`rules.REFERENCES`), in percent a year, from its first day on.

    The last word on a day counts; none ever changes.
    """

    __tablename__ = "reference_rates"
    __table_args__ = (
        CheckConstraint("percent BETWEEN -10 AND 50", name="percent"),
        Index("ix_reference_rates_name_valid_from", "name", "valid_from"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    valid_from: Mapped[date]
    percent: Mapped[Decimal] = mapped_column(Numeric(7, 4))
    source: Mapped[str]
    entered_by: Mapped[str]
    entered_at: Mapped[datetime]
