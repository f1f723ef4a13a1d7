"""The formulas. Amounts are minor units of one currency; a ratio without a denominator is None, never 0 or 100.

Source of names and traps: creditguru.com (DSO, BPDSO, ADD, CEI); Upflow's help pages (countback, weighted delay).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from server.core import money
from server.dunning.rules.recovery import Curve

_TENTH = Decimal("0.1")
PERIOD_DAYS = 90
ROLL_DAYS = 30
AT_RISK_DAYS = 90


class Bucket(StrEnum):
    """How late an amount is."""

    CURRENT = "current"
    UP_TO_30 = "up_to_30"
    UP_TO_60 = "up_to_60"
    UP_TO_90 = "up_to_90"
    OVER_90 = "over_90"


BUCKETS = tuple(Bucket)


def bucket(days_late: int) -> Bucket:
    """Return the bucket of an amount due so many days ago; one due today is not late."""
    if days_late <= 0:
        return Bucket.CURRENT
    return BUCKETS[min(1 + (days_late - 1) // 30, 4)]


@dataclass(frozen=True, kw_only=True)
class Owed:
    """What was owed on a day of what fell due on another, by the ledger."""

    currency: str
    due_on: date
    balance_minor: int


@dataclass(frozen=True, kw_only=True)
class Open(Owed):
    """What one invoice owed on a day."""

    invoice_id: str
    number: str
    customer_id: str
    customer_name: str
    issued_on: date


@dataclass(frozen=True, kw_only=True)
class Sale:
    """An invoice as it was issued, and what was paid on it day by day: `paid` are (day, amount), and so is what nobody
    paid since it was credited or let go, `taken_off`."""

    invoice_id: str
    currency: str
    issued_on: date
    due_on: date
    total_minor: int
    paid: tuple[tuple[date, int], ...]
    taken_off: tuple[tuple[date, int], ...] = ()

    @property
    def on_site_minor(self) -> int:
        """What was paid before the van left: on the day of the invoice. Never below nothing, where more went back than
        stayed."""
        return max(sum(minor for day, minor in self.paid if day <= self.issued_on), 0)

    @property
    def on_credit_minor(self) -> int:
        """What was sold on credit: owed at the end of the day of the invoice."""
        return self.open_minor(self.issued_on)

    def open_minor(self, on: date) -> int:
        """What was still owed at the end of a day."""
        return self.total_minor - sum(minor for day, minor in (*self.paid, *self.taken_off) if day <= on)


def by_bucket(found: Iterable[Owed], *, on: date) -> dict[Bucket, int]:
    """Return what is open by bucket, every bucket named."""
    sums = dict.fromkeys(BUCKETS, 0)
    for one in found:
        sums[bucket((on - one.due_on).days)] += one.balance_minor
    return sums


def days_of_sales(receivable_minor: int, sales_minor: int, *, days: int) -> Decimal | None:
    """Return receivables / credit sales x days of the period, to a tenth of a day: DSO with all receivables, BPDSO
    with the current ones."""
    return _tenth(Decimal(receivable_minor) * days / sales_minor) if sales_minor > 0 else None


def countback(receivable_minor: int, sales: Sequence[tuple[int, int]]) -> Decimal | None:
    """Return DSO by countback: how many days of the latest sales the receivables stand for.

    `sales` are (days, credit sales) of each month, the latest first. Whole months are used up while they last, then a
    share of the next; None where even all of them are not enough.
    """
    left, counted = Decimal(max(receivable_minor, 0)), Decimal(0)
    for days, minor in sales:
        if left <= 0:
            break
        if minor > 0 and left < minor:
            return _tenth(counted + days * left / minor)
        left -= max(minor, 0)
        counted += days
    return _tenth(counted) if left <= 0 else None


def true_dso(sales: Iterable[Sale], *, on: date) -> Decimal | None:
    """Return the average days from issue to payment, each day weighted by its amount; what is open counts to `on`."""
    return _weighted((sale.issued_on, minor, day) for sale in sales for day, minor in _settled(sale, on=on))


def weighted_delay(sales: Iterable[Sale], *, on: date) -> Decimal | None:
    """Return the average days from due date to payment, weighted by amount: below 0 where customers pay early."""
    return _weighted((sale.due_on, minor, day) for sale in sales for day, minor in _settled(sale, on=on))


def _settled(sale: Sale, *, on: date) -> list[tuple[date, int]]:
    known = [(day, minor) for day, minor in sale.paid if day <= on]
    rest_minor = sale.open_minor(on)
    return [*known, (on, rest_minor)] if rest_minor > 0 else known


def _weighted(spans: Iterable[tuple[date, int, date]]) -> Decimal | None:
    days, weight = 0, 0
    for start, minor, end in spans:
        days += (end - start).days * minor
        weight += minor
    return _tenth(Decimal(days) / weight) if weight > 0 else None


def effectiveness(*, begin_minor: int, sales_minor: int, end_minor: int, end_current_minor: int) -> Decimal | None:
    """Return the collection effectiveness index: (begin + credit sales - end) / (begin + credit sales - end current),
    in percent."""
    collectable = begin_minor + sales_minor - end_current_minor
    return percent(begin_minor + sales_minor - end_minor, collectable)


@dataclass(frozen=True, kw_only=True)
class Roll:
    """Of what was in a bucket a month ago, in percent: what slid into a later one, and what is owed no more (cured):
    paid, credited or let go."""

    bucket: Bucket
    was_minor: int
    rolled_percent: Decimal | None
    cured_percent: Decimal | None


def rolls(before: Iterable[Open], after: Iterable[Open], *, on: date) -> list[Roll]:
    """Return roll and cure rates from `ROLL_DAYS` before a day to that day, by bucket."""
    now_owed = {one.invoice_id: one.balance_minor for one in after}
    was, slid, left = (dict.fromkeys(BUCKETS, 0) for _ in range(3))
    for one in before:
        then = bucket((on - one.due_on).days - ROLL_DAYS)
        still_minor = min(now_owed.get(one.invoice_id, 0), one.balance_minor)
        was[then] += one.balance_minor
        left[then] += still_minor
        if bucket((on - one.due_on).days) is not then:
            slid[then] += still_minor
    return [
        Roll(
            bucket=each,
            was_minor=was[each],
            rolled_percent=percent(slid[each], was[each]),
            cured_percent=percent(was[each] - left[each], was[each]),
        )
        for each in BUCKETS
    ]


def expected_recovery_minor(found: Iterable[Open], *, shares: Curve, on: date) -> int:
    """Return the sum of balance x share recovered at its age past due."""
    return sum(money.share(one.balance_minor, shares.share((on - one.due_on).days)) for one in found)


def at_risk_month(on: date) -> tuple[date, date]:
    """Return the first and the last day of the latest month whose every invoice is `AT_RISK_DAYS` old."""
    last = (on - timedelta(days=AT_RISK_DAYS) + timedelta(days=1)).replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def at_risk(sales: Iterable[Sale]) -> Decimal | None:
    """Return how much of these invoices was unpaid `AT_RISK_DAYS` after issue, in percent."""
    listed = list(sales)
    late_minor = sum(sale.open_minor(sale.issued_on + timedelta(days=AT_RISK_DAYS)) for sale in listed)
    return percent(late_minor, sum(sale.total_minor for sale in listed))


def percent(part_minor: int, whole_minor: int) -> Decimal | None:
    """Return a share in percent, to a tenth."""
    return _tenth(Decimal(part_minor) * 100 / whole_minor) if whole_minor > 0 else None


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(_TENTH, rounding=ROUND_HALF_UP)


def months_back(on: date, count: int) -> list[tuple[date, date]]:
    """Return the first and last days of this month, cut at `on`, and of the months before, the latest first."""
    found, last = [], on
    for _ in range(count):
        first = last.replace(day=1)
        found.append((first, last))
        last = first - timedelta(days=1)
    return found
