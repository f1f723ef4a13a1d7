"""What may happen to a visit, and when its day is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

# The largest sum of lines, in minor units: far above any visit, far below what a column holds.
LARGEST_SUBTOTAL_MINOR = 10**12


class Status(StrEnum):
    """Where a visit stands."""

    SCHEDULED = "scheduled"
    EN_ROUTE = "en_route"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELED = "canceled"


OPEN = frozenset({Status.SCHEDULED, Status.EN_ROUTE, Status.IN_PROGRESS})


def day_bounds(day: date, time_zone: str) -> tuple[datetime, datetime]:
    """Return a day of a time zone as UTC moments, from its first to just after its last: 23 to 25 hours apart."""
    zone = ZoneInfo(time_zone)
    first = datetime.combine(day, time(), tzinfo=zone)
    after = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    return first.astimezone(UTC), after.astimezone(UTC)


def tax_moment(*, scheduled_at: datetime, completed_at: datetime | None) -> datetime:
    """Return the moment whose rates apply: when the work was done, or is planned to be."""
    return completed_at or scheduled_at
