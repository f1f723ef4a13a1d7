"""PaymentIntents: one attempt to collect an amount, whatever the number of cards tried."""

from server.sandbox import charges, events
from server.sandbox.amounts import check_amount, check_currency
from server.sandbox.cards import Card, Decline
from server.sandbox.errors import StripeError, invalid_parameter
from server.sandbox.state import Json, State, new_id

CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action", "processing")
KEPT_AS_GIVEN = ("customer", "description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix")
# What a new PaymentIntent has nothing to say about.
NULL_AT_FIRST = """
    application application_fee_amount canceled_at cancellation_reason customer last_payment_error latest_charge
    next_action on_behalf_of payment_method payment_method_configuration_details payment_record processing review
    setup_future_usage shipping source transfer_data transfer_group
"""


def create(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
    """POST /v1/payment_intents."""
    currency = check_currency(params["currency"], "currency")
    check_amount(params["amount"], currency, "amount")
    if params.get("confirm") or params.get("capture_method") == "manual":
        raise invalid_parameter(
            "The sandbox confirms a payment on a reader or in Checkout, and captures it at once.",
            "confirm" if params.get("confirm") else "capture_method",
        )
    return open_intent(
        state,
        amount=params["amount"],
        currency=currency,
        methods=params.get("allowed_payment_method_types"),
        given=params,
    )


def open_intent(state: State, *, amount: int, currency: str, methods: list[str] | None, given: Json) -> Json:
    """A PaymentIntent that waits for a card. `given` holds what is kept as given: description, metadata and so on."""
    id = new_id("pi")
    intent = state.add(
        {
            "id": id,
            **dict.fromkeys(NULL_AT_FIRST.split()),
            "object": "payment_intent",
            "allowed_payment_method_types": methods,
            "amount": amount,
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "automatic_payment_methods": None if methods else {"allow_redirects": "always", "enabled": True},
            "capture_method": given.get("capture_method", "automatic_async"),
            "client_secret": new_id(f"{id}_secret"),
            "confirmation_method": "automatic",
            "created": state.now(),
            "currency": currency,
            **dict.fromkeys(KEPT_AS_GIVEN),
            "livemode": False,
            "metadata": {},
            "payment_method_options": given.get("payment_method_options") or {},
            "payment_method_types": methods or ["card"],
            "status": "requires_payment_method",
        },
        from_checkout=False,
    )
    _keep(intent, given)
    events.record(state, "payment_intent.created", intent)
    return intent


def update(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/payment_intents/{id}: the amount while no card was taken, the rest at any time."""
    intent = state.get("payment_intent", ids[0])
    if {"amount", "currency"} & params.keys():
        if intent["status"] not in ("requires_payment_method", "requires_action"):
            raise _unexpected(intent, "update", "requires_payment_method, requires_action")
        wanted = intent | params
        currency = check_currency(wanted["currency"], "currency")
        check_amount(wanted["amount"], currency, "amount")
        intent.update(amount=wanted["amount"], currency=currency)
    _keep(intent, params)
    return intent


def cancel(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/payment_intents/{id}/cancel."""
    intent = state.get("payment_intent", ids[0])
    if state.hidden[intent["id"]]["from_checkout"]:
        raise StripeError(
            "You cannot cancel this PaymentIntent because it was created by Checkout. Expire the Checkout Session "
            "instead.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    if intent["status"] not in CANCELABLE:
        raise _unexpected(intent, "cancel", ", ".join(CANCELABLE))
    return void(state, intent, params.get("cancellation_reason"))


def void(state: State, intent: Json, reason: str | None) -> Json:
    """Cancel whatever may still be canceled."""
    intent.update(status="canceled", canceled_at=state.now(), cancellation_reason=reason)
    events.record(state, "payment_intent.canceled", intent)
    return intent


def charge_card(state: State, intent: Json, *, card: Card, details: Json, decline: Decline | None) -> Json:
    """Present a card for an open PaymentIntent: it succeeds, or waits for another card with the error of this one."""
    charge = charges.make(state, intent, card=card, details=details, decline=decline)
    intent["latest_charge"] = charge["id"]
    if decline is None:
        intent.update(
            status="succeeded",
            amount_received=intent["amount"],
            payment_method=charge["payment_method"],
            last_payment_error=None,
        )
        events.record(state, "payment_intent.succeeded", intent)
    else:
        intent.update(
            status="requires_payment_method",
            last_payment_error={
                "type": "card_error",
                "code": decline.code,
                "decline_code": decline.decline_code,
                "message": decline.message,
                "charge": charge["id"],
                "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
                "payment_method_type": details["type"],
            },
        )
        events.record(state, "payment_intent.payment_failed", intent)
    return charge


def merge_metadata(thing: Json, given: Json) -> None:
    """Stripe's rule: a key given replaces, an empty value removes, an empty metadata removes all."""
    if given.get("metadata") == "":
        thing["metadata"] = {}
    elif "metadata" in given:
        merged = thing["metadata"] | given["metadata"]
        thing["metadata"] = {key: value for key, value in merged.items() if value != ""}


def _keep(intent: Json, given: Json) -> None:
    for name in KEPT_AS_GIVEN:
        if name in given:
            intent[name] = given[name] or None
    merge_metadata(intent, given)


def _unexpected(intent: Json, verb: str, statuses: str) -> StripeError:
    return StripeError(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent "
        f"with one of the following statuses may be {verb}{'led' if verb == 'cancel' else 'd'}: {statuses}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )
