"""What the worker does for the log."""

from __future__ import annotations

from server.contacts import flows
from server.core import queue


@queue.task("contacts.seal")
def seal() -> None:
    """Put what was written since into the chain."""
    flows.seal_all()
