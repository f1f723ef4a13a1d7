"""What the worker does about how customers pay."""

from __future__ import annotations

from contextlib import suppress

from server.business.queries import BusinessMissing
from server.core import clock, queue
from server.core.database import transaction
from server.risk import operations, queries

_AT_ONCE = 1_000


@queue.task("risk.review")
def review() -> None:
    """Class every customer, some hundred in a transaction."""
    now = clock.now()
    with transaction() as session:
        everybody = queries.list_invoiced(session)
    for first in range(0, len(everybody), _AT_ONCE):
        with transaction() as session:
            operations.review(session, customer_ids=everybody[first : first + _AT_ONCE], now=now)
    with suppress(BusinessMissing), transaction() as session:
        operations.end_exceptions(session, now=now)


@queue.task("risk.release")
def release() -> None:
    """Look again at those whose class or balance stands against them: whoever is cured is released."""
    with transaction() as session:
        restricted = queries.list_restricted(session)
        if restricted:
            operations.review(session, customer_ids=restricted, now=clock.now())
