"""Bank debits that came back: a bank's word is final, so Stripe calls it a dispute that is lost as it begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stripe

from server.gateway.amounts import from_stripe
from server.gateway.client import call, client


@dataclass(frozen=True, kw_only=True)
class ReturnedDebit:
    """What a bank took back of a debit, in minor units; `reason` is Stripe's."""

    dispute_id: str
    intent_id: str
    amount_minor: int
    currency: str
    reason: str


def list_returned(intent_id: str) -> list[ReturnedDebit]:
    """Ask what came back of one PaymentIntent. Raises Refused, NotNow, OutcomeUnknown."""
    return list(_pages({"payment_intent": intent_id}))


def list_returned_since(since: datetime) -> Iterator[ReturnedDebit]:
    """Yield what came back since a moment, the newest first. Raises Refused, NotNow, OutcomeUnknown."""
    return _pages({"created": {"gte": int(since.timestamp())}})


def _pages(wanted: Any) -> Iterator[ReturnedDebit]:
    after: str | None = None
    while True:
        with call():
            page = client().v1.disputes.list({**wanted, "limit": 100, **({"starting_after": after} if after else {})})
        yield from (_read(found) for found in page.data if _is_return(found))
        if not page.has_more:
            return
        after = page.data[-1].id


def _is_return(found: stripe.Dispute) -> bool:
    """Disputes of cards say which card; those of debited accounts describe no method at all."""
    return found.status == "lost" and getattr(found, "payment_method_details", None) is None


def _read(found: stripe.Dispute) -> ReturnedDebit:
    intent = found.payment_intent
    return ReturnedDebit(
        dispute_id=found.id,
        intent_id=intent.id if isinstance(intent, stripe.PaymentIntent) else intent or "",
        amount_minor=from_stripe(found.amount, found.currency.upper()),
        currency=found.currency.upper(),
        reason=found.reason,
    )
