"""Events: what happened, with the object as it was at that moment."""

import copy

from server.sandbox import deliveries
from server.sandbox.state import API_VERSION, Json, State, new_id

# Every type that is sent. What they tell of is checked against the installed SDK, type by type.
_SENT = """
    charge.captured charge.dispute.closed charge.dispute.created charge.dispute.funds_reinstated
    charge.dispute.funds_withdrawn charge.dispute.updated charge.expired charge.failed charge.refunded charge.succeeded
    charge.updated checkout.session.async_payment_failed checkout.session.async_payment_succeeded
    checkout.session.completed checkout.session.expired customer.created customer.updated
    payment_intent.amount_capturable_updated payment_intent.canceled payment_intent.created
    payment_intent.payment_failed payment_intent.processing payment_intent.succeeded payment_method.attached
    payment_method.detached payout.canceled payout.created payout.failed payout.paid payout.reconciliation_completed
    payout.updated refund.created refund.failed refund.updated setup_intent.canceled setup_intent.created
    setup_intent.setup_failed setup_intent.succeeded terminal.reader.action_failed terminal.reader.action_succeeded
"""
TYPES = frozenset(_SENT.split())


def record(state: State, type: str, thing: Json, *, previous: Json | None = None) -> Json:
    """Keep an event and queue it for every webhook endpoint that wants it. `previous` holds what an update replaced."""
    if type not in TYPES or (previous is not None and not type.endswith(".updated")):
        raise ValueError(f"not an event of Stripe's, or not an update: {type}")
    data: Json = {"object": copy.deepcopy(thing)}
    if previous is not None:
        data["previous_attributes"] = previous
    event = state.add(
        {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": state.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": state.request["id"], "idempotency_key": state.request["idempotency_key"]},
            "type": type,
        }
    )
    deliveries.queue(state, event)
    return event
