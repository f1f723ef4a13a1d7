"""The eleven routes of Stripe's example terminal backend: same paths, forms, answers and plain-text errors.

Source: stripe/example-terminal-backend, 2025-07-22. What differs: every call but the first needs a token of ours
(`Authorization: Bearer`, or `X-Auth-Token`), and a payment may say for which invoice it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request

from server.access.routes import caller
from server.access.rules import Role, allow, public
from server.core import clock, numbers
from server.core.errors import Forbidden, Malformed, Problem, Unauthenticated
from server.gateway import terminal
from server.gateway.client import Refused
from server.payments import flows as payments
from server.terminal import flows, rules

blueprint = Blueprint("terminal", __name__, url_prefix="/terminal")
View = TypeVar("View", bound=Callable[..., Any])
ABOUT = "The example terminal backend of Stripe, as Fieldpay answers it. Send Authorization: Bearer <token of a phone>."
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept, X-User-Email, X-Auth-Token",
}


class ParameterMissing(Malformed):
    """A required parameter is missing."""

    code = "parameter_missing"


def _route(path: str, doing: str, *, method: str = "POST") -> Callable[[View], View]:
    """Register a view for a phone or the office, whose failures are said as the example says them."""

    def register(view: View) -> View:
        @wraps(view)
        def said() -> Any:
            try:
                return view()
            except ParameterMissing as missing:
                return _plain(400, f"'{missing.facts['parameter']}' is a required parameter")
            except Refused as refusal:
                return _plain(402, f"Error {doing}! {refusal.message or refusal.sentence()}")
            except Problem as problem:
                return _plain(402, f"Error {doing}! {problem.sentence()}")

        allowed = allow(Role.TECHNICIAN, Role.OFFICE)(said)
        blueprint.add_url_rule(path, view_func=allowed, methods=[method], provide_automatic_options=False)
        return view

    return register


def _plain(status: int, words: str) -> Response:
    return Response(words, status=status, mimetype="text/plain")


@blueprint.errorhandler(Unauthenticated)
@blueprint.errorhandler(Forbidden)
def _refused(problem: Problem) -> Response:
    return _plain(problem.status, problem.sentence())


@blueprint.after_request
def _for_any_origin(response: Response) -> Response:
    """Let a page of any address call: it needs a token to get anything, and no cookie is read here."""
    response.headers.update({**CORS, "Cache-Control": "no-store"})
    return response


@blueprint.route("/", methods=["OPTIONS"], provide_automatic_options=False)
@blueprint.route("/<path:_path>", methods=["OPTIONS"], provide_automatic_options=False)
@public("a browser asks without a token whether it may call")
def preflight(_path: str = "") -> Response:
    """Say what a page of another address may send."""
    return Response(status=200, headers={"Allow": CORS["Access-Control-Allow-Methods"]})


@blueprint.get("/", provide_automatic_options=False)
@public("it says what is here")
def index() -> Response:
    """Say what is here."""
    return _plain(200, ABOUT)


@_route("/connection_token", "creating ConnectionToken")
def connection_token() -> Response:
    """Get a secret by which the SDK connects, once."""
    return jsonify(secret=payments.connection_token())


@_route("/register_reader", "registering reader")
def register_reader() -> Response:
    """Register a card reader; answers with Stripe's whole object."""
    reader = payments.register_reader(
        registration_code=_required("registration_code"),
        label=request.form.get("label") or _required("registration_code"),
        location_id=request.form.get("location") or None,
        now=clock.now(),
    )
    return jsonify(terminal.find_reader(reader.id))


@_route("/create_payment_intent", "creating PaymentIntent")
def create_payment_intent() -> Response:
    """Make what an app collects by; `invoice_id`, or `metadata[invoice_id]`, says for which invoice."""
    form = request.form.to_dict()
    pairs = list(request.form.items(multi=True))
    wanted = flows.Wanted(
        amount=_amount("amount"),
        currency=form.get("currency"),
        kinds=rules.card_kinds(pairs),
        options=rules.card_options(pairs),
        capture_later=rules.captures_later(form),
        words=form.get("description", "Example PaymentIntent"),
        receipt_email=form.get("receipt_email"),
        invoice_id=form.get("invoice_id") or form.get("metadata[invoice_id]"),
        payment_id=form.get("payment_id") or form.get("metadata[payment_id]"),
    )
    return jsonify(flows.begin(wanted, caller=caller(), now=clock.now()))


@_route("/capture_payment_intent", "capturing PaymentIntent")
def capture_payment_intent() -> Response:
    """Take what a card holds, or a part of it."""
    amount = _amount("amount_to_capture") if request.form.get("amount_to_capture") else None
    intent_id = _required("payment_intent_id")
    return jsonify(flows.capture(intent_id, amount=amount, caller=caller(), now=clock.now()))


@_route("/cancel_payment_intent", "canceling PaymentIntent")
def cancel_payment_intent() -> Response:
    """Let no card pay any more."""
    return jsonify(flows.cancel(_required("payment_intent_id"), caller=caller(), now=clock.now()))


@_route("/update_payment_intent", "updating PaymentIntent")
def update_payment_intent() -> Response:
    """Change to whom Stripe sends its own receipt, which is all that may be changed."""
    email = request.form.get("receipt_email")
    return jsonify(flows.change_receipt(_required("payment_intent_id"), receipt_email=email, caller=caller()))


@_route("/create_setup_intent", "creating SetupIntent")
def create_setup_intent() -> Response:
    """Make what an app keeps a card by."""
    known = {name: request.form[name] for name in ("customer", "description", "on_behalf_of") if request.form.get(name)}
    made = terminal.create_setup_intent(kinds=rules.card_kinds(request.form.items(multi=True)), wanted=known)
    return jsonify(intent=made["id"], secret=made["client_secret"])


@_route("/attach_payment_method_to_customer", "attaching PaymentMethod to Customer")
def attach_payment_method_to_customer() -> Response:
    """Keep a card for the customer with an e-mail address, the example's own unless told. Nothing here charges it."""
    email = request.form.get("email") or "example@test.com"
    return jsonify(terminal.attach_card(_required("payment_method_id"), email=email))


@_route("/list_locations", "fetching Locations", method="GET")
def list_locations() -> Response:
    """List the first hundred places where readers are used."""
    return jsonify(terminal.list_locations()[0])


@_route("/create_location", "creating Location")
def create_location() -> Response:
    """Register a place where readers are used."""
    name = _required("display_name")
    return jsonify(terminal.create_location(name=name, address=rules.address(request.form.to_dict())))


def _required(name: str) -> str:
    value = request.form.get(name, "")
    if not value:
        raise ParameterMissing(parameter=name)
    return value


def _amount(name: str) -> int:
    """Return an amount in Stripe's units, as apps count. Raises ParameterMissing, Refused."""
    text = _required(name)
    amount = numbers.whole(text, most=9_999_999_999)
    if not amount:
        raise Refused("parameter_invalid_integer", f"Invalid integer: {text[:20]}")
    return amount
