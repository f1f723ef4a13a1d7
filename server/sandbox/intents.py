"""PaymentIntents: one attempt to collect an amount, whatever the number of cards tried."""

from server.sandbox import cards, charges, events, metadata, receipts
from server.sandbox.amounts import check_amount, check_currency, check_step
from server.sandbox.cards import Card, Decline
from server.sandbox.errors import StripeError, invalid_parameter
from server.sandbox.state import Json, State, new_id

CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing")
PAST = {"cancel": "canceled", "confirm": "confirmed", "capture": "captured", "update": "updated"}
KEPT_AS_GIVEN = ("customer", "description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix")
# What a new PaymentIntent has nothing to say about.
NULL_AT_FIRST = """
    application application_fee_amount canceled_at cancellation_reason customer last_payment_error latest_charge
    next_action on_behalf_of payment_method payment_method_configuration_details payment_record processing review
    shipping source transfer_data transfer_group
"""


def create(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
    """POST /v1/payment_intents."""
    currency = check_currency(params["currency"], "currency")
    check_amount(params["amount"], currency, "amount")
    method = _kept_card(state, params) if params.get("confirm") else None
    intent = open_intent(
        state,
        amount=params["amount"],
        currency=currency,
        methods=params.get("allowed_payment_method_types"),
        given=params,
    )
    if method is not None:
        _charge_off_session(state, intent, method)
    elif params.get("payment_method"):
        state.get("payment_method", params["payment_method"], "payment_method")
        intent.update(payment_method=params["payment_method"], status="requires_confirmation")
    return intent


def confirm(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/payment_intents/{id}/confirm: charge the kept card that it was made for."""
    intent = state.get("payment_intent", ids[0])
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise _unexpected(intent, "confirm", "requires_payment_method, requires_confirmation")
    wanted = {"customer": intent["customer"], "payment_method": intent["payment_method"]} | params
    _charge_off_session(state, intent, _kept_card(state, wanted))
    return intent


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
            "setup_future_usage": given.get("setup_future_usage"),
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
    if "setup_future_usage" in params:
        intent["setup_future_usage"] = params["setup_future_usage"] or None
    _keep(intent, params)
    return intent


def cancel(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/payment_intents/{id}/cancel."""
    intent = state.get("payment_intent", ids[0])
    if state.hidden[intent["id"]]["from_checkout"] and intent["status"] != "requires_capture":
        raise StripeError(
            "You cannot cancel this PaymentIntent because it was created by Checkout. Expire the Checkout Session "
            "instead.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    if intent["status"] not in CANCELABLE:
        raise _unexpected(intent, "cancel", ", ".join(CANCELABLE))
    return void(state, intent, params.get("cancellation_reason"))


def void(state: State, intent: Json, reason: str | None, *, released: str = "charge.refunded") -> Json:
    """Cancel whatever may still be canceled; what a card holds for it is `released`, the event that tells so."""
    if intent["status"] == "requires_capture":
        charges.release(state, state.get("charge", intent["latest_charge"]), released)
    intent.update(status="canceled", canceled_at=state.now(), cancellation_reason=reason, amount_capturable=0)
    events.record(state, "payment_intent.canceled", intent)
    return intent


def capture(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/payment_intents/{id}/capture: take what a card holds, or a part of it."""
    intent = state.get("payment_intent", ids[0])
    if intent["status"] != "requires_capture":
        raise _unexpected(intent, "capture", "requires_capture")
    amount = ({"amount_to_capture": intent["amount_capturable"]} | params)["amount_to_capture"]
    if amount < 1:
        raise invalid_parameter("Invalid positive integer", "amount_to_capture", "parameter_invalid_integer")
    check_step(amount, intent["currency"], "amount_to_capture")
    if amount > intent["amount_capturable"]:
        raise StripeError(
            f"The amount to capture ({amount}) is greater than the amount that is capturable "
            f"({intent['amount_capturable']}).",
            code="amount_too_large",
            param="amount_to_capture",
            payment_intent=intent,
        )
    charges.capture(state, state.get("charge", intent["latest_charge"]), amount)
    metadata.merge(intent, params)
    intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
    events.record(state, "payment_intent.succeeded", intent)
    return intent


def run_out(state: State, intent_id: str) -> None:
    """The bank holds the amount no longer: an intent that was not captured is lost."""
    intent = state.get("payment_intent", intent_id)
    if intent["status"] == "requires_capture":
        void(state, intent, "automatic", released="charge.expired")


def can_take(intent: Json, card: Card) -> bool:
    """Interac has one message, which pays: a PaymentIntent that would only hold the amount cannot take it."""
    return not card.is_interac or _at_once(intent, "interac_present")


def _kept_card(state: State, params: Json) -> Json:
    """The card kept for the customer, which is all that can be charged without one of them there."""
    for name in ("customer", "payment_method", "off_session"):
        if not params.get(name):
            raise invalid_parameter(f"The sandbox confirms off-session payments only: {name} is missing.", name)
    method = state.get("payment_method", params["payment_method"], "payment_method")
    if method["customer"] != params["customer"]:
        raise StripeError(
            f"The PaymentMethod {method['id']} does not belong to the Customer {params['customer']}.",
            param="payment_method",
        )
    return method


def _charge_off_session(state: State, intent: Json, method: Json) -> None:
    """Charge a kept card. Raises StripeError, 402, when it is declined: the PaymentIntent then waits for another."""
    card = cards.card(state.hidden[method["id"]]["number"])
    told = {"authentication_required": cards.AUTHENTICATION, "card_declined": cards.GENERIC}
    decline = told.get(state.request.get("mishap") or "") or card.declines_later or card.decline
    details = receipts.online(state, card, amount=intent["amount"])
    charge = charge_card(state, intent, card=card, details=details, decline=decline, saved=method["id"])
    if decline is not None:
        raise StripeError(
            decline.message,
            status=402,
            type="card_error",
            code=decline.code,
            decline_code=decline.decline_code,
            payment_intent=intent | {"latest_charge": charge["id"]},
        )


def _at_once(intent: Json, method: str) -> bool:
    """Whether a card of this method pays at once, or holds the amount for `capture`."""
    own = intent["payment_method_options"].get(method, {}).get("capture_method")
    return own not in ("manual", "manual_preferred") and intent["capture_method"] != "manual"


def charge_card(
    state: State, intent: Json, *, card: Card, details: Json, decline: Decline | None, saved: str | None = None
) -> Json:
    """Present a card for an open PaymentIntent: it succeeds, or waits for another card with the error of this one."""
    at_once = _at_once(intent, details["type"])
    charge = charges.make(state, intent, card=card, details=details, decline=decline, capture=at_once, saved=saved)
    intent["latest_charge"] = charge["id"]
    if decline is None:
        intent.update(payment_method=charge["payment_method"], last_payment_error=None)
        if at_once:
            intent.update(status="succeeded", amount_received=intent["amount"])
            events.record(state, "payment_intent.succeeded", intent)
        else:
            intent.update(status="requires_capture", amount_capturable=intent["amount"])
            events.record(state, "payment_intent.amount_capturable_updated", intent)
            held_until = details[details["type"]]["capture_before"]
            state.schedule("expire_authorization", intent["id"], due=held_until)
    else:
        intent.update(
            status="requires_payment_method",
            payment_method=None,
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


def _keep(intent: Json, given: Json) -> None:
    for name in KEPT_AS_GIVEN:
        if name in given:
            intent[name] = given[name] or None
    metadata.merge(intent, given)


def _unexpected(intent: Json, verb: str, statuses: str) -> StripeError:
    return StripeError(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent "
        f"with one of the following statuses may be {PAST[verb]}: {statuses}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )
