"""Attempts to collect decided: their states, and what Stripe's answers mean."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Method(StrEnum):
    """How the money comes."""

    CARD_READER = "card_reader"
    PAY_LINK = "pay_link"
    CASH = "cash"
    CHEQUE = "cheque"
    BANK_TRANSFER = "bank_transfer"


class Status(StrEnum):
    """Where one attempt to collect stands."""

    CREATED = "created"
    WAITING = "waiting"
    PROCESSING = "processing"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


BY_CARD = (Method.CARD_READER, Method.PAY_LINK)

OPEN = (Status.CREATED, Status.WAITING, Status.PROCESSING, Status.UNKNOWN)

GIVEN_UP = (Status.FAILED, Status.CANCELED)

_MAY_BECOME = {
    Status.CREATED: {Status.WAITING, Status.PROCESSING, Status.UNKNOWN, *(done := {Status.FAILED, Status.CANCELED})},
    Status.WAITING: {Status.PROCESSING, Status.UNKNOWN, *done},
    Status.PROCESSING: {Status.WAITING, Status.UNKNOWN, *done},
    Status.UNKNOWN: {Status.WAITING, Status.PROCESSING, *done},
    Status.FAILED: set(),
    Status.CANCELED: set(),
    Status.SUCCEEDED: set(),
}


def may_become(status: Status, wanted: Status) -> bool:
    """Say whether an attempt may move on. Success is always believed, even of an attempt given up: money that Stripe
    captured is money, and it is counted once."""
    if wanted is Status.SUCCEEDED:
        return status is not Status.SUCCEEDED
    return wanted in _MAY_BECOME[status]


# After this the answer to an idempotency key may be forgotten (Stripe keeps them 24 h at least): ask, do not send.
KEY_LIFE = timedelta(hours=20)

# A created attempt this old was left behind by a process that died: no call with its retries takes longer.
LEFT_BEHIND_AFTER = timedelta(minutes=4)

CHECKOUT_LIFE = timedelta(hours=12)


def wait_before_check(checks: int) -> timedelta:
    """Return how long to wait before asking Stripe again: seconds, then minutes, then hours."""
    return timedelta(seconds=min(2 * 3**checks, 6 * 3600))


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What Stripe shows of an attempt on a reader."""

    intent_status: str
    action_is_ours: bool
    action_status: str | None
    action_failure: str | None
    charge_is_new: bool
    charge_failure: str | None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What an attempt became; `failure_code` says why it failed."""

    status: Status
    failure_code: str | None = None


def read_reader(seen: Seen) -> Verdict:
    """Return what an attempt on a reader became. The PaymentIntent decides; the reader's action is a hint about why.

    Source: Stripe, "Server-driven integration: verify reader state"; a `connection_error` on the reader may hide a
    success, and a stuck `in_progress` a failure.
    """
    match seen.intent_status:
        case "succeeded":
            return Verdict(status=Status.SUCCEEDED)
        case "canceled":
            return Verdict(status=Status.CANCELED)
        case "processing" | "requires_capture" | "requires_confirmation" | "requires_action":
            return Verdict(status=Status.PROCESSING)
    if seen.action_is_ours and seen.action_status == "in_progress":
        return Verdict(status=Status.WAITING)
    if seen.charge_is_new:
        return Verdict(status=Status.FAILED, failure_code=seen.charge_failure or "card_declined")
    if seen.action_is_ours and seen.action_status == "failed":
        if seen.action_failure == "customer_canceled":
            return Verdict(status=Status.CANCELED, failure_code="customer_canceled")
        return Verdict(status=Status.FAILED, failure_code=seen.action_failure or "reader_failed")
    # Our action is gone from the reader and the intent was not paid: nothing was taken, and nothing can be.
    return Verdict(status=Status.FAILED, failure_code="reader_interrupted")


@dataclass(frozen=True, kw_only=True)
class Split:
    """Where received money goes."""

    invoice_minor: int
    credit_minor: int


def split(received_minor: int, *, balance_minor: int) -> Split:
    """Return how much settles the invoice and how much is the customer's credit, since they owed less."""
    settles = min(received_minor, max(balance_minor, 0))
    return Split(invoice_minor=settles, credit_minor=received_minor - settles)


def free_to_collect(balance_minor: int, open_amounts_minor: Collection[int]) -> int:
    """Return what may still be asked for: the balance less what is being collected already."""
    return max(balance_minor - sum(open_amounts_minor), 0)
