"""Tables of treatment plans, and of when one was switched on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.dunning.rules import Basis


class TreatmentPlan(Base):
    """A version of a plan, as data; it never changes (`rules.Plan` reads it). A change is the next version."""

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
    modifiers: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    exits: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    # Who wrote this version; null is what Fieldpay came with.
    written_by: Mapped[str | None]
    installed_at: Mapped[datetime]


class PlanSwitch(Base):
    """From here on new cases follow this version: the last row counts. `run_id` is the dry run somebody saw before."""

    __tablename__ = "dunning_plan_switches"
    __table_args__ = (Index("ix_dunning_plan_switches_switched_at", "switched_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("treatment_plans.id"))
    run_id: Mapped[str | None] = mapped_column(ForeignKey("dunning_runs.id"))
    switched_by: Mapped[str]
    switched_at: Mapped[datetime]
