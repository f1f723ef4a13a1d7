"""How much of a debt is recovered by its age, and what is at stake by waiting.

The published curve holds until our own debts of an age are many enough; then what came in on them takes its place, age
by age and in one currency. See docs/decisions/0029-our-own-recovery-curve.md.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

from server.core import money

_CURVES = Path(__file__).parent.parent / "curves"


@dataclass(frozen=True, kw_only=True)
class Enough:
    """From how many invoices, of how many customers, our own debts of an age count, and who says so."""

    source: str
    invoices: int
    customers: int


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Our own debts in one currency that were open `from_days` past due and were watched until `to_days`.

    `open_minor` is what was open of them at first, `collected_minor` what money took off it by then; they fell due from
    `first_on` to `last_on`. What was credited should never have been asked for; what was written off came to nothing.
    """

    currency: str
    from_days: int
    to_days: int
    invoices: int
    customers: int
    open_minor: int
    collected_minor: int
    first_on: date
    last_on: date

    @property
    def is_enough(self) -> bool:
        """Whether they are many enough to count."""
        return self.invoices >= enough().invoices and self.customers >= enough().customers

    @property
    def percent(self) -> Decimal:
        """What came in of them, in percent."""
        return Decimal(self.collected_minor) * 100 / self.open_minor


@dataclass(frozen=True, kw_only=True)
class Curve:
    """How much of a debt is recovered by its age past due, as data: `points` are (days, share).

    `source` is whom the published points are from; `cohorts` are our own debts by age, those too few to count too.
    """

    source: str
    points: tuple[tuple[int, Decimal], ...]
    cohorts: tuple[Cohort, ...] = ()

    def share(self, days_late: int) -> Decimal:
        """Return the share that is recovered, on the straight line between two points, flat beyond the last."""
        for (start, high), (end, low) in pairwise(self.points):
            if days_late < end:
                return high + (low - high) * max(days_late - start, 0) / (end - start)
        return self.points[-1][1]

    @property
    def spans(self) -> list[tuple[int, int]]:
        """The ages between which our own debts are watched, as (from, to) in days past due."""
        return [(start, end) for (start, _), (end, _) in pairwise(self.points)]

    @property
    def told(self) -> list[tuple[int, int, Cohort | None]]:
        """Each age with our own debts of it, or None where there are none: (from, to, cohort)."""
        of_age = {cohort.from_days: cohort for cohort in self.cohorts}
        return [(start, end, of_age.get(start)) for start, end in self.spans]

    def with_own(self, cohorts: Collection[Cohort]) -> Curve:
        """Return this curve with what came in on our own debts, of one currency, wherever they are many enough.

        What is open at one age is either collected before the next or as likely to be recovered as anything of that
        next age: share(a) = 1 - (1 - collected between a and b) x (1 - share(b)), from the last age back. Where ours
        are too few, what the published points say of that age stays. Source: the product-limit estimate (Kaplan and
        Meier, 1958).
        """
        counts = {cohort.from_days: cohort for cohort in cohorts if cohort.is_enough}
        points = [self.points[-1]]
        for (start, high), (_, low) in reversed(list(pairwise(self.points))):
            own = counts.get(start)
            lost = (1 - high) / (1 - low) if own is None else 1 - own.percent / 100
            points.append((start, 1 - lost * (1 - points[-1][1])))
        return replace(self, points=tuple(reversed(points)), cohorts=tuple(cohorts))


@cache
def curve() -> Curve:
    """Return the recovery curve of article 001, with its source: CST Worldwide for two years, the agencies before. That
    all is recovered on day 0 is our own assumption."""
    written = json.loads((_CURVES / "article_001.json").read_text())
    return Curve(source=written["source"], points=tuple((days, Decimal(share)) for days, share in written["points"]))


@cache
def enough() -> Enough:
    """Return from how many our own debts count."""
    return Enough(**json.loads((_CURVES / "cohorts.json").read_text()))


def counted_on(day: date) -> date:
    """Return the day up to which our own debts are counted for what is said on a day: the last of the month before."""
    return day.replace(day=1) - timedelta(days=1)


def at_stake_minor(open_minor: int, *, shares: Curve, due_on: date, today: date, next_on: date) -> int:
    """Return what waiting from today until the next step costs in expectation: the balance x how much less of it is
    recovered then. Minor units."""
    lost = shares.share((today - due_on).days) - shares.share((next_on - due_on).days)
    return money.share(open_minor, max(lost, Decimal(0)))
