"""Floats decided: the states of a handover, and what a count means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HandoverStatus(StrEnum):
    """Where a handover stands."""

    WAITING = "waiting"
    COUNTERSIGNED = "countersigned"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class Count:
    """What a count books, in minor units: what passes into the drawer, what is missing, what is too much."""

    passed_minor: int
    short_minor: int
    over_minor: int


def read_count(counted_minor: int, *, expected_minor: int) -> Count:
    """Return what a count of the cash means, beside what the books expect of it."""
    return Count(
        passed_minor=min(counted_minor, expected_minor),
        short_minor=max(expected_minor - counted_minor, 0),
        over_minor=max(counted_minor - expected_minor, 0),
    )
