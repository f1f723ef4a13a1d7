"""What happens at the reader itself: a card is tapped or inserted, the customer cancels, the plug is pulled.

A reader is *idle*, *waiting* (for a card; another payment may replace this one), *showing* (a cart), *collecting*
(answers), *authorizing* (busy) or *stuck* (it lost Stripe half way: the action stays in progress and no event comes).
"""

from server.sandbox import cards, customers, intents, readers, receipts, refunds, setups
from server.sandbox.errors import StripeError, intent_not_payable, invalid_parameter, setup_not_ready
from server.sandbox.state import Json, State

ASKING = ("waiting", "collecting")
# What ends at the reader, before the bank is asked: https://docs.stripe.com/terminal/payments/collect-card-payment
AT_THE_READER = {
    "connection_error": readers.NO_CONNECTION,
    "card_removed": "The card was removed during the transaction.",
}


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
    mishap: str | None = None,
) -> Json:
    """Hold a card to the reader. Raises StripeError when the reader waits for none.

    `tip` in minor units is added to the amount. With `authorizing_seconds` the reader is busy for so long.
    `mishap` is what goes wrong on the way, as the fault plan names it.
    """
    reader = state.get("terminal.reader", reader_id)
    hidden = state.hidden[reader_id]
    card = cards.card(number)
    if reader["status"] == "offline" or hidden["phase"] != "waiting":
        raise StripeError("The reader is not waiting for a card.")
    hidden["mishap"] = mishap or state.request.get("mishap") or hidden["mishap"]
    hidden.update(phase="authorizing", number=card.number, read_method=read_method, test_amounts=test_amounts, tip=tip)
    if not _as_sent(state, reader, "requires_payment_method"):
        return _refuse(state, reader)
    _mark(state, reader, "requires_confirmation")
    if authorizing_seconds:
        state.schedule("authorize", reader_id, due=state.clock.now() + authorizing_seconds)
        return readers.seen(state, reader)
    return authorize(state, reader_id)


def authorize(state: State, reader_id: str) -> Json:
    """The bank answers: the card pays, is saved, gets its money back, or is declined; the reader says so if it can."""
    reader = state.get("terminal.reader", reader_id)
    hidden = state.hidden[reader_id]
    if not _as_sent(state, reader, "requires_confirmation"):
        return _refuse(state, reader)
    if hidden["mishap"] == "stuck_in_progress":
        _mark(state, reader, "requires_payment_method")
        hidden["phase"] = "stuck"
        return readers.seen(state, reader)
    if hidden["mishap"] in AT_THE_READER:
        _mark(state, reader, "requires_payment_method")
        return readers.finish(state, reader, hidden["mishap"], AT_THE_READER[hidden["mishap"]])
    decline = AT_THE_BANK[reader["action"]["type"]](state, reader, hidden)
    if reader["status"] == "offline":
        hidden["phase"] = "stuck"
        return reader
    if decline is not None:
        error = {"type": "card_error", "code": decline.code, "decline_code": decline.decline_code}
        return readers.finish(state, reader, decline.code, decline.message, error | {"message": decline.message})
    if hidden["mishap"] == "connection_error_authorized":
        return readers.finish(state, reader, "connection_error", readers.NO_CONNECTION)
    return readers.finish(state, reader)


def customer_cancel(state: State, reader_id: str) -> Json:
    """The customer presses cancel while the reader waits for a card or an answer."""
    reader = state.get("terminal.reader", reader_id)
    if reader["status"] == "offline" or state.hidden[reader_id]["phase"] not in ASKING:
        raise StripeError("The reader is not waiting for the customer.")
    words = "This action could not be completed due to an error on the card reader."
    return readers.finish(state, reader, "customer_canceled", words)


def unplug(state: State, reader_id: str) -> Json:
    """The reader goes dark. What it was waiting for stays in progress until it is replaced or canceled."""
    reader = readers.seen(state, state.get("terminal.reader", reader_id))
    reader["status"] = "offline"
    if state.hidden[reader_id]["phase"] in ASKING:
        state.hidden[reader_id]["phase"] = "stuck"
    return reader


def plug(state: State, reader_id: str) -> Json:
    """The reader is on again, its screen idle."""
    reader = state.get("terminal.reader", reader_id)
    reader["status"] = "online"
    return readers.seen(state, reader)


def _subject(state: State, reader: Json) -> Json:
    """What the card is wanted for: a PaymentIntent, a SetupIntent, or the charge to give back."""
    action = reader["action"]
    kind = SUBJECTS[action["type"]]
    return state.get(kind, action[action["type"]][kind])


def _only_interac(state: State, reader: Json) -> bool:
    if state.hidden[reader["id"]]["phase"] != "waiting":
        return False
    subject = _subject(state, reader)
    return subject["object"] == "charge" or subject.get("payment_method_types") == ["interac_present"]


def _as_sent(state: State, reader: Json, status: str) -> bool:
    """Whether all is still as it was sent to the reader: an old prompt must never charge."""
    subject, hidden = _subject(state, reader), state.hidden[reader["id"]]
    if subject["object"] == "charge":
        return bool(hidden["amount"] <= subject["amount_captured"] - subject["amount_refunded"])
    now = (subject["status"], subject.get("amount"), subject.get("currency"))
    return now == (status, hidden.get("amount"), hidden.get("currency"))


def _mark(state: State, reader: Json, status: str) -> None:
    subject = _subject(state, reader)
    if subject["object"] != "charge":
        subject["status"] = status


def _pay(state: State, reader: Json, hidden: Json) -> cards.Decline | None:
    intent, card = _subject(state, reader), cards.card(hidden["number"])
    amount = intent["amount"] + hidden["tip"]
    details = receipts.in_person(state, card, amount=amount, reader=reader, read_method=hidden["read_method"])
    decline = cards.decline_for(card, amount) if hidden["test_amounts"] else card.decline
    if hidden["mishap"] == "incorrect_pin":
        decline = cards.WRONG_PIN
    if details["type"] not in intent["payment_method_types"] or not intents.can_take(intent, card):
        decline = cards.GENERIC
    if hidden["tip"] and decline is None:
        intent.update(amount=amount, amount_details={"tip": {"amount": hidden["tip"]}})
    if decline is None and intent["setup_future_usage"] and not card.is_interac:
        origin = {"charge": None, "payment_method_details": {"type": "card_present"}, "setup_attempt": None}
        shown = reader["action"]["process_payment_intent"]["process_config"].get("allow_redisplay", "unspecified")
        kept = customers.save_card(state, card, customer=intent["customer"], redisplay=shown, tapped=origin)
        details["card_present"]["generated_card"] = kept["id"]
        charge = intents.charge_card(state, intent, card=card, details=details, decline=None)
        origin["charge"] = charge["id"]
        return None
    intents.charge_card(state, intent, card=card, details=details, decline=decline)
    return decline


def _save(state: State, reader: Json, hidden: Json) -> cards.Decline | None:
    card = cards.card(hidden["number"])
    decline = cards.GENERIC if card.is_interac else card.decline
    details = receipts.in_person(state, card, amount=0, reader=reader, read_method=hidden["read_method"])
    asked = reader["action"]["process_setup_intent"]
    asked["generated_card"] = setups.tapped(
        state, _subject(state, reader), card=card, details=details, decline=decline, redisplay=hidden["redisplay"]
    )
    return decline


def _give_back(state: State, reader: Json, hidden: Json) -> cards.Decline | None:
    charge, card = _subject(state, reader), cards.card(hidden["number"])
    amount, asked = hidden["amount"], reader["action"]["refund_payment"]
    decline = cards.decline_for(card, amount) if hidden["test_amounts"] else card.decline
    if card.last4 != charge["payment_method_details"]["interac_present"]["last4"]:
        decline = cards.OTHER_CARD
    if decline is None:
        asked["refund"] = refunds.make(state, charge, amount, asked, fails=hidden["mishap"] == "refund_fails")["id"]
    return decline


def _refuse(state: State, reader: Json) -> Json:
    subject = _subject(state, reader)
    if subject["object"] == "charge":
        words = f"Charge {subject['id']} has already been refunded."
        return readers.finish(state, reader, "charge_already_refunded", words)
    error = setup_not_ready() if subject["object"] == "setup_intent" else intent_not_payable(subject)
    api_error = {name: error.fields[name] for name in ("type", "code", "message")}
    return readers.finish(state, reader, "intent_invalid_state", str(error), api_error)


SUBJECTS = {
    "process_payment_intent": "payment_intent",
    "process_setup_intent": "setup_intent",
    "refund_payment": "charge",
}
AT_THE_BANK = {"process_payment_intent": _pay, "process_setup_intent": _save, "refund_payment": _give_back}
