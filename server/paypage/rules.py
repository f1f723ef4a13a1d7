"""What a customer may do about an invoice: pay, wait, or nothing more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from server.core.words import msgid as _
from server.invoices.rules import UNPAID
from server.invoices.rules import Status as InvoiceStatus
from server.payments.rules import IN_PERSON, OPEN, Method, Status


class State(StrEnum):
    """How an invoice stands for the customer who looks at it."""

    TO_PAY = "to_pay"
    PAID = "paid"
    CONFIRMING = "confirming"
    AT_READER = "at_reader"
    HELD = "held"
    AT_BANK = "at_bank"
    UNKNOWN = "unknown"
    CLOSED = "closed"


WAITING = (State.CONFIRMING, State.AT_READER, State.HELD, State.AT_BANK, State.UNKNOWN)
# What the errors of collecting mean to a customer; they are written for a technician.
_REFUSALS = {
    "amount_too_high": _("This is more than is still owed."),
    "invoice_settled": _("This is paid already. Thank you!"),
    "payment_in_flight": _("A payment for this is under way already. It has to end first."),
    "payment_outcome_unknown": _(
        "We are checking with the bank whether an earlier payment went through. Please do not pay again."
    ),
    "amount_too_small": _("This amount is too small for a card."),
    "amount_too_large": _("This amount is too large for one card payment. Pay a part of it."),
    "amount_not_chargeable": _(
        "A card cannot be charged exactly this amount. Write a part that ends in 0, and pay the rest in cash, by cheque"
        " or by bank transfer."
    ),
    "promise_too_far": _("Choose a day within the days shown."),
    "promise_pending": _("We have your promise already."),
    "promises_used_up": _("You promised as often as this page allows. Please call us."),
    "payment_plan_live": _("A payment plan is asked for or agreed already."),
    "payment_plan_does_not_fit": _("These parts cannot be agreed on. Choose an earlier first day, or fewer parts."),
    "payment_plan_not_open": _("This agreement does not wait for a signature any more. Please call us."),
    "agreement_changed": _("The agreement was changed. Read it again, then sign."),
    "dispute_open": _("We look into this invoice already."),
    "dispute_too_high": _("This is more than is still owed."),
    "nothing_to_promise": _("There is nothing left to arrange."),
}
_OTHERWISE = _("The payment page could not be opened. You were not charged. Please try again in a moment.")


class Attempt(Protocol):
    """A payment, as far as it says how things stand."""

    @property
    def method(self) -> Method:
        """How the money comes."""

    @property
    def status(self) -> Status:
        """Where it stands."""

    @property
    def capture_before(self) -> datetime | None:
        """Until when a card holds its amount, where one does."""


def state(*, status: str, balance_minor: int, attempts: Collection[Attempt], is_back: bool) -> State:
    """Return how an invoice stands; `is_back` is whether the customer just came back from paying."""
    under_way = [attempt for attempt in attempts if attempt.status in OPEN]
    # Withdrawn, or let go: nothing is owed, and nobody paid.
    over = status in (InvoiceStatus.VOID, InvoiceStatus.WRITTEN_OFF)
    if balance_minor <= 0 and not over:
        return State.PAID
    # What is still under way on it is followed to its end here too.
    if status not in UNPAID and not (over and under_way):
        return State.CLOSED
    if any(attempt.status is Status.UNKNOWN for attempt in under_way):
        return State.UNKNOWN
    if any(attempt.capture_before for attempt in under_way):
        return State.HELD
    if any(attempt.method in IN_PERSON for attempt in under_way):
        return State.AT_READER
    if any(attempt.status is Status.PROCESSING for attempt in under_way):
        return State.AT_BANK
    if under_way and is_back:
        return State.CONFIRMING
    return State.CLOSED if over else State.TO_PAY


def refusal(code: str | None) -> str:
    """Return why nothing could be paid, in English."""
    return _REFUSALS.get(code or "", _OTHERWISE)
