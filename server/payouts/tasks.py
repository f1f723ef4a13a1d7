"""What the worker does about payouts. Each is safe to run twice."""

from __future__ import annotations

from server.core import clock, queue
from server.payouts import flows


@queue.task("payouts.learn", attempts=6, backoff=3)
def learn(*, event_id: str) -> None:
    """Act on an event that Stripe sent."""
    flows.learn(event_id=event_id, now=clock.now())


@queue.task("payouts.look")
def look() -> None:
    """Ask about payouts whose events did not come."""
    flows.look(now=clock.now())
