"""Payments decided: their states, what Stripe's answer means, and what to tell the technician."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from server.core.words import msgid as _


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


class RefundStatus(StrEnum):
    """Where one refund stands. `processing` is on its way to the card: the money has left us."""

    AWAITING_APPROVAL = "awaiting_approval"
    CREATED = "created"
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


@dataclass(frozen=True)
class Advice:
    """What happened and what to do, in words."""

    message: str
    what_to_do: str


_TRY_ANOTHER = _("Try another card, or take the payment by QR code or cash.")
_TRY_AGAIN = _("Try again.")
_ADVICE = {
    "card_declined": Advice(_("The card was declined."), _TRY_ANOTHER),
    "generic_decline": Advice(_("The card was declined."), _TRY_ANOTHER),
    "call_issuer": Advice(_("The bank declined the card and asks the customer to call."), _TRY_ANOTHER),
    "insufficient_funds": Advice(_("There is not enough money on the card."), _TRY_ANOTHER),
    "lost_card": Advice(_("The card was declined."), _TRY_ANOTHER),
    "stolen_card": Advice(_("The card was declined."), _TRY_ANOTHER),
    "expired_card": Advice(_("The card has expired."), _TRY_ANOTHER),
    "incorrect_pin": Advice(_("The PIN was wrong."), _("Try again with the right PIN, or use another card.")),
    "pin_try_exceeded": Advice(_("The PIN was wrong too many times."), _TRY_ANOTHER),
    "withdrawal_count_limit_exceeded": Advice(_("The card has reached its limit."), _TRY_ANOTHER),
    "processing_error": Advice(_("The card could not be processed."), _TRY_AGAIN),
    "customer_canceled": Advice(_("The customer canceled on the reader."), _TRY_AGAIN),
    "connection_error": Advice(_("The reader lost its connection. The card was not charged."), _TRY_AGAIN),
    "terminal_reader_busy": Advice(
        _("The reader is busy with another payment."), _("Wait until it is free, or remove the card, then try again.")
    ),
    "terminal_reader_offline": Advice(
        _("The reader is offline."), _("Check that it is switched on and connected, or use the QR code.")
    ),
    "reader_interrupted": Advice(
        _("The reader stopped before a card was presented. The card was not charged."), _TRY_AGAIN
    ),
    "intent_invalid_state": Advice(
        _("This payment changed in the meantime."), _("Look at the balance before you try again.")
    ),
    "interrupted": Advice(_("We were interrupted before the payment began. Nothing was charged."), _TRY_AGAIN),
    "stripe_busy": Advice(_("The card service is busy. Nothing was charged."), _("Wait a moment, then try again.")),
    "amount_too_small": Advice(_("The amount is too small for a card."), _("Take it in cash.")),
}
_OTHERWISE = Advice(_("The payment did not go through. The card was not charged."), _TRY_ANOTHER)


def advice(failure_code: str) -> Advice:
    """Return what to tell the technician, in English."""
    return _ADVICE.get(failure_code, _OTHERWISE)


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


REFUND_SETTLED = (RefundStatus.SUCCEEDED, RefundStatus.FAILED, RefundStatus.CANCELED)
REFUND_UNSURE = (RefundStatus.CREATED, RefundStatus.UNKNOWN)
GIVEN_BACK = (RefundStatus.PROCESSING, RefundStatus.SUCCEEDED)
ABOUT_REFUNDS = ("refund.created", "refund.updated", "refund.failed", "charge.refunded")
_NOT_GIVEN = {RefundStatus.FAILED, RefundStatus.CANCELED}
_REFUND_MAY_BECOME = {
    RefundStatus.AWAITING_APPROVAL: {RefundStatus.CREATED, RefundStatus.CANCELED},
    RefundStatus.CREATED: {RefundStatus.UNKNOWN, *GIVEN_BACK, *_NOT_GIVEN},
    RefundStatus.UNKNOWN: {*GIVEN_BACK, *_NOT_GIVEN},
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
    if status is RefundStatus.FAILED and not told_by_stripe:
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


_REFUND_ADVICE = {
    "rejected": Advice(_("A second person turned this refund down."), _("Ask the office why.")),
    "interrupted": Advice(_("We were interrupted before the refund began. Nothing was given back."), _TRY_AGAIN),
    "expired_or_canceled_card": Advice(
        _("The card has expired or was canceled: its bank sent the refund back."),
        _("Give the money back another way, for example by transfer."),
    ),
    "lost_or_stolen_card": Advice(
        _("The card was lost or stolen: its bank sent the refund back."),
        _("Give the money back another way, for example by transfer."),
    ),
    "charge_already_refunded": Advice(
        _("This payment was given back already."), _("Look at the balance before you try again.")
    ),
}
_REFUND_OTHERWISE = Advice(
    _("The refund did not go through. Nothing was given back."), _("Give the money back another way, or try again.")
)


def refund_advice(failure_code: str) -> Advice:
    """Return why a refund did not work and what to do, in English."""
    return _REFUND_ADVICE.get(failure_code, _REFUND_OTHERWISE)
