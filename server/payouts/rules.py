"""Payouts decided: their states, and what each of their lines is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol


class Status(StrEnum):
    """Where a payout stands, in Stripe's words. The bank may send back even one that was paid."""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


ON_ITS_WAY = (Status.PENDING, Status.IN_TRANSIT)

SENT_BACK = (Status.FAILED, Status.CANCELED)

_MAY_BECOME = {
    Status.PENDING: set(Status) - {Status.PENDING},
    Status.IN_TRANSIT: {Status.PAID, *SENT_BACK},
    Status.PAID: {Status.FAILED},
    Status.FAILED: set(),
    Status.CANCELED: set(),
}


def may_become(status: Status, wanted: Status) -> bool:
    """Say whether a payout may move on: what is older than what we know changes nothing."""
    return wanted in _MAY_BECOME[status]


class LineKind(StrEnum):
    """What a line of a payout is."""

    PAYMENT = "payment"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    FEE = "fee"
    RETURNED_PAYOUT = "returned_payout"
    OTHER = "other"


_KINDS = {
    "charge": LineKind.PAYMENT,
    "payment": LineKind.PAYMENT,
    "refund": LineKind.REFUND,
    "payment_refund": LineKind.REFUND,
    "refund_failure": LineKind.REFUND,
    "payment_failure_refund": LineKind.REFUND,
    "payout_cancel": LineKind.RETURNED_PAYOUT,
    "payout_failure": LineKind.RETURNED_PAYOUT,
    "stripe_fee": LineKind.FEE,
    "stripe_fx_fee": LineKind.FEE,
    "tax_fee": LineKind.FEE,
    "network_cost": LineKind.FEE,
}
_DISPUTES = ("du_", "dp_")

# Payouts younger than this are looked for where their events were lost, and their lines matched again.
LOOKED_FOR = timedelta(days=30)


def kind_of(line_type: str, source_id: str | None) -> LineKind:
    """Return what a balance transaction is. Source: Stripe, "Balance transaction types"; an `adjustment` about a
    dispute is money a bank took or gave back."""
    if line_type == "adjustment" and (source_id or "").startswith(_DISPUTES):
        return LineKind.CHARGEBACK
    return _KINDS.get(line_type, LineKind.OTHER)


class Sum(Protocol):
    """What a line brings to the sums."""

    kind: LineKind
    amount_minor: int
    fee_minor: int


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What a payout consists of, in minor units: `net_minor` is all of the others together, less the fees."""

    gross_minor: int
    refunds_minor: int
    chargebacks_minor: int
    adjustments_minor: int
    fees_minor: int
    net_minor: int


def totals(lines: Iterable[Sum]) -> Totals:
    """Return the sums of a payout's lines. What Stripe charges by itself is a fee, as is what it keeps of a line."""
    sums = dict.fromkeys(LineKind, 0)
    kept_minor = 0
    for line in lines:
        sums[line.kind] += line.amount_minor
        kept_minor += line.fee_minor
    fees_minor = kept_minor - sums[LineKind.FEE]
    adjustments_minor = sums[LineKind.OTHER] + sums[LineKind.RETURNED_PAYOUT]
    before_minor = sums[LineKind.PAYMENT] + sums[LineKind.REFUND] + sums[LineKind.CHARGEBACK] + adjustments_minor
    return Totals(
        gross_minor=sums[LineKind.PAYMENT],
        refunds_minor=sums[LineKind.REFUND],
        chargebacks_minor=sums[LineKind.CHARGEBACK],
        adjustments_minor=adjustments_minor,
        fees_minor=fees_minor,
        net_minor=before_minor - fees_minor,
    )
