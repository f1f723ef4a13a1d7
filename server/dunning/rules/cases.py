"""What to do next about a debt: the one step that is due, or why nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from zoneinfo import ZoneInfo

from server.dunning.rules.plans import PAY_WITHIN, Basis, Plan, Step, Treatment, is_final, modifiers, treatment
from server.dunning.rules.states import QUIET, Status


class LineStatus(StrEnum):
    """Which list of a run a customer is in."""

    PLANNED = "planned"
    SENT = "sent"
    SKIPPED = "skipped"


class Reason(StrEnum):
    """Why no step is taken."""

    NOTHING_OPEN = "nothing_open"
    PAUSED = "paused"
    AWAITS_DECISION = "awaits_decision"
    REFERRED = "referred"
    FEED_STALE = "feed_stale"
    WAITS_FOR_PERSON = "waits_for_person"
    MESSAGE_UNDER_WAY = "message_under_way"
    PAYMENT_UNDER_WAY = "payment_under_way"
    TOO_SOON = "too_soon"
    NOT_YET = "not_yet"
    PLAN_ENDED = "plan_ended"
    NO_ADDRESS = "no_address"
    LAW = "law"
    CHECK_OPEN = "check_open"


@dataclass(frozen=True, kw_only=True)
class Debt:
    """What a customer owes in one currency, as its case stands.

    `open_minor` is what may be demanded, without the `disputed_minor`. `issued_on` and `due_on` are the carrying
    invoice's: the oldest that is unpaid and not disputed. `last_step` is the last step taken, `paused_by` every reason
    to rest. While `payment_under_way`, money may be moving that no book has yet.
    """

    open_minor: int
    currency: str
    issued_on: date
    due_on: date
    last_step: int | None = None
    last_contact_on: date | None = None
    disputed_minor: int = 0
    paused_by: frozenset[str] = frozenset()
    payment_under_way: bool = False
    status: Status = Status.ACTIVE
    risk_class: str | None = None


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A step as it comes to a debt: what it means for an account of its size and class, and in which window."""

    step: Step
    treatment: Treatment
    opens_on: date
    closes_on: date


def next_step(debt: Debt, plan: Plan, *, today: date) -> Step | None:
    """Return the step to take today, or None.

    It is the first after the last one taken whose window is open or past: days without a run lose no step, and what is
    made up for comes one step at a time, at least `min_gap_days` apart.
    """
    following, reason = look_ahead(debt, plan, today=today)
    return following.step if following and reason is None else None


def waits_because(debt: Debt, plan: Plan, *, today: date) -> Reason | None:
    """Return why no step is due today, or None where one is."""
    return look_ahead(debt, plan, today=today)[1]


def look_ahead(debt: Debt, plan: Plan, *, today: date) -> tuple[Planned | None, Reason | None]:
    """Return the step that comes next, due or not, and why it is not due today; None where it is."""
    following = planned(debt, plan, today=today)
    return following, _waits(debt, plan, following, today=today)


def _waits(debt: Debt, plan: Plan, following: Planned | None, *, today: date) -> Reason | None:
    if debt.paused_by:
        return Reason.PAUSED
    if debt.status in QUIET:
        return Reason.REFERRED if debt.status is Status.REFERRED else Reason.AWAITS_DECISION
    if debt.open_minor <= 0:
        return Reason.NOTHING_OPEN
    if debt.payment_under_way:
        return Reason.PAYMENT_UNDER_WAY
    if following is None:
        return Reason.PLAN_ENDED
    if today < following.opens_on:
        return Reason.NOT_YET
    return Reason.TOO_SOON if today < _rested_on(debt, plan) else None


def next_step_on(debt: Debt, plan: Plan, *, today: date) -> date | None:
    """Return the earliest day the next step may be taken; None while the debt rests or the plan has ended."""
    following = planned(debt, plan, today=today)
    if following is None or debt.open_minor <= 0 or debt.paused_by or debt.status in QUIET:
        return None
    return max(following.opens_on, _rested_on(debt, plan))


def planned(debt: Debt, plan: Plan, *, today: date) -> Planned | None:
    """Return the step that comes next, due or not; None where the plan has ended."""
    return next((each for each in _left(debt, plan) if not _lapsed(each, debt, plan, today=today)), None)


def missed(debt: Debt, plan: Plan, *, today: date) -> list[Planned]:
    """Return the steps that lapsed untaken: their windows were open after the invoice was issued, and are over."""
    return [
        each
        for each in _left(debt, plan, only_lapsing=True)
        if _lapsed(each, debt, plan, today=today) and each.closes_on >= debt.issued_on and each.closes_on < today
    ]


def passed_over(debt: Debt, plan: Plan) -> list[Planned]:
    """Return the steps after the last one taken that the debt's class passes over, before the one that comes next."""
    left = (step for step in plan.steps if debt.last_step is None or step.seq > debt.last_step)
    over = takewhile(lambda step: step.lapses or _passes_over(debt, plan, step), left)
    return [_for(debt, plan, step) for step in over if _passes_over(debt, plan, step)]


def _passes_over(debt: Debt, plan: Plan, step: Step) -> bool:
    return debt.risk_class is not None and any(each.passed_over for each in modifiers(step, plan, debt.risk_class))


def _left(debt: Debt, plan: Plan, *, only_lapsing: bool = False) -> Iterator[Planned]:
    """Yield the steps that are left with their windows, in order."""
    return (_for(debt, plan, step) for step in _steps_left(debt, plan) if step.lapses or not only_lapsing)


def _steps_left(debt: Debt, plan: Plan) -> Iterator[Step]:
    """Yield the steps after the last one taken that the debt's class does not pass over, in order."""
    for step in plan.steps:
        if (debt.last_step is None or step.seq > debt.last_step) and not _passes_over(debt, plan, step):
            yield step


def _for(debt: Debt, plan: Plan, step: Step) -> Planned:
    means = _treatment(debt, plan, step)
    if means.days_before_due is not None:
        first, last = (debt.due_on - timedelta(days=days) for days in means.days_before_due)
    else:
        anchor = debt.issued_on if plan.basis is Basis.INVOICE_DATE else debt.due_on
        first, last = anchor + timedelta(days=step.opens_day), anchor + timedelta(days=step.closes_day)
    opens_on = first
    for each in modifiers(step, plan, debt.risk_class):
        opens_on = min(opens_on, first - timedelta(days=each.earlier_days))
    if means.days_before_due is None and not step.lapses:
        # However early a class or a plan opens it: nobody is dunned before the day after the due date.
        opens_on = max(opens_on, debt.due_on + timedelta(days=1))
    return Planned(step=step, treatment=means, opens_on=opens_on, closes_on=last)


def _treatment(debt: Debt, plan: Plan, step: Step) -> Treatment:
    return treatment(step, plan, open_minor=debt.open_minor, currency=debt.currency, risk_class=debt.risk_class)


def _lapsed(each: Planned, debt: Debt, plan: Plan, *, today: date) -> bool:
    """Say whether it is too late: what lapses is not made up for, nor may it come too soon after a message."""
    return each.step.lapses and each.closes_on < max(today, _rested_on(debt, plan))


def _rested_on(debt: Debt, plan: Plan) -> date:
    """Return from which day on the next step may come: after a final demand, once the day it named is over."""
    if debt.last_contact_on is None:
        return date.min
    last = next((step for step in plan.steps if step.seq == debt.last_step), None)
    named = PAY_WITHIN if last is not None and is_final(_treatment(debt, plan, last)) else timedelta(0)
    return debt.last_contact_on + max(named, timedelta(days=plan.min_gap_days))


def demand_is_over(debt: Debt, plan: Plan, *, today: date) -> bool:
    """Say whether the customer had the time that was left to them last: the gap, or the day a final demand named."""
    return today >= _rested_on(debt, plan)


def treatments_left(debt: Debt, plan: Plan) -> list[Treatment]:
    """Return what is still to be done to a debt that is past due, in order; asking a person to decide included."""
    return [_treatment(debt, plan, step) for step in _steps_left(debt, plan) if not step.lapses]


def is_final_left(debt: Debt, plan: Plan) -> bool:
    """Say whether a final demand is still to come."""
    return any(is_final(_treatment(debt, plan, step)) for step in _steps_left(debt, plan))


def past_due(due_on: date, *, today: date) -> bool:
    """Say whether a case may open: from the day after the due date, never on it."""
    return due_on < today


def came_back(due_on: date, *, closed_at: datetime, time_zone: str) -> bool:
    """Say whether a debt was chased before: what was past due on the day its case closed was paid then."""
    return past_due(due_on, today=closed_at.astimezone(ZoneInfo(time_zone)).date())
