"""Card readers, driven from the server. What a reader reports is a hint; the PaymentIntent decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import stripe

from server.gateway.amounts import to_stripe
from server.gateway.client import HINT_TIMEOUT, READER_TIMEOUT, Refused, call, client


class ReaderGone(Refused):
    """The card service no longer knows this reader."""

    code = "reader_gone"

    def __init__(self) -> None:
        super().__init__("reader_gone", "")


@dataclass(frozen=True, kw_only=True)
class ReaderState:
    """A reader and its one action: the intent it collects or our id of the refund it gives, how it stands, why it
    failed.

    `online` and `last_seen_at` lag by minutes and are None where Stripe does not say: hints, never a reason to refuse.
    """

    id: str
    label: str
    device_type: str
    location_id: str | None
    online: bool | None
    last_seen_at: datetime | None
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


def list_all() -> dict[str, ReaderState]:
    """Ask for every reader at once, briefly, by id. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        first = client(HINT_TIMEOUT, retries=0).v1.terminal.readers.list({"limit": 100})
        return {found.id: _read(found) for found in first.auto_paging_iter()}


@dataclass(frozen=True)
class CartLine:
    """A line a reader shows: what it is, and what it comes to in minor units."""

    description: str
    amount_minor: int


def show(reader_id: str, *, lines: Sequence[CartLine], tax_minor: int, total_minor: int, currency: str) -> ReaderState:
    """Show lines and a total on the reader. It silently replaces a payment that waits for a card there: look before.

    Raises ReaderGone, Refused, NotNow, OutcomeUnknown.
    """
    items: Any = [
        {"description": line.description, "amount": to_stripe(line.amount_minor, currency), "quantity": 1}
        for line in lines
    ]
    sums = {"tax": to_stripe(tax_minor, currency), "total": to_stripe(total_minor, currency)}
    cart: Any = {"currency": currency.lower(), "line_items": items, **sums}
    with _addressing():
        shown = client(READER_TIMEOUT).v1.terminal.readers.set_reader_display(reader_id, {"type": "cart", "cart": cart})
    return _read(shown)


def collect(
    reader_id: str,
    *,
    intent_id: str,
    key: str,
    currency: str,
    keeps_card: bool = False,
    tip_on_minor: int | None = None,
) -> ReaderState:
    """Ask the reader to take the card for an intent. Raises ReaderGone, Refused, NotNow, OutcomeUnknown.

    The customer is offered a tip on `tip_on_minor`; without it none is, and what is collected is what is owed.
    """
    tip_on = {} if tip_on_minor is None else {"tipping": {"amount_eligible": to_stripe(tip_on_minor, currency)}}
    config: Any = {
        "skip_tipping": tip_on_minor is None,
        **tip_on,
        "enable_customer_cancellation": True,
        **({"allow_redisplay": "always"} if keeps_card else {}),
    }
    with _addressing():
        state = client(READER_TIMEOUT).v1.terminal.readers.process_payment_intent(
            reader_id,
            {
                "payment_intent": intent_id,
                "process_config": config,
            },
            {"idempotency_key": key},
        )
    return _read(state)


def refund(
    reader_id: str, *, intent_id: str, amount_minor: int, currency: str, refund_id: str, key: str
) -> ReaderState:
    """Ask the reader for the Interac card that paid, to give it an amount back.

    Raises ReaderGone, Refused, NotNow, OutcomeUnknown.
    Source: Stripe, "Refund transactions": Interac goes back in person only, every other card never this way.
    """
    with _addressing():
        state = client(READER_TIMEOUT).v1.terminal.readers.refund_payment(
            reader_id,
            {
                "payment_intent": intent_id,
                "amount": to_stripe(amount_minor, currency),
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
        last_seen_at=datetime.fromtimestamp(found.last_seen_at / 1000, UTC) if found.last_seen_at else None,
        online=None if found.status is None else found.status == "online",
        action_type=action.get("type"),
        action_intent_id=intent["id"] if isinstance(intent, dict) else intent,
        action_refund_id=refund_id,
        action_status=action.get("status"),
        failure_code=action.get("failure_code"),
        failure_message=action.get("failure_message"),
    )
