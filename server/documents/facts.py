"""What a document says, in plain values: the caller gathers them, `pdf` renders them.

Amounts are whole minor units (`*_minor`) of the document's currency; days and moments are shown as the locale writes
them, moments by the clocks of `time_zone`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

Stroke = Sequence[Sequence[float]]
"""One movement of a finger: points [x, y], y downwards, in the units of the screen it was drawn on."""


@dataclass(frozen=True, kw_only=True)
class Party:
    """A seller or a customer, as printed."""

    name: str
    address: tuple[str, ...] = ()
    email: str | None = None
    phone: str | None = None
    tax_ids: tuple[tuple[str, str], ...] = ()
    """(name, number) of each tax registration: ("TVQ", "1234567890 TQ0001")."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of work or goods."""

    description: str
    quantity: Decimal
    unit_price_minor: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Tax:
    """One tax over everything it applies to."""

    name: str
    rate: Decimal
    """In percent: Decimal("9.975")."""
    amount_minor: int
    number: str | None = None
    """The seller's registration number for this tax."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """What every document says of itself."""

    locale: str
    country: str
    """ISO 3166-1 of the business: CA, US and MX print on Letter, others on A4."""
    time_zone: str
    currency: str
    seller: Party


@dataclass(frozen=True, kw_only=True)
class SwissBill:
    """The payment part of a Swiss QR-bill, as printed."""

    code: str
    """What its QR code says."""
    account: str
    creditor: tuple[str, ...]
    debtor: tuple[str, ...]
    reference: str
    currency: str
    amount: str
    """In the bill's own writing: 1 949.75."""


@dataclass(frozen=True, kw_only=True)
class Deposit:
    """A paid deposit that an invoice takes."""

    number: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class InvoiceFacts(Document):
    """An invoice (features B1)."""

    number: str
    customer: Party
    issued_at: datetime
    issued_on: date
    service_on: date
    due_on: date
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    subtotal_minor: int
    total_minor: int
    paid_minor: int
    balance_minor: int
    terms: str
    taken_off_minor: int = 0
    """What was credited, let go or withdrawn since: owed no more, and paid by nobody."""
    owed_back_minor: int = 0
    """What was refunded of money that never came in the end: owed beside the total."""
    site_address: tuple[str, ...] = ()
    po_number: str | None = None
    pay_url: str | None = None
    """The customer's link; printed as a QR code and in letters while something is owed."""
    deposits: tuple[Deposit, ...] = ()
    """What was paid before the work was done, and counts towards this."""
    note: str | None = None
    """What else must be said: that a deposit bears no tax."""
    cheque_to: str | None = None
    """Whom a cheque is made out to."""
    transfer_to: tuple[tuple[str, str], ...] = ()
    """(label, value) of the bank details: ("IBAN", "FR76 ...")."""
    transfer_code: str | None = None
    """What the EPC QR code says."""
    swiss_bill: SwissBill | None = None


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One clause of the terms."""

    heading: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What is paid before the work is done."""

    label: str
    due: str
    """When, in words."""
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who signed, when and how: strokes or a typed name."""

    signer_name: str
    signed_at: datetime
    device: str
    """What it was signed on, in words: the name of the technician's phone."""
    strokes: tuple[Stroke, ...] = ()
    typed_name: str | None = None
    witness_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class ContractFacts(Document):
    """A contract: the frozen text, and the signature when there is one."""

    contract_id: str
    title: str
    terms_version: int
    customer: Party
    presented_at: datetime
    clauses: tuple[Clause, ...]
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    subtotal_minor: int
    total_minor: int
    document_sha256: str
    stages: tuple[Stage, ...] = ()
    site_address: tuple[str, ...] = ()
    signature: Signature | None = None
    policy_url: str | None = None
    """Where the policy that held on that day is handed over."""


@dataclass(frozen=True, kw_only=True)
class Portion:
    """A part of a sum, under what it is called, in words."""

    label: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class AgreementFacts(Document):
    """An agreement to pay in parts: the frozen text, and the signature when there is one."""

    customer: Party
    offered_at: datetime
    invoices: tuple[Portion, ...]
    parts: tuple[Portion, ...]
    total_minor: int
    clauses: tuple[Clause, ...]
    document_sha256: str
    signature: Signature | None = None


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What somebody was sent."""

    sent_at: datetime
    recipient: str
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class LettersFacts(Document):
    """What a customer was sent about an invoice, the oldest first."""

    invoice_number: str
    customer_name: str
    letters: tuple[Letter, ...]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as it came: a JPEG, PNG or WebP, its size in pixels."""

    content: bytes
    type: str
    """Its media type: image/jpeg."""
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A picture of the work, and what is said of it."""

    picture: Picture
    shows: str
    """What it shows, in words: "Before the work"."""
    taken_at: datetime
    caption: str | None = None


@dataclass(frozen=True, kw_only=True)
class PhotosFacts(Document):
    """Pictures of a job, the first taken first."""

    invoice_number: str
    customer_name: str
    job_title: str
    made_at: datetime
    shots: tuple[Shot, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """Rows of (label, value) under a heading, in words; `is_sum` where the last row is what the others come to."""

    heading: str | None = None
    rows: tuple[tuple[str, str], ...]
    is_sum: bool = False


@dataclass(frozen=True, kw_only=True)
class PolicyFacts(Document):
    """The policy of the house in one version: rows in words, and the hash of the settings they follow from."""

    number: int
    since_at: datetime
    sha256: str
    for_staff: bool
    sections: tuple[Section, ...]


@dataclass(frozen=True, kw_only=True)
class ReceiptFacts(Document):
    """A receipt, or the slip of what did not work; everything is in words already, the same on paper and on a page."""

    title: str
    number: str
    invoice_number: str
    happened_at: datetime
    said: str
    """What happened, in a sentence."""
    is_good: bool
    """Whether what was wanted happened."""
    amount: str
    sections: tuple[Section, ...]
    page_url: str
    """The receipt's own page; printed as a QR code."""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What is open, as it stands on paper: a letter, or the statement that goes with a mail. All of it is words."""

    locale: str
    sender: tuple[str, ...]
    reach: tuple[str, ...]
    """How the sender is reached: telephone, e-mail."""
    recipient: tuple[str, ...]
    day: str
    subject: str
    greeting: str
    opening: str
    head: tuple[str, str, str]
    rows: tuple[tuple[str, str, str], ...]
    """(invoice, due on, balance)."""
    total: tuple[str, str]
    closing: str
    pay_line: str
    pay_url: str | None
    later_head: str = ""
    later: tuple[tuple[str, str, str], ...] = ()
    """What is open and not due yet, in no total."""
