"""What a message may be: its kinds with what each says, its states, and how long to wait before trying again."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from server.core.words import msgid

ATTEMPTS = 8
METHODS = {
    "card_reader": msgid("Card"),
    "mobile_reader": msgid("Card"),
    "pay_link": msgid("Card, online"),
    "cash": msgid("Cash"),
    "cheque": msgid("Cheque"),
    "bank_transfer": msgid("Bank transfer"),
    "bank_debit": msgid("Bank debit"),
    "card_on_file": msgid("Saved card"),
}
SILENT_AFTER = timedelta(minutes=10)

# From when to when a message may go.
Window = tuple[datetime, datetime]


class Kind(StrEnum):
    """Why we write."""

    INVOICE = "invoice"
    RECEIPT = "receipt"
    REFUND = "refund"
    DEBIT = "debit"
    CONFIRMATION = "confirmation"
    REMINDER = "reminder"
    CHARGEBACK = "chargeback"
    CHARGEBACK_OUTCOME = "chargeback_outcome"
    REVERSAL = "reversal"
    WEEKLY_REPORT = "weekly_report"
    LIMITATION_ALARM = "limitation_alarm"
    ARRANGEMENT = "arrangement"


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    TEXT = "text"


class Status(StrEnum):
    """Where a message stands.

    `unknown` means the connection broke when the message may have been accepted: it is shown, never sent again.
    """

    NO_ADDRESS = "no_address"
    WRITTEN = "written"
    WITHDRAWN = "withdrawn"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    BOUNCED = "bounced"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Sender:
    """The business as the customer knows it: whom to answer, whom to call."""

    name: str
    email: str | None = None
    phone: str | None = None
    address: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with a message."""

    filename: str
    content_type: str
    content: bytes
    is_drawn: bool = True
    """Where not, `content` is the words of a document (`documents.pdf`), which is drawn when the message is sent."""


@dataclass(frozen=True, kw_only=True)
class InvoiceNotice:
    """A new invoice; its PDF is attached."""

    kind: ClassVar[Kind] = Kind.INVOICE

    number: str
    customer_name: str
    total_minor: int
    balance_minor: int
    currency: str
    service_on: date
    due_on: date
    pay_url: str | None


@dataclass(frozen=True, kw_only=True)
class ReceiptNotice:
    """A receipt of a payment, or the slip of one that was declined; its PDF is attached.

    `subject`, `said` and the rows of (label, value) are in the customer's language already.
    """

    kind: ClassVar[Kind] = Kind.RECEIPT

    subject: str
    customer_name: str
    said: str
    sections: tuple[tuple[str | None, tuple[tuple[str, str], ...]], ...]
    """(heading, rows) in the order of the receipt."""
    page_url: str
    """The receipt's own page."""
    pay_url: str | None
    """Where the rest is paid, while something is owed."""


@dataclass(frozen=True, kw_only=True)
class RefundNotice(ReceiptNotice):
    """The same of money that was given back, or did not go back."""

    kind: ClassVar[Kind] = Kind.REFUND


@dataclass(frozen=True, kw_only=True)
class AboutInvoice:
    """What is said of an amount of one invoice, and where the rest is paid."""

    number: str
    customer_name: str
    amount_minor: int
    balance_minor: int
    currency: str
    pay_url: str | None


@dataclass(frozen=True, kw_only=True)
class ReversalNotice(AboutInvoice):
    """A payment that was taken back: its cheque bounced, or it never came."""

    kind: ClassVar[Kind] = Kind.REVERSAL

    method: str
    """One of METHODS."""
    reference: str | None
    reason: str
    received_at: datetime
    time_zone: str


@dataclass(frozen=True, kw_only=True)
class DebitNotice(AboutInvoice):
    """A bank did not pay a debit."""

    kind: ClassVar[Kind] = Kind.DEBIT


@dataclass(frozen=True, kw_only=True)
class ChargebackNotice:
    """Told to the office: what a bank does about a payment."""

    kind: ClassVar[Kind] = Kind.CHARGEBACK

    what: str
    """One of CHARGEBACKS."""
    number: str
    customer_name: str
    amount_minor: int
    currency: str
    reason: str
    due_at: datetime | None
    time_zone: str
    url: str

    @property
    def headline(self) -> str:
        """What happened, in English."""
        return CHARGEBACKS[self.what]


CHARGEBACKS = {
    "warning_needs_response": msgid("A bank asks about a payment of invoice %(number)s"),
    "warning_closed": msgid("A bank asks no more about a payment of invoice %(number)s"),
    "needs_response": msgid("A bank takes back a payment of invoice %(number)s"),
    "due": msgid("The time to answer about invoice %(number)s ends soon"),
    "won": msgid("The chargeback of invoice %(number)s is won"),
    "lost": msgid("The chargeback of invoice %(number)s is lost"),
    "prevented": msgid("The chargeback of invoice %(number)s was settled by the bank"),
}


@dataclass(frozen=True, kw_only=True)
class ChargebackOutcome(AboutInvoice):
    """Told to the customer: what their bank decided about a payment."""

    kind: ClassVar[Kind] = Kind.CHARGEBACK_OUTCOME

    won: bool


@dataclass(frozen=True, kw_only=True)
class ConfirmationNotice(AboutInvoice):
    """A saved card could not be charged: its bank wants the customer to pay themselves."""

    kind: ClassVar[Kind] = Kind.CONFIRMATION

    card_brand: str
    card_last4: str


@dataclass(frozen=True, kw_only=True)
class WeeklyReport:
    """Told to the office: how a week went. Everything is in the reader's language already."""

    kind: ClassVar[Kind] = Kind.WEEKLY_REPORT

    subject: str
    customer_name: str
    sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    page_url: str


@dataclass(frozen=True, kw_only=True)
class LimitationAlarm(WeeklyReport):
    """Told to the office in the same form: until when a debt can be sued for."""

    kind: ClassVar[Kind] = Kind.LIMITATION_ALARM


@dataclass(frozen=True, kw_only=True)
class OpenInvoice:
    """A line of a reminder."""

    number: str
    due_on: date
    days_late: int
    balance_minor: int


@dataclass(frozen=True)
class Tone:
    """What a reminder says around the list of what is open, in English: firmer from one to the next, always polite."""

    subject: str
    opening: str
    closing: str


_TALK = msgid(
    "You do not agree with an invoice, or need more time? Tell us before anything else happens: we would rather talk."
)
TONES = {
    "reminder_1": Tone(
        msgid("Reminder: %(amount)s to pay to %(business)s"),
        msgid(
            "What is listed below is past its due date. If your payment is on its way, thank you: nothing more is"
            " needed."
        ),
        _TALK,
    ),
    "reminder_2": Tone(
        msgid("Second reminder: %(amount)s to pay to %(business)s"),
        msgid(
            "We wrote to you before about what is listed below, and it is still open. Did our message reach you? If"
            " your payment is on its way, thank you: nothing more is needed."
        ),
        _TALK,
    ),
    "reminder_3": Tone(
        msgid("Third reminder: %(amount)s to pay to %(business)s"),
        msgid(
            "This is our third message about what is listed below. Please pay it by %(day)s, or tell us today what"
            " stands in the way."
        ),
        msgid(
            "You cannot pay everything at once, or do not agree with an invoice? Answer this message: we can agree on"
            " parts, and we look into what you object to."
        ),
    ),
    "final_demand": Tone(
        msgid("Final demand: %(amount)s to pay to %(business)s"),
        msgid(
            "Despite our reminders, what is listed below is still open. This is our final demand: please pay all of it"
            " by %(day)s."
        ),
        msgid(
            "After that day we have to decide how to go on without your answer. Until then you can still agree on"
            " parts with us, or say what you object to and why."
        ),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """Everything a customer has open in one currency, with one link."""

    kind: ClassVar[Kind] = Kind.REMINDER

    tone: Tone
    """What it says around the list: one of TONES, or another of its kind."""
    customer_name: str
    pay_by: date
    invoices: tuple[OpenInvoice, ...]
    """What it asks for."""
    total_minor: int
    currency: str
    pay_url: str | None
    later: tuple[OpenInvoice, ...] = ()
    """What is open and not due yet, in no total."""
    questions: tuple[str, ...] = ()
    """What we would like to know, answered on the customer's page."""


@dataclass(frozen=True, kw_only=True)
class ArrangementNotice:
    """What was arranged about a debt: a promise, a payment plan, an objection; in the customer's language already."""

    kind: ClassVar[Kind] = Kind.ARRANGEMENT

    subject: str
    customer_name: str
    said: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    pay_url: str | None


Content = (
    InvoiceNotice
    | ReceiptNotice
    | RefundNotice
    | DebitNotice
    | ConfirmationNotice
    | Reminder
    | ReversalNotice
    | ChargebackNotice
    | ChargebackOutcome
    | WeeklyReport
    | LimitationAlarm
    | ArrangementNotice
)


# The alphabet of text messages, and what costs two places in it. Source: 3GPP TS 23.038, 6.2.1.
_ALPHABET = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWO_PLACES = set("^{}\\[~]|€")
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "œ": "oe", "Œ": "OE"})


def segments(text: str) -> int:
    """Return how many text messages this is charged as: 160 places in their own alphabet (153 each where there are
    several), 70 (67) where a single character lies outside it. Source: 3GPP TS 23.038 and TS 23.040."""
    if set(text) <= _ALPHABET | _TWO_PLACES:
        alone, each, places = 160, 153, len(text) + sum(character in _TWO_PLACES for character in text)
    else:
        alone, each, places = 70, 67, len(text.encode("utf-16-be")) // 2
    return 1 if places <= alone else -(-places // each)


def short(text: str) -> str:
    """Return a text as it is sent: without the marks that would make it dearer, where leaving them out makes it
    cheaper. Every kind of space is one."""
    spaced = " ".join(text.split())
    bare = "".join(
        character if character in _ALPHABET | _TWO_PLACES else unicodedata.normalize("NFKD", character)[0]
        for character in spaced.translate(_PLAIN)
    )
    return bare if segments(bare) < segments(spaced) else spaced


def wait_before(attempt: int) -> timedelta:
    """Return how long to wait before this attempt (2, 3, ...): 4 s, 16 s, 64 s ... 4.5 h; six hours in all."""
    return timedelta(seconds=4 ** (attempt - 1))
