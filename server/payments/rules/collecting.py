"""Attempts to collect decided: their states, and what Stripe's answers mean."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from server.payments.rules.capturing import why_canceled


class Method(StrEnum):
    """How the money comes."""

    CARD_READER = "card_reader"
    MOBILE_READER = "mobile_reader"
    PAY_LINK = "pay_link"
    CASH = "cash"
    CHEQUE = "cheque"
    BANK_TRANSFER = "bank_transfer"
    CARD_ON_FILE = "card_on_file"


class Status(StrEnum):
    """Where one attempt to collect stands."""

    CREATED = "created"
    WAITING = "waiting"
    PROCESSING = "processing"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


IN_PERSON = (Method.CARD_READER, Method.MOBILE_READER)

BY_CARD = (*IN_PERSON, Method.PAY_LINK, Method.CARD_ON_FILE)

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

# A reader may still be getting a command whose answer was lost; that it never came is believed after this.
SETTLING = timedelta(seconds=30)

# An outcome unknown for longer than this needs a person: Stripe could not be asked all the while.
UNKNOWN_ALARM_AFTER = timedelta(minutes=15)


def is_alarming(unknown_since: datetime | None, *, now: datetime) -> bool:
    """Say whether an outcome has been unknown for so long that a person must look."""
    return unknown_since is not None and now - unknown_since > UNKNOWN_ALARM_AFTER


# How long a page stays open, and how long a customer is led to it: they need time to pay, and Stripe opens none that
# closes within half an hour. Source: Stripe, "Create a Checkout Session", expires_at.
CHECKOUT_LIFE = timedelta(hours=12)
PAGE_USABLE = timedelta(hours=11)


def wait_before_check(checks: int) -> timedelta:
    """Return how long to wait before asking Stripe again: seconds, then minutes, then hours."""
    return timedelta(seconds=min(2 * 3**checks, 6 * 3600))


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What Stripe shows of an attempt on a reader.

    `reader_is_gone` when it was deleted at Stripe; `action_is_ours` when the reader's one action is about our intent,
    and `action_may_be_older` when an earlier attempt shared that intent and we do not know that ours arrived.
    `capture_before` is until when a card holds the amount, `cancellation` Stripe's reason for a canceled intent.
    """

    intent_status: str
    reader_is_gone: bool
    action_is_ours: bool
    action_may_be_older: bool
    action_status: str | None
    action_failure: str | None
    charge_is_new: bool
    charge_failure: str | None
    capture_before: datetime | None = None
    cancellation: str | None = None
    was_held: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What an attempt became: why it failed, and until when a card holds the amount (`capture_before`)."""

    status: Status
    failure_code: str | None = None
    capture_before: datetime | None = None


def read_reader(seen: Seen) -> Verdict:
    """Return what an attempt on a reader became. The PaymentIntent decides; the reader's action is a hint about why.

    Source: Stripe, "Server-driven integration: verify reader state"; a `connection_error` on the reader may hide a
    success, and a stuck `in_progress` a failure.
    """
    match seen.intent_status:
        case "succeeded":
            return Verdict(status=Status.SUCCEEDED)
        case "canceled":
            return Verdict(status=Status.CANCELED, failure_code=why_canceled(seen.cancellation, was_held=seen.was_held))
        case "processing" | "requires_capture" | "requires_confirmation" | "requires_action":
            return Verdict(status=Status.PROCESSING, capture_before=seen.capture_before)
    if seen.action_is_ours and seen.action_status == "in_progress":
        return Verdict(status=Status.WAITING)
    if seen.charge_is_new:
        return Verdict(status=Status.FAILED, failure_code=seen.charge_failure or "card_declined")
    if seen.reader_is_gone:
        return Verdict(status=Status.FAILED, failure_code="reader_gone")
    if seen.action_is_ours and seen.action_status == "failed" and not seen.action_may_be_older:
        if seen.action_failure == "customer_canceled":
            return Verdict(status=Status.CANCELED, failure_code="customer_canceled")
        return Verdict(status=Status.FAILED, failure_code=seen.action_failure or "reader_failed")
    # Our action is gone from the reader and the intent was not paid: nothing was taken, and nothing can be.
    replaced = seen.action_status is not None and not seen.action_is_ours
    return Verdict(status=Status.FAILED, failure_code="reader_replaced" if replaced else "reader_interrupted")


def is_settling(
    status: Status, *, created_at: datetime, sent_at: datetime | None, unknown_since: datetime | None, now: datetime
) -> bool:
    """Say whether a command to the reader may still be on its way, so that its absence there proves nothing."""
    if status is Status.UNKNOWN and unknown_since is not None:
        return now - unknown_since < SETTLING
    return status is Status.CREATED and now - (sent_at or created_at) < LEFT_BEHIND_AFTER


def free_to_collect(balance_minor: int, open_amounts_minor: Collection[int]) -> int:
    """Return what may still be asked for: the balance less what is being collected already."""
    return max(balance_minor - sum(open_amounts_minor), 0)
