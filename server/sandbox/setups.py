"""SetupIntents: a card kept for later without paying now."""

from server.sandbox import customers, events, metadata
from server.sandbox.cards import Card, Decline
from server.sandbox.errors import StripeError
from server.sandbox.state import Json, State, new_id

# What a new SetupIntent has nothing to say about.
NULL_AT_FIRST = """
    application automatic_payment_methods cancellation_reason flow_directions last_setup_error latest_attempt mandate
    next_action on_behalf_of payment_method payment_method_configuration_details single_use_mandate
"""


def create(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
    """POST /v1/setup_intents, for a card at a reader."""
    methods = params.get("allowed_payment_method_types")
    if params.get("confirm") or methods is None or "card_present" not in methods:
        raise StripeError("The sandbox keeps a card from a tap only.", param="allowed_payment_method_types")
    if "customer" in params:
        state.get("customer", params["customer"], "customer")
    id = new_id("seti")
    intent = state.add(
        {
            "id": id,
            **dict.fromkeys(NULL_AT_FIRST.split()),
            "object": "setup_intent",
            "allowed_payment_method_types": methods,
            "client_secret": new_id(f"{id}_secret"),
            "created": state.now(),
            "customer": params.get("customer"),
            "description": params.get("description"),
            "livemode": False,
            "metadata": {},
            "payment_method_options": {},
            "payment_method_types": methods,
            "status": "requires_payment_method",
            "usage": params.get("usage", "off_session"),
        }
    )
    metadata.merge(intent, params)
    events.record(state, "setup_intent.created", intent)
    return intent


def cancel(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/setup_intents/{id}/cancel."""
    intent = state.get("setup_intent", ids[0])
    if intent["status"] not in ("requires_payment_method", "requires_confirmation", "requires_action"):
        raise StripeError(
            f"You cannot cancel this SetupIntent because it has a status of {intent['status']}.",
            code="setup_intent_unexpected_state",
        )
    intent.update(status="canceled", cancellation_reason=params.get("cancellation_reason"))
    events.record(state, "setup_intent.canceled", intent)
    return intent


def tapped(
    state: State, intent: Json, *, card: Card, details: Json, decline: Decline | None, redisplay: str
) -> str | None:
    """The card was tapped: the id of the card made from it, or None and the reason why not on the SetupIntent."""
    present = new_id("pm")
    attempt = state.add(
        {
            "id": new_id("setatt"),
            **dict.fromkeys(("application", "flow_directions", "on_behalf_of", "setup_error")),
            "object": "setup_attempt",
            "attach_to_self": False,
            "created": state.now(),
            "customer": intent["customer"],
            "livemode": False,
            "payment_method": present,
            "payment_method_details": {
                "type": "card_present",
                "card_present": {"generated_card": None, "offline": None},
            },
            "setup_intent": intent["id"],
            "status": "failed" if decline else "succeeded",
            "usage": intent["usage"],
        }
    )
    intent["latest_attempt"] = attempt["id"]
    if decline is not None:
        error = {"type": "card_error", "code": decline.code, "decline_code": decline.decline_code}
        intent.update(status="requires_payment_method", last_setup_error=error | {"message": decline.message})
        events.record(state, "setup_intent.setup_failed", intent)
        return None
    origin = {"charge": None, "payment_method_details": details, "setup_attempt": attempt["id"]}
    made = customers.save_card(state, card, customer=intent["customer"], redisplay=redisplay, tapped=origin)
    attempt["payment_method_details"]["card_present"]["generated_card"] = made["id"]
    intent.update(status="succeeded", payment_method=present, last_setup_error=None)
    events.record(state, "setup_intent.succeeded", intent)
    return str(made["id"])
