"""The fault plan: what should go wrong, and when.

A fault is {"kind", "method"?, "path"?, "event"?, "nth"?, "times"?, "seconds"?}. It counts the requests that match
`method` and `path` (a pattern: `*` stands for anything), or the events whose type matches `event` (or `path`), from the
moment it is armed; it fires at the `nth` (1, the next, unless told) and at `times` in a row (1 unless told, so that an
SDK's retries can be lost too). `webhook_duplicate` fires once and delivers `times` copies (2 unless told).
"""

from fnmatch import fnmatchcase
from typing import Any

from server.sandbox.errors import StripeError, invalid_parameter, reader_busy, reader_offline, reader_timeout
from server.sandbox.state import Json, State

ON_READER = ("reader_busy", "reader_offline", "reader_timeout", "reader_timeout_delivered")
AT_THE_CARD = ("connection_error_authorized", "connection_error", "card_removed", "incorrect_pin", "stuck_in_progress")
# What goes wrong with the money while the request itself goes well, and the path it is about unless told.
BESIDES = {
    "refund_fails": "/v1/refunds",
    "authentication_required": "/v1/payment_intents",
    "card_declined": "/v1/payment_intents",
}
MISHAPS = (*AT_THE_CARD, *BESIDES)
ON_REQUEST = ("latency", "drop_before", "drop_after", "error_409", "error_429", "error_500", *ON_READER, *MISHAPS)
ON_EVENT = ("webhook_lost", "webhook_late", "webhook_duplicate", "webhook_reorder")
TIMED = {"latency": 1, "webhook_late": 60}
NUMBERS = {"nth": (int,), "times": (int,), "seconds": (int, float)}
FIELDS = {"kind", "method", "path", "event", *NUMBERS}


def arm(state: State, wanted: Any) -> list[Json]:
    """Add faults to the plan, all or none. Raises StripeError naming what is wrong with one of them."""
    if not isinstance(wanted, list) or not all(isinstance(fault, dict) for fault in wanted):
        raise invalid_parameter("Give a list of faults.", "faults")
    ready = [_complete(fault) for fault in wanted]
    state.faults.extend(ready)
    return ready


def for_request(state: State, method: str, path: str) -> list[Json]:
    """The faults that fire on this request. Every matching one counts it."""
    return [
        fault
        for fault in list(state.faults)
        if fault["kind"] in ON_REQUEST
        and fault["method"] in ("*", method)
        and fnmatchcase(path, fault["path"])
        and _fires(state, fault)
    ]


def for_event(state: State, type: str) -> list[Json]:
    """The faults that fire on this event."""
    return [
        fault
        for fault in list(state.faults)
        if fault["kind"] in ON_EVENT and fnmatchcase(type, fault["event"]) and _fires(state, fault)
    ]


def answer_instead(kind: str) -> StripeError | None:
    """The error a fault answers with, or None for a fault that is no answer."""
    match kind:
        case "error_409":
            return StripeError(
                "This object cannot be accessed right now because another API request or Stripe process is currently "
                "accessing it. If you see this error intermittently, retry the request.",
                status=409,
                code="lock_timeout",
                remembered=False,
            )
        case "error_429":
            return StripeError(
                "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
                status=429,
                code="rate_limit",
                remembered=False,
            )
        case "error_500":
            return StripeError("An unknown error occurred", status=500, type="api_error")
        case "reader_busy":
            return reader_busy()
        case "reader_offline":
            return reader_offline()
        case "reader_timeout" | "reader_timeout_delivered":
            return reader_timeout()
    return None


def _complete(fault: Json) -> Json:
    kind = fault.get("kind")
    if kind not in ON_REQUEST + ON_EVENT:
        raise invalid_parameter(f"Unknown kind of fault: {kind}", "kind")
    for name, value in fault.items():
        if name not in FIELDS:
            raise invalid_parameter(f"Received unknown parameter: {name}", name, "parameter_unknown")
        wrong = value.__class__ not in NUMBERS[name] or value < 0 if name in NUMBERS else not isinstance(value, str)
        if wrong or (name in ("nth", "times") and value < 1):
            raise invalid_parameter(f"Invalid {name}: {value}", name)
    path = "*/process_payment_intent" if kind in ON_READER + AT_THE_CARD else BESIDES.get(kind, "*")
    complete = {
        "kind": kind,
        "method": fault.get("method", "*").upper(),
        "path": fault.get("path", path),
        "event": fault.get("event", fault.get("path", "*")),
        "nth": fault.get("nth", 1),
        "times": fault.get("times", 2 if kind == "webhook_duplicate" else 1),
        "seen": 0,
    }
    if kind in TIMED:
        complete["seconds"] = fault.get("seconds", TIMED[kind])
    return complete


def _fires(state: State, fault: Json) -> bool:
    fault["seen"] += 1
    last = fault["nth"] + (0 if fault["kind"] == "webhook_duplicate" else fault["times"] - 1)
    if fault["seen"] >= last:
        state.faults.remove(fault)
        state.fired_faults.append(fault)
    return bool(fault["seen"] >= fault["nth"])
