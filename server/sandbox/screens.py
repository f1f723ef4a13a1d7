"""What a reader shows and asks beside a payment: a cart, and questions the customer answers on its screen."""

from server.sandbox import files, readers
from server.sandbox.amounts import check_currency
from server.sandbox.errors import StripeError, invalid_parameter
from server.sandbox.state import Json, State

MOST_INPUTS = 5
LONGEST = {"skip_button": 14, "submit_button": 30}
ANSWERS = {"email": "jane.doe@stripe.com", "numeric": "123456", "phone": "+15555550100", "text": "Test input"}
SIGNATURE_BYTES = 2048


def set_reader_display(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST .../set_reader_display: show a cart, in place of a payment that waits for a card. No event tells of it."""
    reader = readers.ready(state, ids[0])
    if "cart" not in params:
        raise invalid_parameter("Missing required param: cart.", "cart", "parameter_missing")
    cart = params["cart"]
    shown = {"tax": None} | cart | {"currency": check_currency(cart["currency"], "cart[currency]")}
    return readers.begin(state, reader, "set_reader_display", {"type": "cart", "cart": shown}, phase="showing")


def collect_inputs(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST .../collect_inputs: ask the customer up to five things."""
    reader = readers.ready(state, ids[0])
    if not 1 <= len(params["inputs"]) <= MOST_INPUTS:
        raise invalid_parameter(f"You can collect 1 to {MOST_INPUTS} inputs.", "inputs")
    asked = {
        "inputs": [_input(given, f"inputs[{place}]") for place, given in enumerate(params["inputs"])],
        "metadata": params.get("metadata") or {},
    }
    return readers.begin(state, reader, "collect_inputs", asked, phase="collecting")


def succeed(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/test_helpers/.../succeed_input_collection: answer everything, or only what must be answered."""
    return answer(state, ids[0], skip=params.get("skip_non_required_inputs") == "all")


def answer(state: State, reader_id: str, *, skip: bool) -> Json:
    """The customer answers, with `skip` only what must be answered."""
    reader = _collecting(state, reader_id)
    mishap = state.request.get("mishap") or state.hidden[reader_id]["mishap"]
    if mishap == "stuck_in_progress":
        state.hidden[reader_id]["phase"] = "stuck"
        return readers.seen(state, reader)
    if mishap == "connection_error":
        return readers.finish(state, reader, mishap, readers.NO_CONNECTION)
    for asked in reader["action"]["collect_inputs"]["inputs"]:
        asked["skipped"] = skip and not asked["required"]
        for toggle in asked["toggles"] or []:
            toggle["value"] = toggle["default_value"]
        if not asked["skipped"]:
            _answer(state, asked)
    return readers.finish(state, reader)


def time_out(state: State, _params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/test_helpers/.../timeout_input_collection: nobody answers."""
    words = "The collection of inputs timed out."
    return readers.finish(state, _collecting(state, ids[0]), "input_collection_timed_out", words)


def _collecting(state: State, reader_id: str) -> Json:
    reader = state.get("terminal.reader", reader_id)
    if reader["status"] == "offline" or state.hidden[reader_id]["phase"] != "collecting":
        raise StripeError("The reader is not collecting inputs.")
    return reader


def _input(given: Json, name: str) -> Json:
    kind, words = given["type"], given["custom_text"]
    for part, longest in LONGEST.items():
        if len(words.get(part, "")) > longest:
            raise invalid_parameter(f"At most {longest} characters are allowed.", f"{name}[custom_text][{part}]")
    if kind == "selection" and not given.get("selection", {}).get("choices"):
        raise invalid_parameter(
            f"Missing required param: {name}[selection].", f"{name}[selection]", "parameter_missing"
        )
    blank = dict.fromkeys(("default_value", "description", "title", "value"))
    toggles = [blank | toggle for toggle in given.get("toggles", [])]
    empty: Json = {"value": None}
    if kind == "selection":
        choices = [{"style": None} | choice for choice in given["selection"]["choices"]]
        empty = {"choices": choices, "id": None, "text": None}
    return {
        "custom_text": dict.fromkeys(("description", "skip_button", "submit_button", "title")) | words,
        "required": given.get("required", False),
        "skipped": None,
        "toggles": toggles or None,
        "type": kind,
        kind: empty,
    }


def _answer(state: State, asked: Json) -> None:
    kind = asked["type"]
    if kind == "selection":
        chosen = asked["selection"]["choices"][0]
        asked["selection"].update(id=chosen["id"], text=chosen["text"])
    elif kind == "signature":
        drawn = files.keep(state, "customer_signature", filename="signature.png", size=SIGNATURE_BYTES)
        asked["signature"]["value"] = drawn["id"]
    else:
        asked[kind]["value"] = ANSWERS[kind]
