"""Payouts: what Stripe sends to our bank."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import stripe

from server.gateway.amounts import from_stripe
from server.gateway.client import call, client


@dataclass(frozen=True, kw_only=True)
class BankPayout:
    """A payout at Stripe: `status` pending, in_transit, paid, failed or canceled. Of one that is not `automatic`
    Stripe does not tell which lines of the balance it consists of."""

    id: str
    status: str
    amount_minor: int
    currency: str
    automatic: bool
    arrives_on: date
    failure_code: str | None
    created_at: datetime


def get(payout_id: str) -> BankPayout:
    """Ask for a payout. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        return _read(client().v1.payouts.retrieve(payout_id))


def list_since(since: datetime) -> Iterator[BankPayout]:
    """Yield every payout made since a moment, the newest first. Raises Refused, NotNow, OutcomeUnknown."""
    after: str | None = None
    while True:
        wanted: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        with call():
            page = client().v1.payouts.list(wanted | ({"starting_after": after} if after else {}))
        yield from (_read(found) for found in page.data)
        if not page.has_more:
            return
        after = page.data[-1].id


def _read(found: stripe.Payout) -> BankPayout:
    return BankPayout(
        id=found.id,
        status=found.status,
        amount_minor=from_stripe(found.amount, found.currency.upper()),
        currency=found.currency.upper(),
        automatic=found.automatic,
        arrives_on=datetime.fromtimestamp(found.arrival_date, UTC).date(),
        failure_code=found.failure_code,
        created_at=datetime.fromtimestamp(found.created, UTC),
    )
