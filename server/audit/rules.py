"""What an audit says: which truth does not hold, for which row; and what proves one invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from server.core import words
from server.core.words import msgid as _

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
    DEPOSITS_HELD = "deposits_held"
    CONTRACT_UNTOUCHED = "contract_untouched"
    MESSAGE_ON_ITS_WAY = "message_on_its_way"
    LOG_HOLDS = "log_holds"
    LOG_IS_SEALED = "log_is_sealed"


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


@dataclass(frozen=True, kw_only=True)
class ProvenIntent:
    """A PaymentIntent made for an invoice; `status` is Stripe's word for it now, None where it could not be asked."""

    intent_id: str
    status: str | None
    amount_minor: int
    captured_minor: int
    payment_ids: tuple[str, ...]
    is_written_down: bool


@dataclass(frozen=True, kw_only=True)
class ProvenSession:
    """A Checkout Session made for an invoice."""

    session_id: str
    status: str | None
    is_paid: bool
    payment_ids: tuple[str, ...]
    is_written_down: bool


@dataclass(frozen=True, kw_only=True)
class ProvenRefund:
    """A refund at Stripe; `is_given_back` while its money has left us."""

    stripe_refund_id: str
    intent_id: str | None
    status: str | None
    amount_minor: int
    is_given_back: bool
    refund_id: str | None
    is_written_down: bool


@dataclass(frozen=True, kw_only=True)
class ProvenEntry:
    """A ledger entry: what it put into the account of Stripe's money, and what it took out."""

    entry_id: str
    reason: str
    happened_at: datetime
    in_minor: int
    out_minor: int


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Everything ever made at Stripe for an invoice, beside the books. Payments for several invoices are whole here.

    `silence` says why Stripe could not be asked; then nothing is proven.
    """

    invoice_id: str
    number: str
    currency: str
    asked_at: datetime
    silence: str | None
    intents: Sequence[ProvenIntent]
    sessions: Sequence[ProvenSession]
    refunds: Sequence[ProvenRefund]
    entries: Sequence[ProvenEntry]
    open_payment_ids: Sequence[str]

    @property
    def captured_minor(self) -> int:
        """What Stripe took from cards and accounts."""
        return sum(intent.captured_minor for intent in self.intents)

    @property
    def refunded_minor(self) -> int:
        """What Stripe gave back."""
        return sum(refund.amount_minor for refund in self.refunds if refund.is_given_back)

    @property
    def ledger_minor(self) -> int:
        """What the books say came by Stripe and stayed."""
        return sum(entry.in_minor - entry.out_minor for entry in self.entries)

    @property
    def difference_minor(self) -> int:
        """What Stripe holds more than the books say; below 0 what it holds less."""
        return self.captured_minor - self.refunded_minor - self.ledger_minor

    @property
    def agrees(self) -> bool | None:
        """Whether both come to the same; None where Stripe could not be asked."""
        return None if self.silence else self.difference_minor == 0

    def says(self, locale: str) -> str:
        """Say what it comes to, in the reader's language."""
        amounts = {
            "captured": self.captured_minor,
            "refunded": self.refunded_minor,
            "ledger": self.ledger_minor,
            "difference": abs(self.difference_minor),
        }
        shown = {name: words.money(minor, self.currency, locale) for name, minor in amounts.items()}
        return words.say(locale, self._verdict(), **shown)

    def _verdict(self) -> str:
        if self.silence:
            return _("Stripe could not be asked. This is what we wrote down ourselves: it proves nothing.")
        if self.agrees:
            return _("Stripe took %(captured)s, gave back %(refunded)s, and the books say %(ledger)s: they agree.")
        if self.open_payment_ids:
            return _(
                "Stripe took %(captured)s, gave back %(refunded)s, and the books say %(ledger)s: they differ by"
                " %(difference)s. A payment is still being asked about."
            )
        return _(
            "Stripe took %(captured)s, gave back %(refunded)s, and the books say %(ledger)s: they differ by"
            " %(difference)s."
        )


def sheet(proof: Proof, *, locale: str) -> dict[str, Any]:
    """Return a proof as the wire and the pages have it: with its sums, and what they come to in words."""
    return {
        **vars(proof),
        "captured_minor": proof.captured_minor,
        "refunded_minor": proof.refunded_minor,
        "ledger_minor": proof.ledger_minor,
        "difference_minor": proof.difference_minor,
        "agrees": proof.agrees,
        "verdict": proof.says(locale),
    }
