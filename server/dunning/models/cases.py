"""Tables of cases, and of what was done in them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.dunning.rules import ActionStatus


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
