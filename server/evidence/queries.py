"""What a pack holds, and what the log says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.contacts import queries as contacts
from server.contacts import rules as contact_rules
from server.contacts.models import LogRow
from server.contracts import queries as contracts
from server.core import numbers
from server.core.paging import CursorUnreadable
from server.documents import pdf
from server.evidence import rules
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.models import Invoice
from server.jobs import queries as jobs
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.messages import queries as messages
from server.messages.models import Message
from server.payments import queries as payments
from server.payments.models import Payment, Refund
from server.photos import queries as photos
from server.receipts import operations as receipt_operations
from server.receipts import queries as receipts

# Without what we keep for ourselves, such as when to look again: that changes while nothing happens.
_PAYMENT = (
    "id", "method", "amount_minor", "tip_minor", "currency", "status", "parts", "reference", "settled_at", "taken_by",
    "stripe_intent_id", "stripe_charge_id", "card_brand", "card_last4", "failure_code", "reversed_at",
    "reversal_reason", "created_at",
)  # fmt: skip
_REFUND = (
    "id", "payment_id", "amount_minor", "currency", "status", "reason", "requested_by", "approved_by",
    "stripe_refund_id", "settled_at", "created_at",
)  # fmt: skip


def get_pack(session: Session, invoice_id: str) -> tuple[str, bytes]:
    """Return an invoice's number and its pack of evidence. What is not sealed yet is left out. Raises NoSuchInvoice."""
    invoice = invoices.get_invoice(session, invoice_id)
    log = _log(session, invoice)
    locale = invoice_rules.locale(invoice.language, invoice.seller)
    last = (log[-1].sequence or 0, log[-1].hash or "") if log else None
    files = {
        "README.txt": rules.read_me(locale, number=invoice.number, seller=invoice.seller["name"], last=last),
        f"invoice-{invoice.number}.pdf": invoice_operations.render(invoices.sheets(session, [invoice])[0]),
        "log.jsonl": b"".join(contact_rules.canonical(_columns(row)) + b"\n" for row in log),
        **_contract(session, invoice),
        **_money(session, invoice),
        **_messages(session, invoice),
        **_photos(session, invoice),
    }
    return invoice.number, rules.pack(files)


def _log(session: Session, invoice: Invoice) -> Sequence[LogRow]:
    since = jobs.get_job(session, invoice.job_id).created_at
    about = contacts.about_invoice(invoice.id, customer_id=invoice.customer_id, since=since)
    return session.scalars(about.where(LogRow.sequence.is_not(None)).order_by(None).order_by(LogRow.sequence)).all()


def _columns(row: LogRow) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in LogRow.__table__.columns}


def _contract(session: Session, invoice: Invoice) -> dict[str, bytes]:
    contract = contracts.find_signed(session, invoice.job_id)
    if contract is None:
        return {}
    signed = pdf.contract(contracts.get_facts(session, contract))
    return {"contract.pdf": signed, "contract.txt": contract.text.encode()}


def _money(session: Session, invoice: Invoice) -> dict[str, bytes]:
    """Return the receipts, and the books with payments and refunds as we wrote them down."""
    attempts = payments.list_for_invoices(session, [invoice.id])
    ids = [payment.id for payment in attempts]
    given_back = payments.list_refunds(session, ids)
    books = {
        "balance_minor": invoices.balance_of(session, invoice),
        "currency": invoice.currency,
        "entries": ledger.list_entries(session, Kind.RECEIVABLE, invoice.id),
        "payments": [_named(payment, _PAYMENT) for payment in attempts],
        "refunds": [_named(refund, _REFUND) for refund in given_back],
    }
    printed = {
        f"receipts/{receipt.number}.pdf": receipt_operations.render(receipt)
        for receipt in receipts.list_for_payments(session, ids)
    }
    return {**printed, "books.json": rules.readable(books)}


def _named(row: Payment | Refund, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _messages(session: Session, invoice: Invoice) -> dict[str, bytes]:
    """Return what was written about the invoice, or to its customer as a whole since it was issued, with its files."""
    about = or_(
        Message.invoice_id == invoice.id,
        (Message.invoice_id.is_(None)) & (Message.created_at >= invoice.created_at),
    )
    wanted = select(Message).where(Message.customer_id == invoice.customer_id, about)
    files: dict[str, bytes] = {}
    for number, message in enumerate(session.scalars(wanted.order_by(Message.created_at, Message.id)), start=1):
        name = f"messages/{number:03}-{message.kind}"
        files[f"{name}.json"] = rules.readable(
            {
                "id": message.id,
                "channel": message.channel,
                "status": message.status,
                "recipient": message.recipient,
                "subject": message.subject,
                "text": message.text,
                "created_at": message.created_at,
                "sent_at": message.sent_at,
            }
        )
        for attached in messages.list_files(session, message.id):
            files[f"{name}/{attached.filename}"] = attached.content
    return files


def _photos(session: Session, invoice: Invoice) -> dict[str, bytes]:
    """Return the pictures of the job, the first taken first."""
    taken = photos.list_of_jobs(session, [invoice.job_id])
    return {
        f"photos/{number:03}-{photo.kind}.{photo.filename.rpartition('.')[2]}": photo.content
        for number, photo in enumerate(taken, start=1)
    }


def list_log(session: Session, *, cursor: str | None, limit: int, **about: str | None) -> dict[str, Any]:
    """Return a page of the log, the newest first. Raises CursorUnreadable."""
    wanted = contacts.log_statement(**about)
    if cursor:
        before = numbers.whole(cursor, most=numbers.LARGEST_BIG)
        if before is None:
            raise CursorUnreadable
        wanted = wanted.where(LogRow.id < before)
    rows = session.scalars(wanted.limit(limit + 1)).all()
    return {"items": rows[:limit], "next_cursor": str(rows[limit - 1].id) if len(rows) > limit else None}
