"""Tables of cases, of how they went from state to state, and of what was done in them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.dunning.rules import ActionStatus, Ending, Status


class Case(Base):
    """One chase of one customer in one currency, by one version of a plan.

    Open until `closed_at`; paused while a hold is in force, which is asked, not stored. `step` is the last step
    taken. A debt that comes back opens its case again, as the next `cycle`, where it had stopped. `risk_class` is how
    the customer pays, where somebody worked it out: it picks the modifiers of the plan.
    """

    __tablename__ = "dunning_cases"
    __table_args__ = (
        CheckConstraint("status <> 'paused'", name="pause_is_asked"),
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
    status: Mapped[Status] = mapped_column(default=Status.ACTIVE, server_default=text("'active'"))
    cycle: Mapped[int] = mapped_column(default=1)
    step: Mapped[int | None]
    last_contact_on: Mapped[date | None]
    risk_class: Mapped[str | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[Ending | None]

    @property
    def opened_at(self) -> datetime:
        """The moment it was first opened."""
        return self.created_at


class Transition(Base):
    """A case went from one state to another: why, on whose word, when. Rows are only ever added.

    `because` is a word a program knows (a reason, a step, an ending), `note` what a person wrote beside it.
    """

    __tablename__ = "dunning_transitions"
    __table_args__ = (Index("ix_dunning_transitions_case_id", "case_id", "moved_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"))
    cycle: Mapped[int]
    from_status: Mapped[str | None]
    to_status: Mapped[Status]
    because: Mapped[str]
    note: Mapped[str | None]
    moved_by: Mapped[str]
    moved_at: Mapped[datetime]


class Action(Base):
    """A step in a case and what became of it: at most one for each case, plan version, cycle and step.

    `opens_on` and `closes_on` are its window as it was planned; `window_missed` says that it was not done inside.
    A step for a person names who is at it or did it, and a call its `outcome` and `root_cause`.
    """

    __tablename__ = "dunning_actions"
    __table_args__ = (
        UniqueConstraint("case_id", "plan_id", "cycle", "step"),
        CheckConstraint("(skipped_because IS NOT NULL) = (status = 'skipped')", name="skipped"),
        CheckConstraint("(claimed_at IS NULL) = (claimed_by IS NULL)", name="claimed"),
        Index("ix_dunning_actions_open", "case_id", postgresql_where=text("status IN ('planned', 'claimed')")),
        Index("ix_dunning_actions_message_id", "message_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"))
    plan_id: Mapped[str] = mapped_column(ForeignKey("treatment_plans.id"))
    cycle: Mapped[int]
    step: Mapped[int]
    channel: Mapped[str]
    template: Mapped[str | None]
    status: Mapped[ActionStatus]
    skipped_because: Mapped[str | None]
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]
    window_missed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    claimed_by: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    root_cause: Mapped[str | None]
    note: Mapped[str | None]
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    # By which intent it speaks of legal steps; null where it does not.
    legal_intent_id: Mapped[str | None] = mapped_column(ForeignKey("legal_intents.id"))
    # What was asked for in writing: {invoice id: minor units}.
    demanded: Mapped[dict[str, Any] | None]
    acted_at: Mapped[datetime]
