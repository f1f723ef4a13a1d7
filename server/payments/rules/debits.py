"""Bank debits decided: when the bank answers, why it refused, and what a page at Stripe became."""

from __future__ import annotations

from datetime import date, timedelta

from server.payments.rules.collecting import Method, Status, Verdict

ABOUT_RETURNS = ("charge.dispute.created", "charge.dispute.closed")

# Stripe's word for a debit that a bank refuses, or takes back, and ours.
_FAILURES = {
    "insufficient_funds": "debit_insufficient_funds",
    "account_closed": "debit_account_closed",
    "no_account": "debit_account_wrong",
    "incorrect_account_details": "debit_account_wrong",
    "debit_not_authorized": "debit_not_authorized",
    "customer_initiated": "debit_not_authorized",
}
# Stripe's names of how the money of a bank account comes. Source: Stripe, "Bank debits".
_BY_DEBIT = ("acss_debit", "us_bank_account", "sepa_debit", "bacs_debit", "au_becs_debit", "nz_bank_account")
_SATURDAY = 5


def read_page(
    page_status: str, *, intent_status: str | None, was_on_its_way: bool, failure_code: str | None
) -> Verdict:
    """Return what a page became. The PaymentIntent decides: what it took, or a bank is about to pay, is not undone by
    the page's closing. One that is complete and unpaid is a debit: the bank answers in days.

    `failure_code` is Stripe's, of the latest charge. Source: Stripe, "Fulfill orders: handle delayed notification
    payment methods".
    """
    if intent_status == "succeeded":
        return Verdict(status=Status.SUCCEEDED)
    if page_status == "open":
        return Verdict(status=Status.WAITING)
    if page_status == "expired" and intent_status != "processing" and not was_on_its_way:
        return Verdict(status=Status.CANCELED)
    if intent_status in ("requires_payment_method", "canceled"):
        return Verdict(status=Status.FAILED, failure_code=debit_failure(failure_code))
    return Verdict(status=Status.PROCESSING)


def debit_failure(code: str | None) -> str:
    """Return our code for why a bank did not pay, or took back what it paid."""
    return _FAILURES.get(code or "", "debit_failed")


def is_debit(method: Method, status: Status) -> bool:
    """Say whether an attempt is a debit on its way: on a page, only a bank keeps one waiting."""
    return method is Method.PAY_LINK and status is Status.PROCESSING


def was_debit(charge_kind: str | None, *, expected_on: date | None) -> bool:
    """Say whether a bank account was debited: its charge says so, be it first heard of when it was over, or it was seen
    on its way."""
    return expected_on is not None or charge_kind in _BY_DEBIT


def shown_method(method: Method, *, by_debit: bool) -> str:
    """Return what receipts call a method: a page where a bank account was debited took no card."""
    return "bank_debit" if by_debit else method


def debit_expected_on(asked_on: date) -> date:
    """Return the day by which a bank has usually answered: the fifth business day.

    Source: Stripe, "Accept a Canadian pre-authorized debit payment"; American banks answer in four.
    """
    return business_days_after(asked_on, 5)


def business_days_after(begun_on: date, days: int) -> date:
    """Return the day on which so many business days are over, Saturdays and Sundays not counted."""
    day, left = begun_on, days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return day
