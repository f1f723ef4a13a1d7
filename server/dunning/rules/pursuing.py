"""What pursuing a debt is worth: what can be expected of it, against what the steps that are left cost.

Source: article 000 of the reference ("know when to let go"), as a number: share recovered at its age x balance, less
staff minutes x rate, postage and texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from server.core import money
from server.dunning.rules.plans import CALLS, Channel
from server.dunning.rules.recovery import Curve

_COSTS = Path(__file__).parent.parent / "costs" / "house.json"
# The ways that cost something: an e-mail does not.
PAID_FOR = frozenset({*CALLS, Channel.LETTER, Channel.TEXT})


@dataclass(frozen=True, kw_only=True)
class Effort:
    """The steps that cost something: how many of each."""

    calls: int = 0
    letters: int = 0
    texts: int = 0


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What chasing costs, in minor units of the business's currency, with its source."""

    source: str
    call_minutes: int
    letter_minutes: int
    handover_minutes: int
    hour_minor: int
    postage_minor: int
    text_minor: int

    def total_minor(self, effort: Effort) -> int:
        """Return staff minutes x rate + postage + texts. An e-mail costs nothing."""
        time_minor = self.time_minor(effort.calls * self.call_minutes + effort.letters * self.letter_minutes)
        return time_minor + effort.letters * self.postage_minor + effort.texts * self.text_minor

    def time_minor(self, minutes: int) -> int:
        """Return what so many minutes of ours cost."""
        return money.share(self.hour_minor, Decimal(minutes) / 60)

    @property
    def handover_minor(self) -> int:
        """What our own time costs to hand a case over."""
        return self.time_minor(self.handover_minutes)


@cache
def costs() -> Costs:
    """Return the house's costs."""
    return Costs(**json.loads(_COSTS.read_text()))


def effort(ways: Sequence[Channel]) -> Effort:
    """Return what steps by these ways take; each call counts once, however often it is tried."""
    return Effort(
        calls=sum(way in CALLS for way in ways),
        letters=sum(way is Channel.LETTER for way in ways),
        texts=sum(way is Channel.TEXT for way in ways),
    )


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What pursuing a case ourselves is worth on a day, in minor units of its currency.

    `open_minor` is what may be demanded, `expected_minor` what of it can be expected, `steps_left` how many steps the
    plan has left, `effort` those that cost something. `counts_costs` is false in a currency that is not the business's:
    there no cost can be set against it, and `cost_minor` is 0.
    """

    currency: str
    open_minor: int
    expected_minor: int
    steps_left: int
    effort: Effort
    counts_costs: bool

    @property
    def cost_minor(self) -> int:
        """What the steps that are left cost."""
        return costs().total_minor(self.effort) if self.counts_costs else 0

    @property
    def net_minor(self) -> int:
        """What is left of what can be expected."""
        return self.expected_minor - self.cost_minor

    @property
    def is_worth_it(self) -> bool:
        """Whether more can be expected than the steps that are left cost; an e-mail is always worth it."""
        return self.net_minor > 0 or not self.cost_minor


def worth(
    owed: Iterable[tuple[int, int]], ways: Sequence[Channel], *, shares: Curve, currency: str, home: str
) -> Worth:
    """Return what pursuing a debt is worth: `owed` are (amount that may be demanded, days past due), `ways` those by
    which the steps that are left go, `home` is the business's own currency."""
    found = [(open_minor, money.share(open_minor, shares.share(days_late))) for open_minor, days_late in owed]
    return Worth(
        currency=currency,
        open_minor=sum(open_minor for open_minor, _ in found),
        expected_minor=sum(expected_minor for _, expected_minor in found),
        steps_left=sum(way is not Channel.REFERRAL for way in ways),
        effort=effort(ways),
        counts_costs=currency == home,
    )
