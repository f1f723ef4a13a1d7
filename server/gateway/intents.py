"""PaymentIntents: the truth about whether money moved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe

from server.gateway.amounts import from_stripe, to_stripe
from server.gateway.client import Refused, call, client

_HOLD: Any = {"card_present": {"capture_method": "manual_preferred"}}
# How long a card holds an amount in person, where a charge does not say.
_SHORTEST_HOLD_SECONDS = 2 * 24 * 3600
EXPAND = ["latest_charge"]


@dataclass(frozen=True, kw_only=True)
class KeptCard:
    """A card that may be charged again without its holder: Stripe's id of it, and the month it expires."""

    method_id: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What a card was asked for. `brand` and `last4` are null before there is a card; a debited account has its bank's
    name for a brand. `kind` is Stripe's name of how it came: card_present, interac_present, card, acss_debit, ...

    `emv` are the fields of a receipt by Stripe's names, `read_method` how a reader read the card (`contactless_emv`),
    `wallet` which one held it, `preferred_locales` the languages the card asks for, the best first.
    """

    id: str
    status: str
    kind: str | None
    amount_minor: int
    brand: str | None
    last4: str | None
    emv: dict[str, str]
    read_method: str | None
    wallet: str | None
    preferred_locales: tuple[str, ...]
    failure_code: str | None
    decline_code: str | None
    failure_message: str | None
    kept: KeptCard | None = None


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A PaymentIntent: `received_minor` is what was captured, `capture_before` until when a card holds the amount for
    that, `cancellation` Stripe's reason where it was canceled; `tip_minor` is in both amounts."""

    id: str
    status: str
    amount_minor: int
    received_minor: int
    currency: str
    payment_id: str | None
    invoice_id: str | None
    words: str
    in_person: bool
    charge: Charge | None
    capture_before: datetime | None
    cancellation: str | None
    tip_minor: int = 0


def create_intent(
    *,
    key: str,
    payment_id: str,
    invoice_id: str,
    amount_minor: int,
    currency: str,
    words: str,
    kinds: Sequence[str] = ("card_present",),
    capture_later: bool = False,
    keep_for: str | None = None,
) -> Intent:
    """Make a PaymentIntent for a card on a reader, of one of these kinds. Same key, same intent.

    With `capture_later` the card holds the amount; Interac, which cannot, pays at once all the same.

    Raises Refused, NotNow, OutcomeUnknown.

    `keep_for` is Stripe's id of the customer for whom the card is kept.

    Since 2026-10-28.endive the allowed types replace `payment_method_types`.
    """
    wanted: Any = {
        "amount": to_stripe(amount_minor, currency),
        "currency": currency.lower(),
        "allowed_payment_method_types": list(kinds),
        "description": words,
        "metadata": {"payment_id": payment_id, "invoice_id": invoice_id},
        "payment_method_options": _HOLD if capture_later else {},
        "expand": EXPAND,
    }
    if keep_for:
        wanted |= {"customer": keep_for, "setup_future_usage": "off_session"}
    with call():
        made = client().v1.payment_intents.create(wanted, {"idempotency_key": key})
    return read(made)


def capture_intent(intent_id: str, *, key: str, amount_minor: int, currency: str) -> Intent:
    """Take a held amount, or a part of it. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        taken = client().v1.payment_intents.capture(
            intent_id,
            {"amount_to_capture": to_stripe(amount_minor, currency), "expand": EXPAND},
            {"idempotency_key": key},
        )
    return read(taken)


def cancel_intent(intent_id: str) -> Intent:
    """Let no card pay any more, and let go of what one holds. One that is past that is returned as it is.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    try:
        with call():
            wanted: Any = {"cancellation_reason": "requested_by_customer", "expand": EXPAND}
            return read(client().v1.payment_intents.cancel(intent_id, wanted))
    except Refused as refusal:
        if refusal.reason != "payment_intent_unexpected_state":
            raise
        return get_intent(intent_id)


def change_intent(
    intent_id: str,
    *,
    key: str,
    payment_id: str,
    invoice_id: str,
    amount_minor: int,
    currency: str,
    keep_for: str | None = None,
) -> Intent:
    """Make the intent of a failed attempt serve the next one; whether its card is kept is this attempt's to say.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    wanted: Any = {
        "amount": to_stripe(amount_minor, currency),
        "setup_future_usage": "off_session" if keep_for else "",
        "metadata": {"payment_id": payment_id, "invoice_id": invoice_id},
        "expand": EXPAND,
    }
    if keep_for:
        wanted["customer"] = keep_for
    with call():
        changed = client().v1.payment_intents.update(intent_id, wanted, {"idempotency_key": key})
    return read(changed)


def get_intent(intent_id: str) -> Intent:
    """Ask Stripe. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        return read(client().v1.payment_intents.retrieve(intent_id, {"expand": EXPAND}))


def get_secret(intent_id: str) -> str:
    """Return the secret by which the mobile SDK collects by a PaymentIntent. Keep it nowhere.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    with call():
        return client().v1.payment_intents.retrieve(intent_id).client_secret or ""


def list_succeeded(since: datetime) -> Iterator[Intent]:
    """Yield every succeeded PaymentIntent made since a moment, the newest first, page by page, without its charge.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    return _list_made(since, ("succeeded",))


def list_with_money(since: datetime) -> Iterator[Intent]:
    """Yield the same, and those by which a card only holds an amount. Raises Refused, NotNow, OutcomeUnknown."""
    return _list_made(since, ("succeeded", "requires_capture"))


def _list_made(since: datetime, statuses: Collection[str]) -> Iterator[Intent]:
    after: str | None = None
    while True:
        with call():
            wanted: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
            page = client().v1.payment_intents.list(wanted | ({"starting_after": after} if after else {}))
        yield from (read(found) for found in page.data if found.status in statuses)
        if not page.has_more:
            return
        after = page.data[-1].id


def search_intents(*, invoice_id: str) -> Iterator[Intent]:
    """Yield every PaymentIntent that names an invoice. Raises Refused, NotNow, OutcomeUnknown.

    Source: Stripe, "Search": it learns of changes within a minute, as a rule.
    """
    after: str | None = None
    while True:
        with call():
            wanted: Any = {"query": f"metadata['invoice_id']:'{invoice_id}'", "limit": 100}
            page = client().v1.payment_intents.search(wanted | ({"page": after} if after else {}))
        yield from (read(found) for found in page.data)
        if not page.has_more:
            return
        after = page.next_page


def read(found: stripe.PaymentIntent) -> Intent:
    """Return our view of the SDK's object."""
    charge, currency = found.latest_charge, found.currency.upper()
    metadata: dict[str, Any] = found.metadata.to_dict() if found.metadata else {}
    return Intent(
        id=found.id,
        status=found.status,
        amount_minor=from_stripe(found.amount, currency),
        received_minor=from_stripe(found.amount_received, currency),
        currency=currency,
        payment_id=metadata.get("payment_id"),
        invoice_id=metadata.get("invoice_id"),
        words=found.description or "",
        in_person="card_present" in found.payment_method_types,
        charge=_charge(charge) if isinstance(charge, stripe.Charge) else None,
        capture_before=_held_until(found),
        cancellation=found.cancellation_reason,
        tip_minor=_tip_of(found),
    )


def _tip_of(found: stripe.PaymentIntent) -> int:
    """Return the tip that is in the amount since the card was presented."""
    details: dict[str, Any] = found.amount_details.to_dict() if found.amount_details else {}
    return from_stripe(int((details.get("tip") or {}).get("amount") or 0), found.currency.upper())


def _held_until(found: stripe.PaymentIntent) -> datetime | None:
    charge = found.latest_charge
    if found.status != "requires_capture" or not isinstance(charge, stripe.Charge):
        return None
    details: dict[str, Any] = charge.payment_method_details.to_dict() if charge.payment_method_details else {}
    until = (details.get(details.get("type", ""), {}) or {}).get("capture_before")
    return datetime.fromtimestamp(until or charge.created + _SHORTEST_HOLD_SECONDS, UTC)


def _charge(found: stripe.Charge) -> Charge:
    details: dict[str, Any] = found.payment_method_details.to_dict() if found.payment_method_details else {}
    card: dict[str, Any] = details.get(details.get("type", ""), {}) or {}
    outcome: dict[str, Any] = found.outcome.to_dict() if found.outcome else {}
    receipt = {"authorization_code": card.get("authorization_code"), **(card.get("receipt") or {})}
    return Charge(
        id=found.id,
        status=found.status,
        kind=details.get("type"),
        amount_minor=from_stripe(found.amount, found.currency.upper()),
        brand=card.get("brand") or card.get("bank_name") or details.get("type"),
        last4=card.get("last4"),
        emv={name: str(value) for name, value in receipt.items() if value},
        read_method=card.get("read_method"),
        wallet=(card.get("wallet") or {}).get("type"),
        preferred_locales=tuple(card.get("preferred_locales") or ()),
        failure_code=found.failure_code,
        decline_code=outcome.get("reason"),
        failure_message=found.failure_message,
        kept=_kept(found, details.get("type", ""), card),
    )


def _kept(found: stripe.Charge, kind: str, card: dict[str, Any]) -> KeptCard | None:
    """Return the card that a tap generated, or the one typed on a page, where it was kept for a customer."""
    method_id = card.get("generated_card") or (found.payment_method if kind == "card" and found.customer else None)
    if method_id is None:
        return None
    return KeptCard(method_id=method_id, exp_month=card["exp_month"], exp_year=card["exp_year"])
