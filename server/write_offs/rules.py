"""Where a write-off stands."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a write-off stands: `asked` by one person, until a second one books or rejects it."""

    ASKED = "asked"
    BOOKED = "booked"
    REJECTED = "rejected"
