"""What the worker does about referrals."""

from __future__ import annotations

from server.core import clock, queue
from server.core.database import transaction
from server.referrals import operations


@queue.task("referrals.settle")
def settle() -> None:
    """End the referrals of cases that are closed."""
    with transaction() as session:
        operations.end_settled(session, now=clock.now())
