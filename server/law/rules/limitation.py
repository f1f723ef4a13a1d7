"""Until when a debt can be sued for: its period, what begins it again, and when to warn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from server.law.rules.rows import HOUSE, Row, in_force, rows


class Interruption(StrEnum):
    """What may begin the period again. A demand letter is kept as well, and begins nothing anywhere."""

    ACKNOWLEDGEMENT = "acknowledgement"
    PAYMENT = "payment"
    LAWSUIT = "lawsuit"
    DEMAND = "demand"


@dataclass(frozen=True, kw_only=True)
class Limitation:
    """The last day on which a debt can be sued for. `began_on` is the anchor or the last act that interrupted, which
    `began_by` names; `alarm_days` before the end somebody is warned, the earliest first."""

    row: str
    source: str
    began_on: date
    began_by: str
    ends_on: date
    alarm_days: tuple[int, ...]

    def alarm(self, today: date) -> int | None:
        """Return the alarm that rings: its days before the end; None before the first; 0 once the debt is barred."""
        if today > self.ends_on:
            return 0
        rung = [days for days in self.alarm_days if today >= self.ends_on - timedelta(days=days)]
        return min(rung, default=None)


def limitation(
    row: Row, *, kind: str, anchors: Mapping[str, date], acts: Iterable[tuple[Interruption, date]], on: date
) -> Limitation:
    """Return the period of a debt. `anchors` are its days by name (due_on, issued_on, service_on).

    A place without a rule of its own has the house's. An act after the end revives nothing.
    """
    holder = row if in_force(row, "limitation", on=on) is not None else rows()[HOUSE]
    rule = holder.rules["limitation"]
    years, counts = rule.value["years"][kind], rule.value["interrupted_by"]
    began_on, began_by = anchors[rule.value["anchor"]], rule.value["anchor"]
    for act, day in sorted(acts, key=lambda act: act[1]):
        if act in counts and began_on < day <= _after(began_on, years):
            began_on, began_by = day, act.value
    return Limitation(
        row=holder.key,
        source=rule.source,
        began_on=began_on,
        began_by=began_by,
        ends_on=_after(began_on, years),
        alarm_days=tuple(sorted(rule.value["alarm_days"], reverse=True)),
    )


def _after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
