"""Why a case rests: a set of reasons, each with an end or an owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class PauseKind(StrEnum):
    """A reason to rest. While there is one, nothing is sent; each ends on its own day or by its owner's word."""

    MANUAL = "manual"
    LEGAL = "legal"
    PROMISE = "promise"
    PLAN = "plan"
    DISPUTE = "dispute"


class HoldKind(StrEnum):
    """Which pauses a person places and ends."""

    MANUAL = "manual"
    LEGAL = "legal"


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Why a case rests now: of which hold, promise, plan or dispute (`source_id`), until when or on whose word."""

    kind: PauseKind
    source_id: str
    reason: str | None
    until_on: date | None
    owner: str | None


# A debt so long past due that rests without an end, or for longer than this, is looked at again by a person.
# Source: ABC-Amega, "Nine Collection Tips", tips 6 and 9: 90 days past due is where waiting costs most.
TOO_LONG = timedelta(days=90)


def in_force(*, until_on: date | None, released_at: datetime | None, today: date) -> bool:
    """Say whether a hold makes its case rest: it ends by itself on `until_on`."""
    return released_at is None and (until_on is None or today < until_on)
