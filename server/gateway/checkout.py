"""Checkout Sessions: Stripe's own page, where a customer pays from a link or a QR code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe

from server.gateway.amounts import to_stripe
from server.gateway.client import Refused, call, client
from server.gateway.intents import Intent, read

_EXPAND = ["payment_intent.latest_charge"]


@dataclass(frozen=True, kw_only=True)
class CheckoutSession:
    """A session: `status` open, complete or expired; `paid` once the money is certain."""

    id: str
    url: str | None
    status: str
    paid: bool
    payment_id: str | None
    intent: Intent | None


def create_session(
    *,
    key: str,
    payment_id: str,
    invoice_id: str,
    amount_minor: int,
    currency: str,
    words: str,
    language: str,
    return_url: str,
    expires_at: datetime,
    keep_for: str | None = None,
) -> CheckoutSession:
    """Open a page to pay one amount. Same key, same page. Raises Refused, NotNow, OutcomeUnknown.

    `keep_for` is Stripe's id of the customer for whom a card is kept; a bank account never is.
    """
    facts = {"payment_id": payment_id, "invoice_id": invoice_id}
    wanted: Any = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency.lower(),
                    "unit_amount": to_stripe(amount_minor, currency),
                    "product_data": {"name": words},
                },
            }
        ],
        "client_reference_id": payment_id,
        "metadata": facts,
        "payment_intent_data": {"metadata": facts, "description": words},
        "success_url": f"{return_url}?from=checkout",
        "cancel_url": return_url,
        "locale": "fr" if language == "fr" else "en",
        "expires_at": int(expires_at.timestamp()),
        "expand": _EXPAND,
    }
    if keep_for:
        wanted |= {"customer": keep_for, "payment_method_options": {"card": {"setup_future_usage": "off_session"}}}
    with call():
        made = client().v1.checkout.sessions.create(wanted, {"idempotency_key": key})
    return _read(made)


def get_session(session_id: str) -> CheckoutSession:
    """Ask Stripe. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        return _read(client().v1.checkout.sessions.retrieve(session_id, {"expand": _EXPAND}))


def list_sessions(*, since: datetime, until: datetime) -> Iterator[CheckoutSession]:
    """Yield every session made between two moments, the newest first. Raises Refused, NotNow, OutcomeUnknown."""
    after: str | None = None
    created = {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
    while True:
        with call():
            wanted: Any = {"created": created, "limit": 100}
            page = client().v1.checkout.sessions.list(wanted | ({"starting_after": after} if after else {}))
        yield from (_read(found) for found in page.data)
        if not page.has_more:
            return
        after = page.data[-1].id


def expire_session(session_id: str) -> CheckoutSession:
    """Close an open session. One that is complete is returned as it is. Raises NotNow, OutcomeUnknown, Refused."""
    found = get_session(session_id)
    if found.status != "open":
        return found
    try:
        with call():
            return _read(client().v1.checkout.sessions.expire(session_id, {"expand": _EXPAND}))
    except Refused:
        # Between our look and our call the customer may have paid, or time may have closed it.
        again = get_session(session_id)
        if again.status != "open":
            return again
        raise


def _read(found: stripe.checkout.Session) -> CheckoutSession:
    intent = found.payment_intent
    metadata = found.metadata.to_dict() if found.metadata else {}
    return CheckoutSession(
        id=found.id,
        url=found.url,
        status=found.status or "open",
        paid=found.payment_status == "paid",
        payment_id=metadata.get("payment_id"),
        intent=read(intent) if isinstance(intent, stripe.PaymentIntent) else None,
    )
