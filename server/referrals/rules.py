"""Who debts are handed to, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from server.core import money

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
    """Return what came in on debts while they were referred: `debts` are amounts by invoice, `received` payments as
    (moment, amounts by invoice). No invoice gives more than it owed when it was handed over."""
    came = dict.fromkeys(debts, 0)
    for moment, parts in received:
        if since <= moment and (until is None or moment < until):
            for invoice_id in parts.keys() & came.keys():
                came[invoice_id] += parts[invoice_id]
    return sum(min(came[invoice_id], owed_minor) for invoice_id, owed_minor in debts.items())


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

    @property
    def recovered_percent(self) -> Decimal | None:
        """Recovered / referred, in percent, to a tenth; None where nothing was handed over."""
        if self.referred_minor <= 0:
            return None
        share = Decimal(self.recovered_minor) * 100 / self.referred_minor
        return share.quantize(_TENTH, rounding=ROUND_HALF_UP)
