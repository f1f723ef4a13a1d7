"""What the worker does for the log."""

from __future__ import annotations

from server.contacts import operations
from server.core import queue
from server.core.database import transaction


@queue.task("contacts.seal")
def seal() -> None:
    """Put what was written since into the chain."""
    sealed = 1
    while sealed:
        with transaction() as session:
            sealed = operations.seal(session)
