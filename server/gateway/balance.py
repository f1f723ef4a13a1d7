"""What Stripe holds for us: the lines of its balance, each with the fee that was kept of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import stripe

from server.gateway.amounts import from_stripe
from server.gateway.client import call, client


@dataclass(frozen=True, kw_only=True)
class BalanceLine:
    """A balance transaction: `amount_minor` came (or went, below 0), of which Stripe kept `fee_minor`. It is about the
    charge, refund, dispute or payout `source_id`, None where Stripe names none. Where Stripe exchanged what was charged
    in another currency, `charged_minor` is that, as far as it was asked for."""

    id: str
    type: str
    amount_minor: int
    fee_minor: int
    currency: str
    source_id: str | None
    happened_at: datetime
    charged_minor: int | None = None

    @property
    def net_minor(self) -> int:
        """What the balance grew by."""
        return self.amount_minor - self.fee_minor


def list_of_payment(intent_id: str) -> list[BalanceLine]:
    """Ask for the lines of a payment, its refunds and its disputes. Raises Refused, NotNow, OutcomeUnknown.

    A charge has none until Stripe knows its fee, which is after it succeeded (`automatic_async`).
    """
    with call():
        intent = client().v1.payment_intents.retrieve(intent_id, {"expand": ["latest_charge.balance_transaction"]})
    charge = intent.latest_charge
    found: list[BalanceLine] = []
    if isinstance(charge, stripe.Charge):
        found += read_all([charge.balance_transaction], amount=charge.amount_captured, currency=charge.currency)
        if charge.disputed:
            with call():
                disputes = client().v1.disputes.list({"payment_intent": intent_id, "limit": 100})
            for dispute in disputes.data:
                found += read_all(dispute.balance_transactions, amount=dispute.amount, currency=dispute.currency)
    after: str | None = None
    while True:
        wanted: Any = {
            "payment_intent": intent_id,
            "limit": 100,
            "expand": ["data.balance_transaction", "data.failure_balance_transaction"],
        }
        with call():
            page = client().v1.refunds.list(wanted | ({"starting_after": after} if after else {}))
        for refund in page.data:
            lines = [refund.balance_transaction, refund.failure_balance_transaction]
            found += read_all(lines, amount=refund.amount, currency=refund.currency)
        if not page.has_more:
            return found
        after = page.data[-1].id


def list_of_payout(payout_id: str) -> list[BalanceLine]:
    """Ask for the lines a payout consists of, its own among them. Raises Refused, NotNow, OutcomeUnknown."""
    return list(_pages({"payout": payout_id}))


def list_since(since: datetime) -> Iterator[BalanceLine]:
    """Yield every line since a moment, the newest first. Raises Refused, NotNow, OutcomeUnknown."""
    return _pages({"created": {"gte": int(since.timestamp())}})


def get_total() -> dict[str, int]:
    """Ask what Stripe holds, available and pending together, by currency. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        found = client().v1.balance.retrieve()
    total: dict[str, int] = {}
    parts: list[Any] = [*found.available, *found.pending]
    for part in parts:
        currency = part.currency.upper()
        total[currency] = total.get(currency, 0) + from_stripe(part.amount, currency)
    return total


def read_all(found: Iterable[Any], *, amount: int, currency: str) -> list[BalanceLine]:
    """Return our view of the SDK's objects, all about an amount in Stripe's units of what was charged; one that is not
    there, or not expanded, is left out."""
    lines = [(line, _read(line)) for line in found if isinstance(line, stripe.BalanceTransaction)]
    charged_minor = from_stripe(amount, currency.upper())
    return [
        replace(read, charged_minor=charged_minor if read.amount_minor > 0 else -charged_minor)
        if line.currency != currency
        else read
        for line, read in lines
    ]


def _pages(wanted: Any) -> Iterator[BalanceLine]:
    after: str | None = None
    while True:
        with call():
            page = client().v1.balance_transactions.list(
                {**wanted, "limit": 100, **({"starting_after": after} if after else {})}
            )
        yield from (_read(line) for line in page.data)
        if not page.has_more:
            return
        after = page.data[-1].id


def _read(found: stripe.BalanceTransaction) -> BalanceLine:
    source: Any = found.source
    return BalanceLine(
        id=found.id,
        type=found.type,
        amount_minor=from_stripe(found.amount, found.currency.upper()),
        fee_minor=from_stripe(found.fee, found.currency.upper()),
        currency=found.currency.upper(),
        source_id=source if isinstance(source, str) or source is None else source.id,
        happened_at=datetime.fromtimestamp(found.created, UTC),
    )
