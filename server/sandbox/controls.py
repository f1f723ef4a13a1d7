"""What a test or the demo asks under /_sandbox/: journal, clock, faults, disputes, payouts, totals, reset, snapshot."""

import json
from typing import Any

from werkzeug.wrappers import Request, Response

from server.sandbox import charges, disputes, faults, payouts, webhook_endpoints
from server.sandbox.background import wait_until_idle
from server.sandbox.errors import StripeError, invalid_parameter
from server.sandbox.state import State


def json_response(body: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json.dumps(body), status, mimetype="application/json")


def json_object(request: Request) -> dict[str, Any]:
    """The JSON object of a request, {} when it has no body."""
    body = json_body(request)
    if not isinstance(body, dict):
        raise StripeError("Give a JSON object.")
    return body


def json_body(request: Request) -> Any:
    """The JSON of a request, {} when it has no body."""
    try:
        return json.loads(request.get_data() or b"{}")
    except ValueError:
        raise StripeError("The body is not JSON.") from None


def journal(state: State, _request: Request) -> Response:
    """GET: every request to the API, oldest first."""
    return json_response({"items": list(state.journal)})


def clock(state: State, request: Request) -> Response:
    """GET: {"now", "offset_seconds"}. POST {"advance_seconds": N}: the same once everything due by then is done."""
    pending = {}
    if request.method == "POST":
        seconds = json_object(request).get("advance_seconds")
        if seconds.__class__ not in (int, float) or seconds < 0:
            raise invalid_parameter("Give advance_seconds, a number of at least 0.", "advance_seconds")
        state.clock.advance(seconds)
        state.touched()
        pending = {"pending": wait_until_idle(state)}
    return json_response({"now": state.now(), "offset_seconds": state.clock.offset_seconds} | pending)


def quiesce(state: State, _request: Request) -> Response:
    """POST: {"pending": 0} once no delivery is due or under way."""
    return json_response({"pending": wait_until_idle(state)})


def totals(state: State, _request: Request) -> Response:
    """GET: {"captured_minor": {"cad": 1000}, "refunded_minor": {"cad": 0}}."""
    return json_response(charges.totals(state))


def fault_plan(state: State, request: Request) -> Response:
    """POST a list of faults, GET {"armed", "fired"}, DELETE to clear both."""
    if request.method == "POST":
        return json_response({"armed": faults.arm(state, json_body(request))}, 201)
    if request.method == "DELETE":
        state.faults.clear()
        state.fired_faults.clear()
    return json_response({"armed": state.faults, "fired": state.fired_faults})


def known_endpoint(state: State, request: Request) -> Response:
    """POST {"url", "secret", "enabled_events"?}: a webhook endpoint with a known secret, in place of the url's last."""
    wanted = json_object(request)
    if not isinstance(wanted.get("url"), str) or not isinstance(wanted.get("secret"), str):
        raise invalid_parameter("Give url and secret.", "url")
    events = wanted.get("enabled_events", ["*"])
    if not isinstance(events, list) or not all(isinstance(event, str) for event in events):
        raise invalid_parameter("Give enabled_events as a list of types.", "enabled_events")
    for endpoint in state.all("webhook_endpoint"):
        if endpoint["url"] == wanted["url"]:
            webhook_endpoints.delete(state, {}, (endpoint["id"],))
    given = {"url": wanted["url"], "enabled_events": events}
    return json_response(webhook_endpoints.register(state, given, secret=wanted["secret"]), 201)


def dispute(state: State, request: Request) -> Response:
    """POST {"charge", "amount"?, "reason"?, "inquiry"?}: the customer's bank takes a charge back, or only asks about
    it. Answers with the Dispute."""
    wanted = json_object(request)
    begun = disputes.begin(
        state,
        str(wanted.get("charge")),
        str(wanted.get("reason", "fraudulent")),
        wanted.get("amount"),
        inquiry=bool(wanted.get("inquiry")),
    )
    return json_response(begun, 201)


def decision(state: State, _request: Request, dispute_id: str, outcome: str) -> Response:
    """POST: the bank decides a dispute, won or lost, an inquiry closed or escalated. Answers with the Dispute."""
    return json_response(disputes.decide(state, dispute_id, outcome))


def payout(state: State, request: Request) -> Response:
    """POST {"currency"?, "ends"?}: pay out what is available, which is then paid, failed or canceled. Answers with the
    Payout."""
    wanted = json_object(request)
    made = payouts.pay_out(state, currency=str(wanted.get("currency", "cad")), ends=str(wanted.get("ends", "paid")))
    return json_response(made, 201)


def settlement(state: State, request: Request) -> Response:
    """PUT {"eur": ["cad", 1.5], ...}: from now on what is charged in a currency is exchanged into another, an amount in
    Stripe's units times the rate. What is not named stays in its own currency."""
    wanted = json_object(request)
    for pair in wanted.values():
        if not (isinstance(pair, list) and [type(part) for part in pair] in ([str, float], [str, int]) and pair[1] > 0):
            raise invalid_parameter("Give a currency and a rate for each currency.", "settlement")
    state.settlement = {currency.lower(): (pair[0].lower(), float(pair[1])) for currency, pair in wanted.items()}
    return json_response(state.settlement)


def reset(state: State, _request: Request) -> Response:
    """POST: forget everything. The clock goes back to where it stood at the start."""
    state.clear()
    state.clock.reset()
    return json_response({"reset": True})


def snapshot(state: State, request: Request) -> Response:
    """GET: everything as JSON. PUT: become what such a JSON says."""
    if request.method == "PUT":
        state.restore(json_body(request))
    return json_response(state.kept())
