"""Events: what happened, with the object as it was at that moment."""

import copy

from server.sandbox import deliveries
from server.sandbox.state import API_VERSION, Json, State, new_id


def record(state: State, type: str, thing: Json, *, previous: Json | None = None) -> Json:
    """Keep an event and queue it for every webhook endpoint that wants it. `previous` holds what an update replaced."""
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
