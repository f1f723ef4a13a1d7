"""What happens at the reader itself: a card is tapped or inserted, the customer cancels, the plug is pulled.

A reader is *idle*, *waiting* (for a card; another payment may replace this one), *authorizing* (busy) or *stuck* (it
lost Stripe half way: the action stays in progress and no event comes).
"""

from server.sandbox import cards, events, intents, readers, receipts
from server.sandbox.errors import StripeError, intent_not_payable, invalid_parameter
from server.sandbox.state import Json, State


def test_helper(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/test_helpers/terminal/readers/{id}/present_payment_method, with the test amounts."""
    kind = params.get("type", "card_present")
    if kind == "card":
        raise invalid_parameter("The sandbox presents card_present and interac_present only.", "type")
    reader = state.get("terminal.reader", ids[0])
    default = cards.INTERAC if kind == "interac_present" or _only_interac(state, reader) else cards.APPROVED
    number = params.get(kind, {}).get("number", default)
    return present(state, reader["id"], number=number, test_amounts=True, tip=params.get("amount_tip", 0))


def present(
    state: State,
    reader_id: str,
    *,
    number: str,
    read_method: str = "contactless_emv",
    test_amounts: bool = False,
    tip: int = 0,
    authorizing_seconds: float = 0,
) -> Json:
    """Hold a card to the reader. Raises StripeError when the reader waits for none.

    `tip` in minor units is added to the amount. With `authorizing_seconds` the reader is busy for so long.
    """
    reader = state.get("terminal.reader", reader_id)
    hidden = state.hidden[reader_id]
    card = cards.card(number)
    if reader["status"] == "offline" or hidden["phase"] != "waiting":
        raise StripeError("The reader is not waiting for a card.")
    hidden["mishap"] = state.request.get("mishap") or hidden["mishap"]
    hidden.update(phase="authorizing", number=card.number, read_method=read_method, test_amounts=test_amounts, tip=tip)
    intent = _intent(state, reader)
    if _changed(intent, hidden, "requires_payment_method"):
        return _refuse(state, reader, intent)
    intent["status"] = "requires_confirmation"
    if authorizing_seconds:
        state.schedule("authorize", reader_id, due=state.clock.now() + authorizing_seconds)
        return readers.seen(state, reader)
    return authorize(state, reader_id)


def authorize(state: State, reader_id: str) -> Json:
    """The bank answers: the charge is made or declined, and the reader says so if it can."""
    reader = state.get("terminal.reader", reader_id)
    hidden = state.hidden[reader_id]
    intent = _intent(state, reader)
    if _changed(intent, hidden, "requires_confirmation"):
        return _refuse(state, reader, intent)
    if hidden["mishap"] == "stuck_in_progress":
        intent["status"] = "requires_payment_method"
        hidden["phase"] = "stuck"
        return readers.seen(state, reader)
    decline = _charge(state, reader, intent, hidden)
    if reader["status"] == "offline":
        hidden["phase"] = "stuck"
        return reader
    if decline is not None:
        error = {"type": "card_error", "code": decline.code, "decline_code": decline.decline_code}
        return _finish(state, reader, decline.code, decline.message, error | {"message": decline.message})
    if hidden["mishap"] == "connection_error_authorized":
        return _finish(state, reader, "connection_error", "Could not connect to Stripe.")
    return _finish(state, reader)


def customer_cancel(state: State, reader_id: str) -> Json:
    """The customer presses cancel while the reader waits for a card."""
    reader = state.get("terminal.reader", reader_id)
    if reader["status"] == "offline" or state.hidden[reader_id]["phase"] != "waiting":
        raise StripeError("The reader is not waiting for a card.")
    words = "This action could not be completed due to an error on the card reader."
    return _finish(state, reader, "customer_canceled", words)


def unplug(state: State, reader_id: str) -> Json:
    """The reader goes dark. What it was waiting for stays in progress until it is replaced or canceled."""
    reader = readers.seen(state, state.get("terminal.reader", reader_id))
    reader["status"] = "offline"
    if state.hidden[reader_id]["phase"] == "waiting":
        state.hidden[reader_id]["phase"] = "stuck"
    return reader


def plug(state: State, reader_id: str) -> Json:
    """The reader is on again, its screen idle."""
    reader = state.get("terminal.reader", reader_id)
    reader["status"] = "online"
    return readers.seen(state, reader)


def _intent(state: State, reader: Json) -> Json:
    return state.get("payment_intent", reader["action"]["process_payment_intent"]["payment_intent"])


def _only_interac(state: State, reader: Json) -> bool:
    return bool(reader["action"] and _intent(state, reader)["payment_method_types"] == ["interac_present"])


def _changed(intent: Json, hidden: Json, status: str) -> bool:
    """The PaymentIntent is not what was sent to the reader any more: an old prompt must never charge."""
    now = (intent["status"], intent["amount"], intent["currency"])
    return now != (status, hidden["amount"], hidden["currency"])


def _charge(state: State, reader: Json, intent: Json, hidden: Json) -> cards.Decline | None:
    card = cards.card(hidden["number"])
    amount = intent["amount"] + hidden["tip"]
    details = receipts.in_person(state, card, amount=amount, reader=reader, read_method=hidden["read_method"])
    decline = cards.decline_for(card, amount) if hidden["test_amounts"] else card.decline
    if details["type"] not in intent["payment_method_types"] or not intents.can_take(intent, card):
        decline = cards.GENERIC
    if hidden["tip"] and decline is None:
        intent.update(amount=amount, amount_details={"tip": {"amount": hidden["tip"]}})
    intents.charge_card(state, intent, card=card, details=details, decline=decline)
    return decline


def _refuse(state: State, reader: Json, intent: Json) -> Json:
    error = intent_not_payable(intent)
    api_error = {name: error.fields[name] for name in ("type", "code", "message")}
    return _finish(state, reader, "intent_invalid_state", str(error), api_error)


def _finish(
    state: State, reader: Json, failure_code: str | None = None, words: str | None = None, api_error: Json | None = None
) -> Json:
    state.hidden[reader["id"]] = {"phase": "idle"}
    reader["action"].update(
        status="failed" if failure_code else "succeeded",
        failure_code=failure_code,
        failure_message=words,
        api_error=api_error,
    )
    readers.seen(state, reader)
    events.record(state, f"terminal.reader.action_{'failed' if failure_code else 'succeeded'}", reader)
    return reader
