"""Refunds: money that Stripe gives back to a card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe

from server.gateway.amounts import from_stripe, to_stripe
from server.gateway.client import call, client


@dataclass(frozen=True, kw_only=True)
class CardRefund:
    """A refund at Stripe: `status` pending, requires_action, succeeded, failed or canceled; `refund_id` is ours, or
    None where it was made by hand in Stripe's dashboard."""

    id: str
    status: str
    amount_minor: int
    currency: str
    intent_id: str
    refund_id: str | None
    failure_reason: str | None


def create_refund(*, key: str, refund_id: str, intent_id: str, amount_minor: int, currency: str) -> CardRefund:
    """Give an amount back. Same key, same refund. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        return _read(
            client().v1.refunds.create(
                {
                    "payment_intent": intent_id,
                    "amount": to_stripe(amount_minor, currency),
                    "metadata": {"refund_id": refund_id},
                },
                {"idempotency_key": key},
            )
        )


def get_refund(stripe_refund_id: str) -> CardRefund:
    """Ask for one refund. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        return _read(client().v1.refunds.retrieve(stripe_refund_id))


def list_refunds(intent_id: str) -> list[CardRefund]:
    """Ask for every refund of a PaymentIntent, the newest first. Raises Refused, NotNow, OutcomeUnknown."""
    return list(_pages({"payment_intent": intent_id}))


def list_since(since: datetime) -> Iterator[CardRefund]:
    """Yield every refund made since a moment, the newest first. Raises Refused, NotNow, OutcomeUnknown."""
    return _pages({"created": {"gte": int(since.timestamp())}})


def _pages(wanted: Any) -> Iterator[CardRefund]:
    after: str | None = None
    while True:
        with call():
            page = client().v1.refunds.list({**wanted, "limit": 100, **({"starting_after": after} if after else {})})
        yield from (_read(found) for found in page.data if found.payment_intent)
        if not page.has_more:
            return
        after = page.data[-1].id


def _read(found: stripe.Refund) -> CardRefund:
    intent = found.payment_intent
    metadata: dict[str, Any] = found.metadata.to_dict() if found.metadata else {}
    return CardRefund(
        id=found.id,
        status=found.status or "pending",
        amount_minor=from_stripe(found.amount, found.currency.upper()),
        currency=found.currency.upper(),
        intent_id=intent.id if isinstance(intent, stripe.PaymentIntent) else intent or "",
        refund_id=metadata.get("refund_id"),
        failure_reason=found.failure_reason,
    )
