"""Let a debt go, by two people, and take it up again when the customer pays after all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access import queries as access
from server.contacts import operations as contacts
from server.contacts.rules import Kind as LogKind
from server.core import ids
from server.core.errors import Conflict, NotFound, Unacceptable
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.models import Invoice
from server.ledger import operations as ledger
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.payments import queries as payments
from server.payments import rules as payment_rules
from server.payments.models import Payment
from server.write_offs import queries
from server.write_offs.models import Line, WriteOff
from server.write_offs.rules import Status


class WriteOffExists(Conflict):
    """There already is another write-off with this id."""

    code = "write_off_exists"


class WriteOffWaits(Conflict):
    """A write-off of what this customer owes waits for a second person already."""

    code = "write_off_waits"


class NothingToWriteOff(Unacceptable):
    """This customer owes nothing in this currency for work that was done."""

    code = "nothing_to_write_off"


class SecondPersonNeeded(Conflict):
    """Whoever asked for a write-off cannot agree to it: somebody else must."""

    code = "write_off_needs_two"


class WriteOffDecided(Conflict):
    """This write-off was decided already, another way."""

    code = "write_off_decided"


class MoneyUnderWay(Conflict):
    """Money may be on its way for one of these invoices. Cancel the payment, or wait until it ends."""

    code = "money_under_way"


class NotWrittenOff(NotFound):
    """This write-off let nothing go of this invoice."""

    code = "not_written_off"


def ask(
    session: Session, *, write_off_id: str, customer_id: str, currency: str, reason: str, asked_by: str, now: datetime
) -> WriteOff:
    """Ask to let go everything a customer owes in a currency for work that was done.

    Nothing changes until a second person agrees. The same id again is the same. Raises WriteOffExists, WriteOffWaits,
    NothingToWriteOff.
    """
    known = session.get(WriteOff, write_off_id)
    if known is not None:
        if (known.customer_id, known.currency, known.reason) != (customer_id, currency, reason):
            raise WriteOffExists
        return known
    unpaid = [
        invoice.id
        for invoice in invoices.list_unpaid(session, customer_id=customer_id, currency=currency)
        if invoice.kind not in invoice_rules.REQUESTS
    ]
    # In the order of ids, under their locks: of two who ask at once the second sees what the first wrote.
    locked = invoices.lock_invoices(session, unpaid)
    owed = {invoice.id: invoices.balance_of(session, invoice) for invoice in locked}
    if not any(minor > 0 for minor in owed.values()):
        raise NothingToWriteOff
    if queries.find_asked(session, customer_id=customer_id, currency=currency) is not None:
        raise WriteOffWaits
    write_off = WriteOff(
        id=write_off_id,
        customer_id=customer_id,
        currency=currency,
        status=Status.ASKED,
        reason=reason,
        asked_by=asked_by,
        created_at=now,
        lines=[Line(invoice_id=invoice_id, amount_minor=minor) for invoice_id, minor in owed.items() if minor > 0],
    )
    session.add(write_off)
    session.flush()
    _note(session, write_off, LogKind.WRITE_OFF_ASKED, said=reason, by=asked_by, now=now)
    return write_off


def agree(session: Session, *, write_off_id: str, agreed_by: str, now: datetime) -> WriteOff:
    """Let go what was asked, as a second person: at most what each invoice still owes. Told again, it was done once.

    Raises NoSuchWriteOff, WriteOffDecided, SecondPersonNeeded, MoneyUnderWay.
    """
    write_off, locked = _locked(session, write_off_id)
    if write_off.status is Status.BOOKED:
        return write_off
    if write_off.status is not Status.ASKED:
        raise WriteOffDecided
    if access.are_one_person(session, write_off.asked_by, agreed_by):
        raise SecondPersonNeeded
    if _under_way(session, list(locked)):
        raise MoneyUnderWay
    for line in write_off.lines:
        invoice = locked[line.invoice_id]
        line.amount_minor = max(min(line.amount_minor, invoices.balance_of(session, invoice)), 0)
        _post(session, line, invoice, reinstate=False, now=now)
        if line.amount_minor and invoices.balance_of(session, invoice) == 0:
            invoice.status = invoice_rules.Status.WRITTEN_OFF
    write_off.status, write_off.decided_by, write_off.decided_at = Status.BOOKED, agreed_by, now
    session.flush()
    _note(session, write_off, LogKind.WRITE_OFF_AGREED, said=None, by=agreed_by, now=now)
    return write_off


def reject(session: Session, *, write_off_id: str, note: str, rejected_by: str, now: datetime) -> WriteOff:
    """Turn a write-off down, with a word why; whoever asked may take it back so. Told again, it was done once.

    Raises NoSuchWriteOff, WriteOffDecided.
    """
    write_off = queries.get_write_off(session, write_off_id, lock=True)
    if write_off.status is Status.BOOKED:
        raise WriteOffDecided
    if write_off.status is Status.ASKED:
        write_off.status, write_off.note = Status.REJECTED, note
        write_off.decided_by, write_off.decided_at = rejected_by, now
        session.flush()
        _note(session, write_off, LogKind.WRITE_OFF_REJECTED, said=note, by=rejected_by, now=now)
    return write_off


def reinstate(session: Session, *, write_off_id: str, invoice_id: str, reinstated_by: str, now: datetime) -> WriteOff:
    """Let an invoice be owed again, as far as it was let go, because its customer pays after all: then any way of
    paying may take it. Told again, it was done once. Raises NoSuchWriteOff, NotWrittenOff."""
    write_off, locked = _locked(session, write_off_id)
    line = next((line for line in write_off.lines if line.invoice_id == invoice_id), None)
    if line is None or write_off.status is not Status.BOOKED or not line.amount_minor:
        raise NotWrittenOff
    if line.reinstated_at is None:
        line.reinstated_at, line.reinstated_by = now, reinstated_by
        _post(session, line, locked[invoice_id], reinstate=True, now=now)
        invoice_operations.settle_status(session, locked[invoice_id])
        contacts.note(
            session,
            kind=LogKind.WRITE_OFF_TAKEN_UP,
            subject_id=write_off.id,
            customer_id=write_off.customer_id,
            invoice_id=invoice_id,
            by=reinstated_by,
            facts={"amount_minor": line.amount_minor, "currency": write_off.currency},
            now=now,
        )
    return write_off


def _note(session: Session, write_off: WriteOff, kind: LogKind, *, said: str | None, by: str, now: datetime) -> None:
    contacts.note(
        session,
        kind=kind,
        subject_id=write_off.id,
        customer_id=write_off.customer_id,
        by=by,
        facts={"amount_minor": write_off.amount_minor, "currency": write_off.currency, "said": said},
        now=now,
    )


def _locked(session: Session, write_off_id: str) -> tuple[WriteOff, dict[str, Invoice]]:
    """Lock the invoices of a write-off in the order of their ids, then the write-off."""
    lines = queries.get_write_off(session, write_off_id).lines
    locked = invoices.lock_invoices(session, [line.invoice_id for line in lines])
    return queries.get_write_off(session, write_off_id, lock=True), {invoice.id: invoice for invoice in locked}


def _under_way(session: Session, invoice_ids: list[str]) -> bool:
    moving = select(Payment.id).where(Payment.status.in_(payment_rules.OPEN), payments.covering(invoice_ids))
    return session.scalars(moving.limit(1)).first() is not None


def _post(session: Session, line: Line, invoice: Invoice, *, reinstate: bool, now: datetime) -> None:
    owed, lost = (Kind.RECEIVABLE, invoice.id), (Kind.BAD_DEBTS, invoice.id)
    reason = "write_off_reinstated" if reinstate else "write_off"
    ledger.post(
        session,
        entry_id=ids.derived("ent", reason, line.write_off_id, invoice.id),
        reason=reason,
        about=invoice.id,
        currency=invoice.currency,
        moves=[Move(line.amount_minor, debit=owed if reinstate else lost, credit=lost if reinstate else owed)],
        happened_at=now,
        now=now,
    )
