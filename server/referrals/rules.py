"""Who debts are handed to, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from server.core import money
from server.dunning.rules.pursuing import Worth, costs
from server.dunning.rules.recovery import enough
from server.payments.rules import give_back

_BASIS_POINTS = 10_000
_TENTH = Decimal("0.1")


class AgencyKind(StrEnum):
    """What somebody does with a debt that is handed to them."""

    AGENCY = "agency"
    LAWYER = "lawyer"
    FACTOR = "factor"


class Status(StrEnum):
    """Where a referral stands: with them, called back by us, or over since nothing is owed any more."""

    REFERRED = "referred"
    RECALLED = "recalled"
    ENDED = "ended"


def recovered_minor(
    debts: Mapping[str, int],
    received: Iterable[tuple[datetime, Mapping[str, int]]],
    *,
    since: datetime,
    until: datetime | None,
) -> int:
    """Return what came in on debts while they were referred: `debts` are amounts by invoice, `received` what stayed of
    payments, as (moment, amounts by invoice). No invoice gives more than it owed when it was handed over."""
    came = dict.fromkeys(debts, 0)
    for moment, parts in received:
        if since <= moment and (until is None or moment < until):
            for invoice_id in parts.keys() & came.keys():
                came[invoice_id] += parts[invoice_id]
    return sum(min(came[invoice_id], owed_minor) for invoice_id, owed_minor in debts.items())


def stayed_minor(parts: Mapping[str, int], *, beyond_minor: int, back_minor: int) -> dict[str, int]:
    """Return what of a payment stayed on each invoice, of its `parts`. What went back, to the customer or to a bank,
    goes first out of what was beyond the balances when it came, then out of what it paid last."""
    gone = give_back(max(beyond_minor, back_minor), paid=parts)
    return {invoice_id: minor - gone.get(invoice_id, 0) for invoice_id, minor in parts.items()}


def commission_minor(recovered: int, *, commission_bp: int) -> int:
    """Return what an agency keeps of what was recovered, by its rate in basis points."""
    return money.share(recovered, Decimal(commission_bp) / _BASIS_POINTS)


@dataclass(frozen=True, kw_only=True)
class Score:
    """What came of everything that was handed to one agency, in one currency."""

    agency_id: str
    currency: str
    referrals: int
    still_there: int
    referred_minor: int
    recovered_minor: int
    commission_minor: int
    # Of those that are over: how many, and what became of them.
    ended: int
    ended_referred_minor: int
    ended_recovered_minor: int

    @property
    def recovered_percent(self) -> Decimal | None:
        """Recovered / referred, in percent, to a tenth; None where nothing was handed over."""
        if self.referred_minor <= 0:
            return None
        share = Decimal(self.recovered_minor) * 100 / self.referred_minor
        return share.quantize(_TENTH, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to go on with a case, and what it is worth: to pursue it ourselves, to hand it to somebody, to write it
    off. `expected_minor` is what can be expected, `cost_minor` what it costs: the steps that are left; what they keep
    (`commission_minor`) and our time to hand it over; nothing. `record` is how many referrals of theirs that are over
    the expectation stands on, None where it stands on the recovery curve.
    """

    kind: str
    agency_id: str | None = None
    name: str | None = None
    expected_minor: int = 0
    commission_minor: int = 0
    cost_minor: int = 0
    record: int | None = None

    @property
    def net_minor(self) -> int:
        """What is left."""
        return self.expected_minor - self.cost_minor


@dataclass(frozen=True, kw_only=True)
class Collector:
    """Somebody a case may go to, and what came of what went to them before, in its currency."""

    agency_id: str
    kind: AgencyKind
    name: str
    commission_bp: int
    score: Score | None


PURSUE, WRITE_OFF = "pursue", "write_off"


def ways(worth: Worth, collectors: Iterable[Collector]) -> list[Way]:
    """Return every way there is, the one the figures speak for first: the most that is left, and letting go where
    nothing is. Pursuing it ourselves is one while the plan has steps left."""
    found = [Way(kind=WRITE_OFF)]
    if worth.steps_left:
        found.append(Way(kind=PURSUE, expected_minor=worth.expected_minor, cost_minor=worth.cost_minor))
    found += [_through(each, worth) for each in collectors]
    return sorted(found, key=lambda way: -way.net_minor)


def _through(collector: Collector, worth: Worth) -> Way:
    """Return what handing a case to somebody is worth: by their own record with us once it is long enough, else by the
    recovery curve."""
    score, expected_minor, record = collector.score, worth.expected_minor, None
    if score is not None and score.ended >= enough().invoices:
        recovered = Decimal(score.ended_recovered_minor) / score.ended_referred_minor
        expected_minor, record = money.share(worth.open_minor, recovered), score.ended
    kept_minor = commission_minor(expected_minor, commission_bp=collector.commission_bp)
    return Way(
        kind=collector.kind,
        agency_id=collector.agency_id,
        name=collector.name,
        expected_minor=expected_minor,
        commission_minor=kept_minor,
        cost_minor=kept_minor + (costs().handover_minor if worth.counts_costs else 0),
        record=record,
    )
