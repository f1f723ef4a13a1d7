"""The WSGI application: Stripe's API at /v1/, the sandbox's own pages and controls at /_sandbox/."""

import logging
import socket
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from server.sandbox import api, bank_page, controls, pages
from server.sandbox.errors import StripeError
from server.sandbox.state import State, new_id

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

ROUTES = Map(
    [
        Rule("/", endpoint=pages.index, methods=["GET"]),
        Rule("/_sandbox/", endpoint=pages.index, methods=["GET"]),
        Rule("/_sandbox/readers/<reader_id>", endpoint=pages.reader, methods=["GET"]),
        Rule("/_sandbox/readers/<reader_id>/screen", endpoint=pages.screen, methods=["GET"]),
        Rule("/_sandbox/readers/<reader_id>/<verb>", endpoint=pages.press, methods=["POST"]),
        Rule("/_sandbox/checkout/<session_id>", endpoint=pages.checkout_page, methods=["GET"]),
        Rule("/_sandbox/checkout/<session_id>", endpoint=pages.checkout_outcome, methods=["POST"]),
        Rule("/_sandbox/bank", endpoint=bank_page.show, methods=["GET"]),
        Rule("/_sandbox/bank", endpoint=bank_page.act, methods=["POST"]),
        Rule("/_sandbox/static/<name>", endpoint=pages.static, methods=["GET"]),
        Rule("/_sandbox/journal", endpoint=controls.journal, methods=["GET"]),
        Rule("/_sandbox/clock", endpoint=controls.clock, methods=["GET", "POST"]),
        Rule("/_sandbox/quiesce", endpoint=controls.quiesce, methods=["POST"]),
        Rule("/_sandbox/totals", endpoint=controls.totals, methods=["GET"]),
        Rule("/_sandbox/faults", endpoint=controls.fault_plan, methods=["GET", "POST", "DELETE"]),
        Rule("/_sandbox/webhook_endpoints", endpoint=controls.known_endpoint, methods=["POST"]),
        Rule("/_sandbox/disputes", endpoint=controls.dispute, methods=["POST"]),
        Rule("/_sandbox/disputes/<dispute_id>/<outcome>", endpoint=controls.decision, methods=["POST"]),
        Rule("/_sandbox/payouts", endpoint=controls.payout, methods=["POST"]),
        Rule("/_sandbox/settlement", endpoint=controls.settlement, methods=["PUT"]),
        Rule("/_sandbox/reset", endpoint=controls.reset, methods=["POST"]),
        Rule("/_sandbox/snapshot", endpoint=controls.snapshot, methods=["GET", "PUT"]),
    ]
)


def create_app(state: State) -> Application:
    """The application over this state. Timers and deliveries need a `Background` beside it."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        try:
            own = request.path == "/" or request.path.startswith("/_sandbox")
            response = _own(state, request) if own else _stripe(state, request)
        except Exception:  # the edge: a mistake of the sandbox is shown to its operator, not to the caller
            logging.getLogger(__name__).exception("The sandbox failed.")
            body = StripeError("The sandbox failed.", status=500, type="api_error").body(new_id("req", 14))
            response = controls.json_response(body, 500)
        finally:
            request.close()  # what was uploaded
        if response is None:
            _hang_up(environ)
            response = Response()
        return response(environ, start_response)

    return application


def _stripe(state: State, request: Request) -> Response | None:
    """Stripe's answer, or None when the connection is to be dropped: by a fault, or kept open past the end."""
    if state.closed:
        return None
    answer = api.answer(state, request)
    if answer.dropped:
        return None
    response = Response(answer.body, answer.status, answer.headers, mimetype="application/json")
    response.headers["Request-Id"] = answer.request_id
    if answer.status in (400, 401, 402, 404):
        response.headers["Stripe-Should-Retry"] = "false"
    elif answer.status == 409:
        response.headers["Stripe-Should-Retry"] = "true"
    return response


def _own(state: State, request: Request) -> Response:
    try:
        function, values = ROUTES.bind_to_environ(request.environ).match()
    except HTTPException as error:
        return Response.force_type(error.get_response(request.environ))
    with state.lock:
        try:
            response: Response = function(state, request, **values)
        except StripeError as error:
            response = controls.json_response(error.body(new_id("req", 14)), error.status)
        if request.method != "GET":
            state.touched()
    return response


def _hang_up(environ: dict[str, Any]) -> None:
    """Close the connection without a byte of answer: the caller cannot know what was done."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
