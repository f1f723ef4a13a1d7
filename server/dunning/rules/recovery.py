"""How much of a debt is recovered by its age, and what is at stake by waiting."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

from server.core import money

_CURVE = Path(__file__).parent.parent / "curves" / "article_001.json"


@dataclass(frozen=True, kw_only=True)
class Curve:
    """How much of a debt is recovered by its age past due, as data: `points` are (days, share)."""

    source: str
    points: tuple[tuple[int, Decimal], ...]

    def share(self, days_late: int) -> Decimal:
        """Return the share that is recovered, on the straight line between two points, flat beyond the last."""
        for (start, high), (end, low) in pairwise(self.points):
            if days_late < end:
                return high + (low - high) * max(days_late - start, 0) / (end - start)
        return self.points[-1][1]


@cache
def curve() -> Curve:
    """Return the recovery curve of article 001, with its source."""
    written = json.loads(_CURVE.read_text())
    return Curve(source=written["source"], points=tuple((days, Decimal(share)) for days, share in written["points"]))


def at_stake_minor(open_minor: int, *, due_on: date, today: date, next_on: date) -> int:
    """Return what waiting from today until the next step costs in expectation: the balance x how much less of it is
    recovered then. Minor units."""
    shares = curve()
    lost = shares.share((today - due_on).days) - shares.share((next_on - due_on).days)
    return money.share(open_minor, max(lost, Decimal(0)))
