"""What the worker does about the policy."""

from __future__ import annotations

from contextlib import suppress

from server.business.queries import BusinessMissing
from server.contracts.queries import TermsMissing
from server.core import clock, queue
from server.core.database import transaction
from server.policy import operations


@queue.task("policy.publish")
def publish() -> None:
    """Write down a new version where the settings changed."""
    with suppress(BusinessMissing, TermsMissing), transaction() as session:
        operations.publish(session, now=clock.now())
