"""Payment plans decided: parts that come to exactly what is owed, what is still missing of each, when to charge."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class PlanStatus(StrEnum):
    """Where a payment plan stands: asked for by the customer, offered by us, agreed in writing, and how it ended."""

    ASKED = "asked"
    OFFERED = "offered"
    ACTIVE = "active"
    COMPLETED = "completed"
    BROKEN = "broken"
    CANCELLED = "cancelled"


LIVE = (PlanStatus.ASKED, PlanStatus.OFFERED, PlanStatus.ACTIVE)


class Every(StrEnum):
    """How far the parts are from one another."""

    WEEK = "week"
    TWO_WEEKS = "two_weeks"
    MONTH = "month"


# An offer rests the case for so long; the customer signs in that time or is chased on.
SIGN_WITHIN = timedelta(days=7)
# A card that is declined is charged again so many days after the first time, and then no more; a part that has not
# come when the grace is over is missed.
RETRY_AFTER = (timedelta(0), timedelta(days=2), timedelta(days=4))
GRACE = timedelta(days=5)
REMIND_BEFORE = timedelta(days=3)
# By the business's clocks: nobody's card is charged at night.
OPEN_HOURS = range(9, 20)
# Asking the bank again does not help: the holder must act, or the card is gone for good.
# Source: Stripe, "Decline codes" (https://docs.stripe.com/declines/codes).
NOT_AGAIN = frozenset(
    {
        "authentication_required",
        "expired_card",
        "incorrect_number",
        "invalid_account",
        "lost_card",
        "pickup_card",
        "restricted_card",
        "saved_card_gone",
        "stolen_card",
    }
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a plan: so much, by a day."""

    position: int
    due_on: date
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A charge of a part: on which day, how it ended (None while that is not known), and why not."""

    on: date
    succeeded: bool | None
    failure_code: str | None = None


def even_parts(total_minor: int, *, count: int, first_on: date, every: Every) -> list[Part]:
    """Return `count` parts as equal as can be, the larger ones first: they come to exactly the total."""
    each, rest = divmod(total_minor, count)
    return [
        Part(position=n + 1, due_on=_later(first_on, n, every), amount_minor=each + (n < rest)) for n in range(count)
    ]


def _later(first_on: date, times: int, every: Every) -> date:
    if every is not Every.MONTH:
        return first_on + timedelta(days=times * (7 if every is Every.WEEK else 14))
    months = first_on.month - 1 + times
    year, month = first_on.year + months // 12, months % 12 + 1
    return date(year, month, min(first_on.day, calendar.monthrange(year, month)[1]))


def fits(parts: Sequence[Part], *, total_minor: int, today: date, max_parts: int, max_days: int) -> bool:
    """Say whether parts may be agreed on: they come to the total, one after the other, within the limits."""
    days = [part.due_on for part in parts]
    return (
        2 <= len(parts) <= max_parts
        and sum(part.amount_minor for part in parts) == total_minor
        and all(part.amount_minor > 0 for part in parts)
        and days == sorted(set(days))
        and today <= days[0]
        and days[-1] <= today + timedelta(days=max_days)
    )


def missing(parts: Sequence[Part], *, received_minor: int) -> list[int]:
    """Return what is still missing of each part: what comes, by whatever means, pays the earliest first."""
    left, gaps = received_minor, []
    for part in parts:
        taken = min(left, part.amount_minor)
        gaps.append(part.amount_minor - taken)
        left -= taken
    return gaps


def is_missed(parts: Sequence[Part], *, received_minor: int, today: date) -> bool:
    """Say whether a part has not come although its day and the grace are over."""
    gaps = missing(parts, received_minor=received_minor)
    return any(gap and part.due_on + GRACE < today for part, gap in zip(parts, gaps, strict=True))


def may_charge(part: Part, tried: Sequence[Tried], *, today: date) -> bool:
    """Say whether the card may be charged for a part now: on its day, again some days after a decline that may pass,
    and never while the outcome of an earlier charge is not known."""
    failed = [each for each in tried if each.succeeded is False]
    if part.due_on > today or any(each.succeeded is None for each in tried):
        return False
    if any(each.failure_code in NOT_AGAIN for each in failed) or len(failed) >= len(RETRY_AFTER):
        return False
    return not failed or today >= failed[0].on + RETRY_AFTER[len(failed)]
