"""The table of treatment plans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.dunning.rules import Basis


class TreatmentPlan(Base):
    """A version of a plan, as data; once a case uses it, it never changes (`rules.Plan` reads it)."""

    __tablename__ = "treatment_plans"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    basis: Mapped[Basis]
    min_gap_days: Mapped[int]
    # [{"currency", "above_minor"}, ...]; none, which is the article's own blank, makes every account small.
    large_accounts: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    installed_at: Mapped[datetime]
