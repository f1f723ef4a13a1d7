"""A mail server that keeps what it gets and refuses what it is told to refuse."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from server.core import config, embedded
from server.messages.rules import (
    TONES,
    ConfirmationNotice,
    DebitNotice,
    InvoiceNotice,
    OpenInvoice,
    ReceiptNotice,
    RefundNotice,
    Reminder,
    Sender,
)

NOW = datetime(2026, 12, 1, 20, 4, tzinfo=UTC)
PAY_URL = "https://pay.example.com/p/8vXyQm3kTTu0bQyS2pWc1A"
SENDER = Sender(
    name="Plomberie Tremblay & fils",
    email="bureau@tremblay.example",
    phone="514 555-0142",
    address=("1200, rue Saint-Denis", "Montréal (Québec) H2X 3J6"),
)
INVOICE = InvoiceNotice(
    number="2026-000042",
    customer_name="Marie Gagnon",
    total_minor=163380,
    balance_minor=153380,
    currency="CAD",
    service_on=date(2026, 11, 30),
    due_on=date(2026, 12, 31),
    pay_url=PAY_URL,
)
RECEIPT = ReceiptNotice(
    subject="Reçu de la facture 2026-000042 de Plomberie Tremblay & fils",
    customer_name="Marie Gagnon",
    said="Nous avons reçu 100,00 $. Merci.",
    sections=(
        (None, (("Facture", "2026-000042"), ("Mode de paiement", "Carte"))),
        ("Carte", (("Carte", "Visa •••• 4242"), ("AID", "A0000000031010"))),
    ),
    page_url="https://pay.example.com/r/k3v2",
    pay_url=PAY_URL,
)
REFUND = RefundNotice(
    subject="Remboursement de la facture 2026-000042 de Plomberie Tremblay & fils",
    customer_name="Marie Gagnon",
    said="Nous vous avons remboursé 100,00 $.",
    sections=((None, (("Facture", "2026-000042"),)),),
    page_url="https://pay.example.com/r/m9x1",
    pay_url=PAY_URL,
)
CONFIRMATION = ConfirmationNotice(
    number="2026-000042",
    customer_name="Marie Gagnon",
    amount_minor=10000,
    balance_minor=153380,
    currency="CAD",
    card_brand="visa",
    card_last4="4242",
    pay_url=PAY_URL,
)
DEBIT = DebitNotice(
    number="2026-000042",
    customer_name="Marie Gagnon",
    amount_minor=10000,
    balance_minor=153380,
    currency="CAD",
    pay_url=PAY_URL,
)
REMINDER = Reminder(
    tone=TONES["reminder_1"],
    pay_by=date(2027, 1, 16),
    customer_name="Marie Gagnon",
    invoices=(OpenInvoice(number="2026-000042", due_on=date(2026, 12, 31), days_late=6, balance_minor=153380),),
    later=(OpenInvoice(number="2026-000051", due_on=date(2027, 1, 20), days_late=0, balance_minor=8000),),
    total_minor=153380,
    currency="CAD",
    pay_url=PAY_URL,
)


@dataclass
class MailServer:
    """An SMTP server; `replies` are its next answers to a recipient or to a text, by command."""

    replies: dict[str, list[str]] = field(default_factory=lambda: {"RCPT": [], "DATA": []})
    received: list[EmailMessage] = field(default_factory=list)
    on_data: Callable[[SMTP], Awaitable[str]] | None = None
    reached: threading.Event = field(default_factory=threading.Event)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer to a recipient."""
        if self.replies["RCPT"]:
            return self.replies["RCPT"].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer to a text, which is kept unless it is refused."""
        self.reached.set()
        if self.on_data is not None:
            return await self.on_data(server)
        if self.replies["DATA"]:
            return self.replies["DATA"].pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.received.append(BytesParser(EmailMessage, policy=default).parsebytes(content))
        return "250 OK"


@pytest.fixture
def mail_server(product: config.Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """The mail server this process is configured to send through."""
    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=embedded.free_port())
    controller.start()
    monkeypatch.setenv("FIELDPAY_SMTP_URL", f"smtp://127.0.0.1:{controller.port}")
    monkeypatch.setenv("FIELDPAY_MAIL_FROM", "Fieldpay <no-reply@fieldpay.example>")
    config.current.cache_clear()
    yield server
    controller.stop()
