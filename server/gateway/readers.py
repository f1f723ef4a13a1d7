"""Card readers, driven from the server. What a reader reports is a hint; the PaymentIntent decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import stripe

from server.gateway.client import READER_TIMEOUT, Refused, call, client


class ReaderGone(Refused):
    """The card service no longer knows this reader."""

    code = "reader_gone"

    def __init__(self) -> None:
        super().__init__("reader_gone", "")


@dataclass(frozen=True, kw_only=True)
class ReaderState:
    """A reader and its one action: the intent it collects or our id of the refund it gives, how it stands, why it
    failed."""

    id: str
    label: str
    device_type: str
    location_id: str | None
    online: bool | None
    action_type: str | None
    action_intent_id: str | None
    action_refund_id: str | None
    action_status: str | None
    failure_code: str | None
    failure_message: str | None


def create_location(*, name: str, address: Mapping[str, str | None], key: str) -> str:
    """Register a place where readers are used; return its id. Raises Refused, NotNow, OutcomeUnknown."""
    known = {
        "line1": address.get("line1"),
        "line2": address.get("line2"),
        "city": address.get("city"),
        "state": address.get("region"),
        "postal_code": address.get("postal_code"),
        "country": address.get("country"),
    }
    wanted: Any = {"display_name": name, "address": {part: value for part, value in known.items() if value}}
    with call():
        return client().v1.terminal.locations.create(wanted, {"idempotency_key": key}).id


def connection_token() -> str:
    """Return a secret by which the mobile SDK connects one phone, once. Raises Refused, NotNow, OutcomeUnknown.

    It is not bound to a location, which has broken Tap to Pay in the field.
    """
    with call():
        return client().v1.terminal.connection_tokens.create().secret


def register(*, registration_code: str, label: str, location_id: str) -> ReaderState:
    """Register a reader by the code it shows. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        made = client().v1.terminal.readers.create(
            {"registration_code": registration_code, "label": label, "location": location_id}
        )
    return _read(made)


def find(reader_id: str) -> ReaderState | None:
    """Ask for a reader's state; None when it was deleted. Raises Refused, NotNow, OutcomeUnknown."""
    with suppress(ReaderGone), _addressing():
        found = client().v1.terminal.readers.retrieve(reader_id)
        return None if getattr(found, "deleted", False) else _read(found)
    return None


def collect(reader_id: str, *, intent_id: str, key: str) -> ReaderState:
    """Ask the reader to take the card for an intent. Raises ReaderGone, Refused, NotNow, OutcomeUnknown.

    No tip: what is collected is what is owed.
    """
    with _addressing():
        state = client(READER_TIMEOUT).v1.terminal.readers.process_payment_intent(
            reader_id,
            {
                "payment_intent": intent_id,
                "process_config": {"skip_tipping": True, "enable_customer_cancellation": True},
            },
            {"idempotency_key": key},
        )
    return _read(state)


def refund(reader_id: str, *, intent_id: str, amount_minor: int, refund_id: str, key: str) -> ReaderState:
    """Ask the reader for the Interac card that paid, to give it an amount back.

    Raises ReaderGone, Refused, NotNow, OutcomeUnknown.
    Source: Stripe, "Refund transactions": Interac goes back in person only, every other card never this way.
    """
    with _addressing():
        state = client(READER_TIMEOUT).v1.terminal.readers.refund_payment(
            reader_id,
            {
                "payment_intent": intent_id,
                "amount": amount_minor,
                "metadata": {"refund_id": refund_id},
                "refund_payment_config": {"enable_customer_cancellation": True},
            },
            {"idempotency_key": key},
        )
    return _read(state)


def cancel(reader_id: str) -> ReaderState:
    """End what the reader is doing. Compare before: it may be a colleague's.

    Raises ReaderGone, Refused, NotNow, OutcomeUnknown.
    """
    with _addressing():
        return _read(client(READER_TIMEOUT).v1.terminal.readers.cancel_action(reader_id))


@contextmanager
def _addressing() -> Iterator[None]:
    """Wrap a call whose path names a reader: that path not found means that the reader is gone."""
    try:
        with call():
            yield
    except Refused as refusal:
        if getattr(refusal.__cause__, "http_status", None) == HTTPStatus.NOT_FOUND:
            raise ReaderGone from refusal
        raise


def _read(found: stripe.terminal.Reader) -> ReaderState:
    action: dict[str, Any] = found.action.to_dict() if found.action else {}
    intent = (action.get("process_payment_intent") or {}).get("payment_intent")
    refund_id = ((action.get("refund_payment") or {}).get("metadata") or {}).get("refund_id")
    location = found.location
    return ReaderState(
        id=found.id,
        label=found.label,
        device_type=found.device_type,
        location_id=location if isinstance(location, str) or location is None else location.id,
        online=None if found.status is None else found.status == "online",
        action_type=action.get("type"),
        action_intent_id=intent["id"] if isinstance(intent, dict) else intent,
        action_refund_id=refund_id,
        action_status=action.get("status"),
        failure_code=action.get("failure_code"),
        failure_message=action.get("failure_message"),
    )
