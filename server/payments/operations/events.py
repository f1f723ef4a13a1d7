"""Keep what Stripe sent."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from server.core import queue
from server.gateway.events import Event

_KEEP_EVENT = """
    INSERT INTO stripe_events (id, type, object_id, intent_id, payment_id, happened_at, received_at)
    VALUES (:id, :type, :object_id, :intent_id, :payment_id, :happened_at, :received_at) ON CONFLICT DO NOTHING
"""


def keep_event(session: Session, *, event: Event, now: datetime) -> None:
    """Store an event once, with the task that acts on it; told again, nothing is written."""
    row = {**asdict(event), "received_at": now}
    if event.type.startswith("payout."):
        queue.insert_and_defer(session, _KEEP_EVENT, row, task_name="payouts.learn", argument="event_id")
    elif event.type.startswith("charge.dispute."):
        queue.insert_and_defer(session, _KEEP_EVENT, row, task_name="chargebacks.learn", argument="event_id")
    else:
        queue.insert_and_defer(session, _KEEP_EVENT, row, task_name="payments.learn", argument="event_id")
