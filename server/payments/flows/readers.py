"""Ask what readers are doing, and show on them what is to be paid."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

from server.core import words
from server.core.database import InUse, alone, transaction
from server.core.words import msgid as _
from server.gateway import readers
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.gateway.readers import CartLine, ReaderState
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.payments import queries
from server.payments.models import Reader
from server.payments.operations import readers as operations
from server.payments.queries import readers as reader_queries
from server.payments.queries.payments import find_on_intent
from server.payments.rules import OPEN
from server.payments.rules import readers as rules
from server.payments.rules.readers import Doing


def last_seen() -> dict[str, ReaderState]:
    """Return what Stripe says of every reader, by id; nothing when it does not answer soon: it is a hint."""
    try:
        return readers.list_all()
    except (Refused, NotNow, OutcomeUnknown):
        return {}


def check_reader(*, reader_id: str) -> tuple[Doing, ReaderState | None]:
    """Ask Stripe what a reader is doing; the state it told, if it did. Raises NoSuchReader."""
    with transaction() as session:
        queries.get_reader(session, reader_id)
    try:
        state = readers.find(reader_id)
    except (Refused, NotNow, OutcomeUnknown):
        return Doing.UNREACHABLE, None
    if state is None:
        return Doing.GONE, None
    with transaction() as session:
        payment = find_on_intent(session, state.action_intent_id)
    doing = rules.doing(
        action_type=state.action_type,
        action_status=state.action_status,
        online=state.online,
        payment_is_open=payment.status in OPEN if payment else None,
    )
    return doing, state


def show_lines(
    *, reader_id: str, invoice_id: str, by: str, technician_id: str | None, fence: int | None = None, now: datetime
) -> Reader:
    """Show on a reader what an invoice asks for, and hold the reader.

    Stripe would replace a payment that waits for a card without a word, so none may be under way: one command at a
    time goes to a reader, and each looks first. Raises NoSuchInvoice, NoSuchReader, ReaderHeld, ReaderTaken,
    ReaderInUse, InUse, Refused, NotNow, OutcomeUnknown.
    """
    with transaction() as session:
        invoice = invoices.get_invoice(session, invoice_id, technician_id=technician_id)
        queries.get_reader(session, reader_id)
        if reader_queries.is_collecting(session, reader_id):
            raise operations.ReaderInUse
        balance_minor = invoices.balance_of(session, invoice)
    with alone(rules.lane(reader_id)):
        with transaction() as session:
            reader = operations.take_reader(session, reader_id=reader_id, by=by, fence=fence, now=now)
            if reader_queries.is_collecting(session, reader_id):
                raise operations.ReaderInUse
        state = readers.find(reader_id)
        if state and state.action_status == "in_progress" and state.action_type != "set_reader_display":
            raise operations.ReaderInUse
        readers.show(reader_id, **_cart(invoice, balance_minor=balance_minor))
    return reader


def _cart(invoice: Invoice, *, balance_minor: int) -> dict[str, Any]:
    """Return what is shown: every line, or the balance alone once a part is paid."""
    if balance_minor == invoice.total_minor:
        lines = [CartLine(_in_words(line, invoice.language), line["amount_minor"]) for line in invoice.lines]
        tax_minor = invoice.total_minor - invoice.subtotal_minor
    else:
        rest = words.say(invoice.language, _("Balance of invoice %(number)s"), number=invoice.number)
        lines, tax_minor = [CartLine(rest, balance_minor)], 0
    return {"lines": lines, "tax_minor": tax_minor, "total_minor": balance_minor, "currency": invoice.currency}


def _in_words(line: dict[str, Any], language: str) -> str:
    """Return a line as a reader can show it: it counts in whole numbers alone, so the quantity is said."""
    quantity = Decimal(line["quantity"])
    said: str = line["description"]
    return said if quantity == 1 else f"{words.number(quantity, language)} × {said}"


def let_go(*, reader_id: str, by: str, is_office: bool, now: datetime) -> Reader:
    """Free a reader, and clear the lines it shows. Raises NoSuchReader, ReaderHeld."""
    with transaction() as session:
        freed = operations.free_reader(session, reader_id=reader_id, by=by, is_office=is_office, now=now)
    # The lines are a courtesy: a reader that cannot be reached keeps them until its next payment.
    with suppress(InUse, Refused, NotNow, OutcomeUnknown), alone(rules.lane(reader_id)):
        state = readers.find(reader_id)
        if state and state.action_type == "set_reader_display":
            readers.cancel(reader_id)
    return freed
