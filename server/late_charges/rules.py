"""What may be charged for paying late, and why not.

Interest runs on the principal alone, never on interest or fees, for each whole day on what was still owed at its end,
from the day after the due date. A year has 365 days ("actual/365"). Amounts are rounded down, once, over the whole
time: what was decided before is taken off, so that asking again, or every hour, adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal, localcontext
from enum import StrEnum
from typing import Any

from server.core import words
from server.core.words import msgid as _
from server.law.rules import Ceiling, FeeCeiling

DAY_COUNT = "actual/365"
_PERCENT_DAYS = 365 * 100


class Status(StrEnum):
    """What was decided: to charge it, or to let it go; what was charged may be let go later. `waived` is a kindness,
    `abandoned` gives up what will not be got."""

    POSTED = "posted"
    WAIVED = "waived"
    ABANDONED = "abandoned"


# The two ways of letting go, as a person asks for them.
ACTS = {"waive": Status.WAIVED, "abandon": Status.ABANDONED}


class Refusal(StrEnum):
    """Why nothing, or no fixed fee, may be charged."""

    NOT_FOR_WORK = "not_for_work"
    VOID = "void"
    NOT_LATE = "not_late"
    NO_CONTRACT = "no_contract"
    NO_CLAUSE = "no_clause"
    LAW_OFF = "law_off"
    LAW_SILENT = "law_silent"
    FORBIDDEN = "forbidden"
    FEED_STALE = "feed_stale"
    DECIDED = "decided"
    NO_RATE_KNOWN = "no_rate_known"
    NO_FEE_AGREED = "no_fee_agreed"
    FEE_NOT_PRINTED = "fee_not_printed"
    FEE_FORBIDDEN = "fee_forbidden"
    FEE_DECIDED = "fee_decided"
    CEILING_REACHED = "ceiling_reached"


# With the place in `%(place)s`.
SENTENCES = {
    Refusal.NOT_FOR_WORK: _(
        "Only an invoice for work bears charges: a request for a deposit, or a late charge, does not."
    ),
    Refusal.VOID: _("This invoice is void or written off."),
    Refusal.NOT_LATE: _("No whole day has passed since it fell due on which something was still owed."),
    Refusal.NO_CONTRACT: _("No contract was signed for this job, so nothing was agreed."),
    Refusal.NO_CLAUSE: _("The signed contract says nothing of charges for paying late."),
    Refusal.LAW_OFF: _("Nobody has read the rules of this place yet: %(place)s."),
    Refusal.LAW_SILENT: _("We know no rule on interest for this place yet: %(place)s."),
    Refusal.FORBIDDEN: _("Nothing may be charged to a consumer there: %(place)s."),
    Refusal.FEED_STALE: _("It may be paid already: the payment feed is behind. Charge once it has caught up."),
    Refusal.DECIDED: _("Everything up to this day was charged or let go."),
    Refusal.NO_RATE_KNOWN: _(
        "Nothing was agreed, and the rate that the law gives there goes by a reference rate which nobody entered for"
        " each of these days: %(place)s."
    ),
    Refusal.FEE_NOT_PRINTED: _(
        "Nothing was agreed, and the law gives its fixed sum only where the invoice prints it, which ours do not:"
        " %(place)s."
    ),
    Refusal.NO_FEE_AGREED: _("The signed contract names no fixed fee."),
    Refusal.FEE_FORBIDDEN: _("No fixed fee may be charged to this kind of customer there: %(place)s."),
    Refusal.FEE_DECIDED: _("The fixed fee was charged or let go; it is charged once."),
    Refusal.CEILING_REACHED: _("The ceiling on all charges together leaves no room now."),
}


def says(found: Mapping[str, Any], locale: str) -> dict[str, str | None]:
    """Return in words why a sheet (of `queries.sheet`) allows no interest, and no fixed fee."""
    place = found["place"][locale[:2]]
    return {
        f"{name}_says": found[name] and words.say(locale, SENTENCES[found[name]], place=place)
        for name in ("refusal", "fee_refusal")
    }


@dataclass(frozen=True, kw_only=True)
class Clause:
    """What the signed version of the contract says; or, where it says nothing, what the law of the place gives."""

    percent_per_year: Decimal | None
    stated_per: str
    fee_minor: int | None
    no_fee: Refusal = Refusal.NO_FEE_AGREED


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A charge that was decided before, whatever it became."""

    interest_minor: int
    fee_minor: int
    until_on: date


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What may be charged now for the days from `from_on` to `until_on`, and why it is no more.

    `percent` is the rate that applies, `cap_percent` the ceiling a year; None where the contract alone decides.
    """

    interest_minor: int = 0
    fee_minor: int = 0
    percent: Decimal | None = None
    cap_percent: Decimal | None = None
    from_on: date
    until_on: date
    refusal: Refusal | None = None
    fee_refusal: Refusal | None = None

    @property
    def total_minor(self) -> int:
        """Both together."""
        return self.interest_minor + self.fee_minor


def balance_days(changes: Iterable[tuple[date, int]], *, after: date, until: date) -> int:
    """Return the sum over the days after `after`, up to `until`, of what was owed at the end of each.

    `changes` are (day, by how much it changed what is owed), in any order.
    """
    total = 0
    for day, change_minor in changes:
        first = max(day, after + timedelta(days=1))
        if first <= until:
            total += change_minor * ((until - first).days + 1)
    return max(total, 0)


def interest_minor(balance_days: int, percent: Decimal) -> int:
    """Return the interest of so many minor units x days at a rate a year, rounded down."""
    with localcontext() as exact:
        exact.prec = 60
        return int((balance_days * percent / _PERCENT_DAYS).to_integral_value(rounding=ROUND_FLOOR))


def rate(clause: Clause, ceiling: Ceiling) -> Decimal | None:
    """Return the rate that applies: the least of what was signed, the ceiling, and what a rate that is not stated per
    year gives; None where no rate was signed. Source: Interest Act (Canada), s. 4."""
    if clause.percent_per_year is None:
        return None
    unstated = ceiling.unless_yearly_percent if clause.stated_per != "year" else None
    return min(each for each in (clause.percent_per_year, ceiling.percent, unstated) if each is not None)


def assess(
    *,
    clause: Clause,
    ceiling: Ceiling,
    fee_ceiling: FeeCeiling | None,
    changes: Sequence[tuple[date, int]],
    due_on: date,
    until: date,
    decided: Sequence[Decided],
) -> Assessment:
    """Return what may be charged up to the end of a day, beyond what was decided before."""
    from_on = max([due_on, *(each.until_on for each in decided)]) + timedelta(days=1)
    owed_days = balance_days(changes, after=due_on, until=until)
    applies = rate(clause, ceiling)
    said = {"percent": applies, "cap_percent": ceiling.percent, "from_on": from_on, "until_on": until}
    if owed_days == 0:
        return Assessment(**said, refusal=Refusal.NOT_LATE, fee_refusal=Refusal.NOT_LATE)  # type: ignore[arg-type]
    room = None
    if ceiling.all_charges and ceiling.percent is not None:
        before = sum(each.interest_minor + each.fee_minor for each in decided)
        room = max(interest_minor(owed_days, ceiling.percent) - before, 0)
    accrued = 0 if applies is None else interest_minor(owed_days, applies)
    wanted = max(accrued - sum(each.interest_minor for each in decided), 0)
    interest = wanted if room is None else min(wanted, room)
    fee, fee_refusal = _fee(clause, fee_ceiling, decided, room=None if room is None else room - interest)
    refusal = None
    if not interest:
        nothing = Refusal.CEILING_REACHED if wanted else Refusal.DECIDED
        refusal = Refusal.NO_CLAUSE if applies is None else nothing
    return Assessment(
        **said,  # type: ignore[arg-type]
        interest_minor=interest,
        fee_minor=fee,
        refusal=refusal,
        fee_refusal=fee_refusal,
    )


def _fee(
    clause: Clause, fee_ceiling: FeeCeiling | None, decided: Sequence[Decided], *, room: int | None
) -> tuple[int, Refusal | None]:
    if not clause.fee_minor:
        return 0, clause.no_fee
    if fee_ceiling is None or fee_ceiling.most_minor == 0:
        return 0, Refusal.FEE_FORBIDDEN
    if any(each.fee_minor for each in decided):
        return 0, Refusal.FEE_DECIDED
    bounds = (clause.fee_minor, fee_ceiling.most_minor, room)
    fee = min(bound for bound in bounds if bound is not None)
    return fee, None if fee else Refusal.CEILING_REACHED
