"""What the worker reports."""

from __future__ import annotations

from contextlib import suppress

from server.business.queries import BusinessMissing
from server.core import clock, queue
from server.core.database import transaction
from server.reports import operations


@queue.task("reports.weekly")
def weekly() -> None:
    """Send the report of the last week to whoever has not got it yet."""
    with suppress(BusinessMissing), transaction() as session:
        operations.send_weekly(session, now=clock.now())
