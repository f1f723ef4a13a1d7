"""What an audit says: which truth does not hold, for which row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

# Whatever resolves by itself has done so by then.
PATIENCE = timedelta(hours=1)


class Check(StrEnum):
    """The truths that must hold."""

    TRANSFERS_IN_ONE_CURRENCY = "transfers_in_one_currency"
    INVOICE_IN_BOOKS = "invoice_in_books"
    INVOICE_STATUS = "invoice_status"
    RECEIVABLE_HAS_INVOICE = "receivable_has_invoice"
    PAYMENT_IN_BOOKS = "payment_in_books"
    ENTRY_HAS_PAYMENT = "entry_has_payment"
    STRIPE_HAS_PAYMENT = "stripe_has_payment"
    STRIPE_IS_COUNTED = "stripe_is_counted"
    REVERSAL_IN_BOOKS = "reversal_in_books"
    CHEQUES_ARE_HELD = "cheques_are_held"
    BANK_LINE_IN_BOOKS = "bank_line_in_books"
    REFUND_IN_BOOKS = "refund_in_books"
    STRIPE_HAS_REFUND = "stripe_has_refund"
    STRIPE_REFUND_IS_COUNTED = "stripe_refund_is_counted"
    STRIPE_TOTAL = "stripe_total"
    STRIPE_BALANCE = "stripe_balance"
    PAYOUT_ADDS_UP = "payout_adds_up"
    PAYOUT_LINE_EXPLAINED = "payout_line_explained"
    CHARGEBACK_IN_BOOKS = "chargeback_in_books"
    STRIPE_ANSWERS = "stripe_answers"
    PAYMENT_RESOLVED = "payment_resolved"
    REFUND_RESOLVED = "refund_resolved"
    NUMBERS_WITHOUT_GAP = "numbers_without_gap"
    CONTRACT_UNTOUCHED = "contract_untouched"
    MESSAGE_ON_ITS_WAY = "message_on_its_way"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A row that is wrong: an id, what the check expected of it, what it found. Never personal data."""

    check: Check
    subject_id: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.check}: {self.subject_id}: expected {self.expected}, found {self.found}"


def amount(amount_minor: int, currency: str) -> str:
    """Return an amount as findings write it: `11498 CAD`, in minor units."""
    return f"{amount_minor} {currency}"
