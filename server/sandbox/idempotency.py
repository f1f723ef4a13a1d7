"""Idempotency keys, as Stripe keeps them: https://docs.stripe.com/api/idempotent_requests

A key belongs to the API key that sent it and to the parameters it came with. What an endpoint answered once it started
is kept for a day, errors and 500s too; nothing is kept when validation failed or when another request was in the way.
"""

import hashlib
import json

from server.sandbox.errors import StripeError
from server.sandbox.state import Json, State

KEPT_SECONDS = 24 * 3600
LONGEST_KEY = 255


def fingerprint(method: str, path: str, form: Json) -> str:
    """What must be the same when a key comes back."""
    return hashlib.sha256(json.dumps([method, path, form], sort_keys=True).encode()).hexdigest()


def begin(state: State, key: str, print: str) -> Json | None:
    """The answer kept for this key, or None after claiming the key for a request that starts now.

    Raises StripeError: 409 while a request with the key is under way, 400 when it came with other parameters.
    """
    if len(key.partition(" ")[2]) > LONGEST_KEY:
        raise StripeError(f"Idempotency keys may be at most {LONGEST_KEY} characters.", type="idempotency_error")
    if key in state.in_flight:
        raise StripeError(
            "There is currently another in-progress request using this Idempotent Key (that probably means you "
            f"submitted twice, and the other request is still going through): {key.partition(' ')[2]}. Please try "
            "again later.",
            status=409,
            type="idempotency_error",
            code="idempotency_key_in_use",
            remembered=False,
        )
    _forget_old(state)
    kept = state.replies.get(key)
    if kept is not None and kept["fingerprint"] != print:
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            f"using a key other than '{key.partition(' ')[2]}' if you meant to execute a different request.",
            type="idempotency_error",
            remembered=False,
        )
    if kept is None:
        state.in_flight.add(key)
    return kept


def keep(state: State, key: str, print: str, *, request_id: str, status: int, body: str) -> None:
    """Keep an answer for a day of the sandbox's clock."""
    state.replies[key] = {
        "fingerprint": print,
        "request_id": request_id,
        "status": status,
        "body": body,
        "until": state.clock.now() + KEPT_SECONDS,
    }


def _forget_old(state: State) -> None:
    """Drop what was kept for a day. The oldest comes first."""
    while state.replies and state.replies[oldest := next(iter(state.replies))]["until"] <= state.clock.now():
        del state.replies[oldest]
