"""Deliver the messages of steps."""

from __future__ import annotations

from datetime import datetime

from server.dunning import operations
from server.messages import flows as messages


def deliver(*, message_id: str, now: datetime) -> None:
    """Send the message of a step, unless it no longer stands in the moment in which it is taken for sending."""
    messages.deliver(
        message_id=message_id,
        stands=lambda session: operations.stands(session, message_id=message_id, now=now),
        now=now,
    )
