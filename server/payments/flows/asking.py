"""Ask Stripe about everything whose moment has come."""

from __future__ import annotations

from datetime import datetime

from server.core import queue
from server.core.database import transaction
from server.payments import queries
from server.payments.flows.collecting import ask


def ask_open(*, now: datetime) -> None:
    """Ask about every open attempt whose moment has come, however many there are. What fails for one holds up no other
    of the same hundred, and is raised after these."""
    asked: set[str] = set()
    while True:
        with transaction() as session:
            due = [each for each in queries.list_to_check(session, now=now) if each not in asked]
        if not due:
            return
        asked.update(due)
        queue.each(due, lambda payment_id: ask(payment_id=payment_id, now=now))
