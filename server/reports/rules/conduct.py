"""How the chase itself goes: promises kept, the plan followed, exceptions made, and what collecting costs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from server.core import money
from server.reports.rules.formulas import percent

_COSTS = Path(__file__).parent.parent / "costs" / "house.json"


@dataclass(frozen=True, kw_only=True)
class PromisesKept:
    """The promises in one currency that were decided in a period; canceled and pending ones do not count."""

    currency: str
    kept: int
    decided: int
    received_minor: int
    promised_minor: int

    @property
    def by_count_percent(self) -> Decimal | None:
        """Kept in full and in time / all that were decided."""
        return percent(self.kept, self.decided)

    @property
    def by_amount_percent(self) -> Decimal | None:
        """What had come by its day / what was promised: a promise kept in part counts for its part."""
        return percent(self.received_minor, self.promised_minor)


@dataclass(frozen=True, kw_only=True)
class Adherence:
    """How far one person (or the planner) followed the plan at one step: steps done inside their window / steps whose
    window closed in the period."""

    who: str
    step: int
    inside: int
    due: int

    @property
    def percent(self) -> Decimal | None:
        """The share done in time."""
        return percent(self.inside, self.due)


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What chasing costs, in minor units of the business's currency, with its source."""

    source: str
    call_minutes: int
    letter_minutes: int
    hour_minor: int
    postage_minor: int
    text_minor: int

    def total_minor(self, *, calls: int, letters: int, texts: int) -> int:
        """Return staff minutes x rate + postage + texts. An e-mail costs nothing."""
        minutes = calls * self.call_minutes + letters * self.letter_minutes
        return (
            money.share(self.hour_minor, Decimal(minutes) / 60) + letters * self.postage_minor + texts * self.text_minor
        )


@cache
def costs() -> Costs:
    """Return the house's costs."""
    return Costs(**json.loads(_COSTS.read_text()))


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """How the chase went over a period. `cost_minor` and `late_received_minor` are in the business's currency."""

    promises: list[PromisesKept]
    adherence: list[Adherence]
    overrides: int
    currency: str
    cost_minor: int
    late_received_minor: int

    @property
    def cost_percent(self) -> Decimal | None:
        """Cost to collect: calls, letters and texts at the house's costs / what came after its due day."""
        return percent(self.cost_minor, self.late_received_minor)
