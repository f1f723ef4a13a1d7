"""Learn of bank debits that came back: look at Stripe, write down."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.core import queue
from server.core.database import transaction
from server.gateway import returns
from server.gateway.returns import ReturnedDebit
from server.payments import operations

# Stripe tells for three days of what its webhooks could not deliver; we look a week back, every day.
LOOK_BACK = timedelta(days=7)


def look_for_return(*, intent_id: str, now: datetime) -> None:
    """Write down what a bank took back of a PaymentIntent. Raises Refused, NotNow, OutcomeUnknown."""
    for returned in returns.list_returned(intent_id):
        _write_down(returned, now=now)


def look_for_returns(*, now: datetime) -> None:
    """Write down whatever banks took back of late. Raises Refused, NotNow, OutcomeUnknown."""
    found = {returned.dispute_id: returned for returned in returns.list_returned_since(now - LOOK_BACK)}
    queue.each(found, lambda dispute_id: _write_down(found[dispute_id], now=now))


def _write_down(returned: ReturnedDebit, *, now: datetime) -> None:
    with transaction() as session:
        operations.record_return(session, returned=returned, now=now)
