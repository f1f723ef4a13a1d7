"""The one place that reads the time.

`now()` is read at the edge (a route, a task, a webhook) and passed down. In the demo and in tests the product's clock
runs ahead of the machine's by the number of seconds kept in `FIELDPAY_CLOCK_FILE`; every process reads the same file,
so all of them move together. Without that setting the clock is the machine's.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_offset_file: Path | None = None


def follow(path: Path | None) -> None:
    """Read the offset from this file from now on; None goes back to the machine's clock."""
    global _offset_file  # noqa: PLW0603  (a process has one clock)
    _offset_file = path


def now() -> datetime:
    """Return the moment, as an aware datetime in UTC."""
    return datetime.now(UTC) + offset()


def offset() -> timedelta:
    """Return how far the product's clock runs ahead of the machine's."""
    if _offset_file is None:
        return timedelta()
    try:
        return timedelta(seconds=int(_offset_file.read_text() or 0))
    except FileNotFoundError:
        return timedelta()


def advance(*, seconds: int) -> None:
    """Move the followed clock ahead. Raises RuntimeError where no clock file is followed."""
    if _offset_file is None:
        raise RuntimeError("The clock only moves where FIELDPAY_CLOCK_FILE is set.")
    moved = int(offset().total_seconds()) + seconds
    beside = _offset_file.with_suffix(".new")
    beside.write_text(str(moved))
    beside.replace(_offset_file)


def local_date(moment: datetime, time_zone: str) -> date:
    """Return the calendar day of a moment in a time zone (IANA name)."""
    return moment.astimezone(ZoneInfo(time_zone)).date()
