"""Terminal locations, readers and connection tokens, and the commands a reader is sent."""

import secrets

from server.sandbox import events, refunds
from server.sandbox.errors import (
    StripeError,
    intent_not_payable,
    invalid_parameter,
    reader_busy,
    reader_offline,
    setup_not_ready,
)
from server.sandbox.state import Json, State, new_id

REGISTRATION_CODES = {
    "simulated-wpe": "simulated_wisepos_e",
    "simulated-s700": "simulated_stripe_s700",
    "simulated-s710": "simulated_stripe_s710",
}
IN_PERSON = {"card_present", "interac_present"}
NO_CONNECTION = "Could not connect to Stripe."


def create_location(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
    """POST /v1/terminal/locations."""
    for name in ("display_name", "address"):
        if name not in params:
            raise invalid_parameter(f"Missing required param: {name}.", name, "parameter_missing")
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")) | params["address"]
    return state.add(
        {
            "id": new_id("tml"),
            "object": "terminal.location",
            "address": address,
            "display_name": params["display_name"],
            "livemode": False,
            "metadata": params.get("metadata") or {},
            "phone": params.get("phone"),
        }
    )


def create_connection_token(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
    """POST /v1/terminal/connection_tokens."""
    token: Json = {"object": "terminal.connection_token", "secret": new_id("pst_test", 32)}
    if "location" in params:
        token["location"] = state.get("terminal.location", params["location"], "location")["id"]
    return token


def create(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
    """POST /v1/terminal/readers: register a reader by the code on its screen; here only the simulated ones exist."""
    code = params["registration_code"]
    if code not in REGISTRATION_CODES:
        raise StripeError(
            "The registration code you provided was not recognized. Please generate a new code on the reader.",
            param="registration_code",
        )
    location = params.get("location") or None
    if location:
        state.get("terminal.location", location, "location")
    id = new_id("tmr")
    reader = state.add(
        {
            "id": id,
            "object": "terminal.reader",
            "action": None,
            "device_sw_version": "2.37.1.0",
            "device_type": REGISTRATION_CODES[code],
            "ip_address": "127.0.0.1",
            "label": params.get("label") or id,
            "last_seen_at": None,
            "livemode": False,
            "location": location,
            "metadata": params.get("metadata") or {},
            "serial_number": f"SIM-{secrets.token_hex(4).upper()}",
            "status": "online",
        },
        phase="idle",
    )
    return seen(state, reader)


def delete(state: State, _params: Json, ids: tuple[str, ...]) -> Json:
    """DELETE /v1/terminal/readers/{id}: forget it. Asked for later, it answers that it was deleted."""
    reader = state.get("terminal.reader", ids[0])
    del state.objects["terminal.reader"][reader["id"]]
    left = {"id": reader["id"], "object": "terminal.reader", "deleted": True}
    state.hidden[reader["id"]] = {"deleted": left}
    return left


def retrieve(state: State, _params: Json, ids: tuple[str, ...]) -> Json:
    """GET /v1/terminal/readers/{id}."""
    left: Json | None = state.hidden.get(ids[0], {}).get("deleted")
    return left or seen(state, state.get("terminal.reader", ids[0]))


def seen(state: State, reader: Json) -> Json:
    """A reader that is on says so all the time. `last_seen_at` is in milliseconds, unlike every other moment."""
    if reader["status"] == "online":
        reader["last_seen_at"] = int(state.clock.now() * 1000)
    return reader


def process_payment_intent(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST .../process_payment_intent: ask for a card. Replaces a payment that still waits for one."""
    reader = ready(state, ids[0])
    intent = state.get("payment_intent", params["payment_intent"], "payment_intent")
    if intent["status"] != "requires_payment_method":
        raise intent_not_payable(intent)
    if not IN_PERSON & set(intent["payment_method_types"]):
        raise StripeError(
            "The PaymentIntent must allow card_present or interac_present to be processed by a reader.",
            param="payment_intent",
            payment_intent=intent,
        )
    asked = {"payment_intent": intent["id"], "process_config": params.get("process_config") or {}}
    return begin(state, reader, "process_payment_intent", asked, amount=intent["amount"], currency=intent["currency"])


def process_setup_intent(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST .../process_setup_intent: ask for a card to keep."""
    reader = ready(state, ids[0])
    intent = state.get("setup_intent", params["setup_intent"], "setup_intent")
    if intent["status"] != "requires_payment_method":
        raise setup_not_ready()
    config = params.get("process_config") or {}
    asked = {"generated_card": None, "process_config": config, "setup_intent": intent["id"]}
    return begin(state, reader, "process_setup_intent", asked, redisplay=params["allow_redisplay"])


def refund_payment(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST .../refund_payment: ask for the Interac card that paid. Every other card is refunded without it."""
    reader = ready(state, ids[0])
    charge = refunds.charge_to_refund(state, params)
    if charge["payment_method_details"]["type"] != "interac_present":
        raise StripeError(
            "Only Interac payments are refunded on a reader. Use the Refunds API instead.", param="charge"
        )
    amount = refunds.amount_to_refund(charge, params)
    asked = {
        "amount": amount,
        "charge": charge["id"],
        "metadata": params.get("metadata") or {},
        "payment_intent": charge["payment_intent"],
        "reason": None,
        "refund": None,
        "refund_payment_config": params.get("refund_payment_config") or {},
    }
    return begin(state, reader, "refund_payment", asked, amount=amount, currency=charge["currency"])


def begin(state: State, reader: Json, type: str, asked: Json, *, phase: str = "waiting", **hidden: object) -> Json:
    """Give the reader something to do, in place of what it was waiting for."""
    reader["action"] = {
        "type": type,
        "status": "in_progress",
        **dict.fromkeys(("api_error", "failure_code", "failure_message")),
        type: asked,
    }
    state.hidden[reader["id"]] = {"phase": phase, "mishap": state.request.get("mishap")} | hidden
    return seen(state, reader)


def finish(
    state: State, reader: Json, failure_code: str | None = None, words: str | None = None, api_error: Json | None = None
) -> Json:
    """The reader is done, and says how it went."""
    state.hidden[reader["id"]] = {"phase": "idle"}
    reader["action"].update(
        status="failed" if failure_code else "succeeded",
        failure_code=failure_code,
        failure_message=words,
        api_error=api_error,
    )
    seen(state, reader)
    events.record(state, f"terminal.reader.action_{'failed' if failure_code else 'succeeded'}", reader)
    return reader


def cancel_action(state: State, _params: Json, ids: tuple[str, ...]) -> Json:
    """POST .../cancel_action: stop waiting for a card. No event tells of it."""
    reader = ready(state, ids[0])
    reader["action"] = None
    state.hidden[reader["id"]] = {"phase": "idle"}
    return seen(state, reader)


def ready(state: State, reader_id: str) -> Json:
    """A reader that takes a command, or the reason why it does not."""
    reader = state.get("terminal.reader", reader_id)
    if reader["status"] == "offline":
        raise reader_offline()
    if state.hidden[reader_id]["phase"] == "authorizing":
        raise reader_busy()
    return reader
