"""Tables of treatment plans, cases, what was done in them, their holds, and runs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.dunning.rules import ActionStatus, Basis, LineStatus


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


class Case(Base):
    """One chase of one customer in one currency, by one version of a plan.

    Open until `closed_at`; paused while a hold is in force, which is asked, not stored. `step` is the last step
    taken. A debt that comes back opens its case again, as the next `cycle`, where it had stopped.
    """

    __tablename__ = "dunning_cases"
    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (closed_because IS NULL)", name="closed"),
        Index(
            "uq_dunning_cases_open",
            "customer_id",
            "currency",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_dunning_cases_customer_id_currency", "customer_id", "currency", "created_at"),
        Index("ix_dunning_cases_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    currency: Mapped[str]
    plan_id: Mapped[str] = mapped_column(ForeignKey("treatment_plans.id"))
    cycle: Mapped[int] = mapped_column(default=1)
    step: Mapped[int | None]
    last_contact_on: Mapped[date | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str | None]

    @property
    def opened_at(self) -> datetime:
        """The moment it was first opened."""
        return self.created_at


class Action(Base):
    """A step taken in a case, or not taken and why: at most one for each case, plan version, cycle and step."""

    __tablename__ = "dunning_actions"
    __table_args__ = (
        UniqueConstraint("case_id", "plan_id", "cycle", "step"),
        CheckConstraint("(skipped_because IS NOT NULL) = (status = 'skipped')", name="skipped"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"))
    plan_id: Mapped[str] = mapped_column(ForeignKey("treatment_plans.id"))
    cycle: Mapped[int]
    step: Mapped[int]
    channel: Mapped[str]
    status: Mapped[ActionStatus]
    skipped_because: Mapped[str | None]
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    acted_at: Mapped[datetime]


class Hold(Base):
    """Why a case rests. It ends by itself on `until_on`, or when its `owner` releases it."""

    __tablename__ = "dunning_holds"
    __table_args__ = (CheckConstraint("until_on IS NOT NULL OR owner IS NOT NULL", name="end_or_owner"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"), index=True)
    reason: Mapped[str]
    until_on: Mapped[date | None]
    owner: Mapped[str | None]
    placed_at: Mapped[datetime]
    released_at: Mapped[datetime | None]


class Run(Base):
    """A run of the plan that somebody asked for, now or as it would be on a day; a dry run changes nothing else."""

    __tablename__ = "dunning_runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[date]
    dry_run: Mapped[bool]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]


class RunLine(Base):
    """What a run plans, did or skipped for one customer in one currency."""

    __tablename__ = "dunning_run_lines"

    run_id: Mapped[str] = mapped_column(ForeignKey("dunning_runs.id"), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[LineStatus]
    step: Mapped[int | None]
    channel: Mapped[str | None]
    open_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str | None]
    written_at: Mapped[datetime]
