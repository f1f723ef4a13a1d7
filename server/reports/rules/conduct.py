"""How the chase itself goes: promises kept, the plan followed, exceptions made, and what collecting costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from server.reports.rules.formulas import percent


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
