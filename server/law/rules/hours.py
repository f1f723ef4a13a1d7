"""When somebody may be contacted, by the clock of where they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from server.law.rules.holidays import is_holiday
from server.law.rules.rows import Row, Rule, in_force

Window = tuple[datetime, datetime]
# A window is looked for this far ahead. The longest run of closed days of our rows is four.
_DAYS_AHEAD = 14


def windows(rows: Sequence[Row], zones: Sequence[str], *, after: datetime) -> Iterator[Window]:
    """Yield, in UTC, the spans in which somebody may be contacted from a moment on, the first to end after it.

    Each is within the hours of every row and by every clock: who may be in one of two zones is contacted when it is
    early enough and late enough in both.
    """
    first = after.astimezone(UTC).date() - timedelta(days=1)
    for number in range(_DAYS_AHEAD):
        day = first + timedelta(days=number)
        spans = [span for zone in zones for span in _spans(tuple(rows), zone, day)]
        opens = max((span[0] for span in spans), default=None)
        closes = min((span[1] for span in spans), default=None)
        complete = len(spans) == len(zones)
        if complete and opens is not None and closes is not None and max(opens, after) < closes:
            yield opens, closes


def in_hours(rows: Sequence[Row], zones: Sequence[str], at: datetime) -> bool:
    """Say whether somebody may be contacted at a moment."""
    return all(_open_at(tuple(rows), at.astimezone(ZoneInfo(zone))) for zone in zones)


def closing_rule(rows: Sequence[Row], zones: Sequence[str], at: datetime) -> tuple[Row, Rule]:
    """Return which rule keeps somebody from being contacted at a moment outside the hours."""
    for zone in zones:
        there = at.astimezone(ZoneInfo(zone))
        for row in reversed(rows):
            rule = in_force(row, "hours", on=there.date())
            if rule is not None and not _open_at((row,), there):
                return row, rule
    raise AssertionError("nothing closes at this moment")


def _open_at(rows: tuple[Row, ...], there: datetime) -> bool:
    span = _hours(rows, there.date())
    return span is not None and span[0] <= there.time() < span[1]


def _spans(rows: tuple[Row, ...], zone: str, day: date) -> list[Window]:
    span = _hours(rows, day)
    if span is None:
        return []
    there = ZoneInfo(zone)
    opens, closes = (datetime.combine(day, at, there).astimezone(UTC) for at in span)
    return [(opens, closes)]


@cache
def _spelled(text: str) -> tuple[time, time]:
    opens, closes = text.split("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)


def _hours(rows: tuple[Row, ...], day: date) -> tuple[time, time] | None:
    """Return the hours that every row leaves of a day, or None."""
    opens, closes = time.min, time.max
    for row in rows:
        rule = in_force(row, "hours", on=day)
        if rule is None:
            continue
        text = rule.value["days"][day.weekday()]
        if text is None or (not rule.value["on_holidays"] and is_holiday(row, day)):
            return None
        span = _spelled(text)
        opens, closes = max(opens, span[0]), min(closes, span[1])
    return (opens, closes) if opens < closes else None
