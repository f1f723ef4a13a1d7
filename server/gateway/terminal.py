"""Stripe Terminal's own objects, as Stripe shows them: for phones whose SDK and apps speak of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from server.gateway.client import call, client

Json = dict[str, Any]


def list_locations(*, after: str | None = None, limit: int = 100) -> tuple[list[Json], bool]:
    """Return places where readers are used, and whether there are more. Raises Refused, NotNow, OutcomeUnknown."""
    wanted: Any = {"limit": limit, **({"starting_after": after} if after else {})}
    with call():
        page = client().v1.terminal.locations.list(wanted)
    return [found.to_dict() for found in page.data], page.has_more


def create_location(*, name: str, address: Mapping[str, str | None], key: str | None = None) -> Json:
    """Register a place, its address in Stripe's parts. Same key, same place. Raises Refused, NotNow, OutcomeUnknown."""
    wanted: Any = {"display_name": name, "address": {part: value for part, value in address.items() if value}}
    with call():
        return client().v1.terminal.locations.create(wanted, {"idempotency_key": key} if key else {}).to_dict()


def find_reader(reader_id: str) -> Json:
    """Return a reader. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        return client().v1.terminal.readers.retrieve(reader_id).to_dict()


def create_intent(
    *,
    amount: int,
    currency: str,
    kinds: Sequence[str],
    capture_later: bool,
    options: Mapping[str, str],
    words: str,
    receipt_email: str | None,
) -> Json:
    """Make a PaymentIntent that names nothing of ours, for these kinds of card; `amount` is in Stripe's units,
    `options` are of `card_present`.

    To hold a card is asked for as preferred, since Interac declines where it must. Raises Refused, NotNow,
    OutcomeUnknown.
    """
    hold = {"capture_method": "manual_preferred"} if capture_later else {}
    wanted: Any = {
        "amount": amount,
        "currency": currency.lower(),
        "allowed_payment_method_types": list(kinds),
        "description": words,
        **({"payment_method_options": {"card_present": {**options, **hold}}} if options or hold else {}),
        **({"receipt_email": receipt_email} if receipt_email else {}),
    }
    with call():
        return client().v1.payment_intents.create(wanted).to_dict()


def update_intent(intent_id: str, *, receipt_email: str | None) -> Json:
    """Change to whom Stripe sends its own receipt. Raises Refused, NotNow, OutcomeUnknown."""
    wanted: Any = {"receipt_email": receipt_email} if receipt_email is not None else {}
    with call():
        return client().v1.payment_intents.update(intent_id, wanted).to_dict()


def capture_intent(intent_id: str, *, amount: int | None) -> Json:
    """Take a held amount, or a part of it, in Stripe's units. Raises Refused, NotNow, OutcomeUnknown."""
    wanted: Any = {"amount_to_capture": amount} if amount is not None else {}
    with call():
        return client().v1.payment_intents.capture(intent_id, wanted).to_dict()


def create_setup_intent(*, kinds: Sequence[str], wanted: Mapping[str, str]) -> Json:
    """Make a SetupIntent, by which a card is kept. Raises Refused, NotNow, OutcomeUnknown."""
    asked: Any = {"allowed_payment_method_types": list(kinds), **wanted}
    with call():
        return client().v1.setup_intents.create(asked).to_dict()


def attach_card(payment_method_id: str, *, email: str) -> Json:
    """Keep a card for the customer with an e-mail address, found or made. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        known = client().v1.customers.list({"email": email, "limit": 1}).data
        customer_id = known[0].id if known else client().v1.customers.create({"email": email}).id
        kept = client().v1.payment_methods.attach(payment_method_id, {"customer": customer_id, "expand": ["customer"]})
    return kept.to_dict()
