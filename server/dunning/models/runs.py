"""Tables of runs of the plan."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.dunning.rules import LineStatus


class Run(Base):
    """A run of the plan that somebody asked for, now or as it would be on a day; a dry run changes nothing else.

    A dry run may look at everybody by one version (`plan_id`); otherwise each case follows its own.
    """

    __tablename__ = "dunning_runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[date]
    dry_run: Mapped[bool]
    plan_id: Mapped[str | None] = mapped_column(ForeignKey("treatment_plans.id"))
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
    template: Mapped[str | None]
    open_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str | None]
    written_at: Mapped[datetime]
