"""What the worker does about chargebacks. Each is safe to run twice."""

from __future__ import annotations

from server.chargebacks import flows
from server.core import clock, queue


@queue.task("chargebacks.learn", attempts=6, backoff=3)
def learn(*, event_id: str) -> None:
    """Act on an event that Stripe sent."""
    flows.learn(event_id=event_id, now=clock.now())


@queue.task("chargebacks.go_on", attempts=6, backoff=3)
def go_on(*, chargeback_id: str) -> None:
    """Put the evidence together and lay it down at Stripe."""
    flows.go_on(chargeback_id=chargeback_id, now=clock.now())


@queue.task("chargebacks.look")
def look() -> None:
    """Look for what events did not tell, go on with what is outstanding, sound the alarm."""
    flows.look(now=clock.now())
