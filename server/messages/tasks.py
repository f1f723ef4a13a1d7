"""What the worker does for messages."""

from __future__ import annotations

from server.core import clock, queue
from server.core.database import transaction
from server.messages import flows, operations


@queue.task("messages.deliver")
def deliver(message_id: str) -> None:
    """Send one message."""
    flows.deliver(message_id=message_id, now=clock.now())


@queue.task("messages.sweep")
def sweep() -> None:
    """Pick up what a dead worker or a lost task left lying."""
    with transaction() as session:
        operations.sweep(session, now=clock.now())
