"""Refunds decided: their states, who must agree, when to ask again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from server.payments.rules.collecting import wait_before_check
from server.payments.rules.debits import business_days_after


class RefundStatus(StrEnum):
    """Where one refund stands. `waiting` is for the card at a reader; `processing` is on its way to the card: the money
    has left us."""

    AWAITING_APPROVAL = "awaiting_approval"
    CREATED = "created"
    WAITING = "waiting"
    PROCESSING = "processing"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


REFUND_SETTLED = (RefundStatus.SUCCEEDED, RefundStatus.FAILED, RefundStatus.CANCELED)

REFUND_UNSURE = (RefundStatus.CREATED, RefundStatus.WAITING, RefundStatus.UNKNOWN)

# Claimed, and not in the books yet.
REFUND_UNBOOKED = (RefundStatus.AWAITING_APPROVAL, *REFUND_UNSURE)

# Who asks for a refund that nobody asked for: two channels succeeded, or a phone forwarded one card twice.
SECOND_PAYMENT_RULE = "rule:second_payment"
DOUBLE_RULE = "rule:double"

GIVEN_BACK = (RefundStatus.PROCESSING, RefundStatus.SUCCEEDED)

ABOUT_REFUNDS = ("refund.created", "refund.updated", "refund.failed", "charge.refunded")

# Who asks for what goes back by itself.
BY_RULE = (SECOND_PAYMENT_RULE, DOUBLE_RULE)

_NOT_GIVEN = {RefundStatus.FAILED, RefundStatus.CANCELED}

_REFUND_MAY_BECOME = {
    RefundStatus.AWAITING_APPROVAL: {RefundStatus.CREATED, RefundStatus.CANCELED},
    RefundStatus.CREATED: {RefundStatus.WAITING, RefundStatus.UNKNOWN, *GIVEN_BACK, *_NOT_GIVEN},
    RefundStatus.WAITING: {RefundStatus.UNKNOWN, *GIVEN_BACK, *_NOT_GIVEN},
    RefundStatus.UNKNOWN: {RefundStatus.WAITING, *GIVEN_BACK, *_NOT_GIVEN},
    RefundStatus.PROCESSING: {RefundStatus.SUCCEEDED, *_NOT_GIVEN},
    RefundStatus.SUCCEEDED: _NOT_GIVEN,
    RefundStatus.FAILED: set(),
    RefundStatus.CANCELED: set(),
}

# A bank may send a refund back within a month: looked at after 1, 2, 4, 8 and 16 days, should no event come.
_LOOKS_AT_SUCCESS = 5


def refund_may_become(status: RefundStatus, wanted: RefundStatus, *, told_by_stripe: bool) -> bool:
    """Say whether a refund may move on. One that we gave up without Stripe having said so is believed to have gone
    back when Stripe says so after all."""
    if status in _NOT_GIVEN and not told_by_stripe:
        return wanted in GIVEN_BACK
    return wanted in _REFUND_MAY_BECOME[status]


def read_refund(stripe_status: str) -> RefundStatus:
    """Return what a refund's status at Stripe means. Source: Stripe, "Refund object": `requires_action` waits for the
    customer, `pending` for the bank."""
    return {
        "succeeded": RefundStatus.SUCCEEDED,
        "failed": RefundStatus.FAILED,
        "canceled": RefundStatus.CANCELED,
    }.get(stripe_status, RefundStatus.PROCESSING)


def left_to_refund(received_minor: int, claimed_minor: int) -> int:
    """Return what may still be given back of a payment."""
    return max(received_minor - claimed_minor, 0)


def needs_second_person(total_minor: int, *, limit_minor: int, same_currency: bool) -> bool:
    """Say whether a second person must agree, from all that would have gone back of the payment: a limit is not got
    round in small parts. Limits are in the business's currency; any other always needs two."""
    return not same_currency or total_minor > limit_minor


def next_refund_check(status: RefundStatus, checks: int, *, now: datetime) -> datetime | None:
    """Return when to ask Stripe about a refund again, or None for never."""
    if status in (*REFUND_UNSURE, RefundStatus.PROCESSING):
        return now + wait_before_check(checks)
    if status is RefundStatus.SUCCEEDED and checks < _LOOKS_AT_SUCCESS:
        return now + timedelta(days=2**checks)
    return None


def refund_shown_on(sent_on: date) -> date:
    """Return the day by which a card's statement shows a refund. Source: Stripe, "Refunds": 5 to 10 business days."""
    return business_days_after(sent_on, 10)
