"""When the patience of a plan is over: a person is asked to decide. Nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from server.dunning.rules.calls import ProposalKind
from server.dunning.rules.cases import Debt, demand_is_over, is_final_left, planned
from server.dunning.rules.plans import Plan


class Exit(StrEnum):
    """Why a case leaves its plan for a person's decision.

    Source: ABC-Amega, "Nine Collection Tips": no answer (tip 9), 90 days past due (tips 6 and 9). A debt that cannot be
    sued for any more is proposed for letting go; one whose steps cost more than they can be expected to bring, for any
    decision (article 000 of the reference: know when to let go).
    """

    UNANSWERED = "unanswered"
    AGE = "age"
    TIME_BARRED = "time_barred"
    NOT_WORTH = "not_worth"

    @property
    def because(self) -> str:
        """How transitions and proposals name it."""
        return f"exit:{self}"

    @property
    def kind(self) -> ProposalKind:
        """What is proposed."""
        return ProposalKind.WRITE_OFF if self is Exit.TIME_BARRED else ProposalKind.EITHER


# As runs show what is proposed.
EXIT_TEMPLATES = {ProposalKind.EITHER: "agency_or_write_off", ProposalKind.WRITE_OFF: "write_off"}


@dataclass(frozen=True, kw_only=True)
class Patience:
    """What tells how long a case was borne with, in its present cycle.

    `unanswered` counts the calls since the customer answered, promised, objected or paid last (a reminder in writing
    asks for money, not for an answer: what follows its silence is the next step);
    `asked_on` is the day a person was last asked to decide; `usual_days` after how many days past the due date the
    customer pays as a rule; `barred_on` the day from which none of it can be sued for. Where the step that is due costs
    something, `is_worth_it` says whether more can be expected than all that are left cost.
    """

    unanswered: int = 0
    asked_on: date | None = None
    usual_days: int | None = None
    barred_on: date | None = None
    is_worth_it: bool = True


def exit_of(debt: Debt, plan: Plan, borne: Patience, *, waits_for_person: bool, today: date) -> Exit | None:
    """Return why a person should decide about a debt now, or None.

    A final demand comes before every exit but three: what is barred, what is not worth the step that comes, and a task
    that somebody let lie beyond its window until the debt was too old. Each asks once; whoever usually pays later is
    not referred earlier.
    """
    late = (today - debt.due_on).days
    if borne.barred_on is not None and borne.barred_on <= today:
        return None if _asked_since(borne, borne.barred_on) else Exit.TIME_BARRED
    if debt.risk_class == "slow_but_sure" and late <= (borne.usual_days or 0):
        return None
    if not borne.is_worth_it and borne.asked_on is None:
        return Exit.NOT_WORTH
    lies = waits_for_person and _lies(debt, plan, today=today)
    may_leave = not is_final_left(debt, plan) and demand_is_over(debt, plan, today=today)
    most, oldest = plan.exits.unanswered_contacts, plan.exits.days_past_due
    if oldest is not None and late >= oldest and (lies or (may_leave and not waits_for_person)):
        return None if _asked_since(borne, debt.due_on + timedelta(days=oldest)) else Exit.AGE
    if most is None or waits_for_person or not may_leave or borne.asked_on is not None:
        return None
    return Exit.UNANSWERED if borne.unanswered >= most else None


def _lies(debt: Debt, plan: Plan, *, today: date) -> bool:
    """Say whether somebody let the task lie beyond its window."""
    following = planned(debt, plan, today=today)
    return following is not None and following.closes_on < today


def _asked_since(borne: Patience, day: date) -> bool:
    return borne.asked_on is not None and borne.asked_on >= day
