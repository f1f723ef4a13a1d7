"""Holidays, from how a row says when they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from server.law.rules.rows import Row, in_force, rows


@cache
def holidays(key: str, year: int) -> Mapping[date, Mapping[str, str]]:
    """Return the holidays in a year of the place whose row has this key, each with its name in en and fr."""
    rule = in_force(rows()[key], "holidays", on=date(year, 12, 31))
    return {} if rule is None else {_day(said, year): said for said in rule.value}


def is_holiday(row: Row, day: date) -> bool:
    """Say whether a day is a holiday of a place."""
    return day in holidays(row.key, day.year)


def _day(said: Mapping[str, Any], year: int) -> date:
    """Return a holiday's day: `on` a date; `easter` and so many days; the `nth` weekday (0 is Monday) of a month, -1
    the last; the last weekday `before` a date."""
    if "on" in said:
        return _dated(said["on"], year)
    if "easter" in said:
        return easter(year) + timedelta(days=said["easter"])
    if "before" in said:
        text, weekday = said["before"]
        eve = _dated(text, year) - timedelta(days=1)
        return eve - timedelta(days=(eve.weekday() - weekday) % 7)
    month, weekday, nth = said["nth"]
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def _dated(text: str, year: int) -> date:
    month, day = text.split("-")
    return date(year, int(month), int(day))


@cache
def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher's computation)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
