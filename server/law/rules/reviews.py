"""Whether a row is in force: it is shipped off, and a person switches it on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from server.law.rules.rows import HOUSE, Row

# How long a review is good for, unless the row itself wants the next one earlier.
GOOD_FOR = timedelta(days=365)


class State(StrEnum):
    """Where a row stands. `changed` was on in an earlier version and is off until somebody reads the new one; `overdue`
    is on and should be read again."""

    ALWAYS = "always"
    OFF = "off"
    ON = "on"
    CHANGED = "changed"
    OVERDUE = "overdue"


IN_FORCE = (State.ALWAYS, State.ON, State.OVERDUE)


@dataclass(frozen=True, kw_only=True)
class Review:
    """What somebody decided about a version of a row."""

    version: int
    switched_on: bool
    reviewed_at: datetime


def review_by(row: Row, *, reviewed_on: date) -> date:
    """Return the day by which a row is to be read again: its own, or a year after a review that came later."""
    return row.review_by if row.review_by > reviewed_on else reviewed_on + GOOD_FOR


def state(row: Row, review: Review | None, *, today: date) -> State:
    """Return where a row stands after its last review."""
    if row.key == HOUSE:
        return State.ALWAYS
    if review is None or not review.switched_on:
        return State.OFF
    if review.version != row.version:
        return State.CHANGED
    is_overdue = today > review_by(row, reviewed_on=review.reviewed_at.date())
    return State.OVERDUE if is_overdue else State.ON
