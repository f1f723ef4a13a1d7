"""Who holds which cash and cheques."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from server.access.models import Staff
from server.cash.models import Banking, HandedCheque, Handover
from server.cash.rules import HandoverStatus
from server.core.errors import NotFound
from server.invoices.models import Invoice
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments.models import Payment
from server.payments.rules import Method, Status

OFFICE = ""


class NoSuchHandover(NotFound):
    """There is no such handover."""

    code = "handover_not_found"


def list_floats(session: Session, *, technician_id: str | None = None) -> list[dict[str, Any]]:
    """Return what everyone holds (or one technician), the office first: cash by currency, what of it waits to be
    countersigned, and the cheques. Technicians who never held anything are left out."""
    cash = ledger.everybodys(session, Kind.CASH)
    cheques: dict[str, list[dict[str, Any]]] = {}
    for cheque in list_cheques(session, technician_id=technician_id):
        cheques.setdefault(cheque["held_by"], []).append(cheque)
    waiting = _waiting(session)
    holders = [technician_id] if technician_id is not None else sorted({OFFICE, *cash, *cheques})
    people = _names(session, holders)
    return [
        {
            "technician_id": holder or None,
            "technician_name": people.get(holder),
            "cash": [
                {"currency": currency, "cash_minor": minor, "waiting_minor": waiting.get((holder, currency), 0)}
                for currency, minor in sorted(cash.get(holder, {}).items())
            ],
            "cheques": cheques.get(holder, []),
        }
        for holder in holders
    ]


def _names(session: Session, staff_ids: Collection[str]) -> dict[str, str]:
    return {person.id: person.name for person in session.scalars(select(Staff).where(Staff.id.in_(staff_ids)))}


def _waiting(session: Session) -> dict[tuple[str, str], int]:
    statement = (
        select(Handover.technician_id, Handover.currency, func.sum(Handover.amount_minor))
        .where(Handover.status == HandoverStatus.WAITING)
        .group_by(Handover.technician_id, Handover.currency)
    )
    return {(holder, currency): int(minor) for holder, currency, minor in session.execute(statement)}


def free_minor(session: Session, technician_id: str, currency: str) -> int:
    """Return the cash of a float that no handover claims yet, in minor units."""
    held_minor = ledger.balance_of(session, Kind.CASH, technician_id, currency)
    return held_minor - _waiting(session).get((technician_id, currency), 0)


def list_cheques(session: Session, *, technician_id: str | None = None) -> list[dict[str, Any]]:
    """Return the cheques that were neither reversed nor paid in, the oldest first, with their invoice; `is_waiting`
    where a handover claims them."""
    claimed = _claimed().subquery()
    statement = (
        select(Payment, Invoice.number, Invoice.buyer, claimed.c.payment_id.is_not(None))
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .outerjoin(claimed, claimed.c.payment_id == Payment.id)
        .where(*_is_a_cheque())
        .order_by(Payment.settled_at, Payment.id)
    )
    if technician_id is not None:
        statement = statement.where(Payment.held_by == technician_id)
    return [
        {
            "payment_id": payment.id,
            "held_by": payment.held_by,
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            "reference": payment.reference,
            "invoice_number": number,
            "customer_name": buyer["name"],
            "received_at": payment.settled_at,
            "is_waiting": is_waiting,
        }
        for payment, number, buyer, is_waiting in session.execute(statement)
    ]


def _is_a_cheque() -> tuple[Any, ...]:
    return (
        Payment.method == Method.CHEQUE,
        Payment.status == Status.SUCCEEDED,
        Payment.reversed_at.is_(None),
        Payment.banked_at.is_(None),
    )


def _claimed() -> Select[str]:
    waiting = select(Handover.id).where(Handover.status == HandoverStatus.WAITING)
    return select(HandedCheque.payment_id).where(HandedCheque.handover_id.in_(waiting))


def lock_cheques(
    session: Session, payment_ids: Collection[str], *, held_by: str, currency: str, unclaimed: bool
) -> list[Payment]:
    """Return those of these cheques that are where `held_by` says, locked in the order of their ids; where
    `unclaimed`, without those that a handover claims."""
    statement = select(Payment).where(
        Payment.id.in_(payment_ids), Payment.held_by == held_by, Payment.currency == currency, *_is_a_cheque()
    )
    if unclaimed:
        statement = statement.where(Payment.id.not_in(_claimed()))
    locked = statement.order_by(Payment.id).with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(locked))


def handovers_statement(*, technician_id: str | None = None, status: str | None = None) -> Select[Handover]:
    """Return the statement that lists handovers."""
    statement = select(Handover)
    if technician_id is not None:
        statement = statement.where(Handover.technician_id == technician_id)
    if status is not None:
        statement = statement.where(Handover.status == HandoverStatus(status))
    return statement


def get_handover_locked(session: Session, handover_id: str) -> Handover:
    """Return a handover, locked until the transaction ends. Raises NoSuchHandover."""
    found = session.get(Handover, handover_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchHandover
    return found


def bankings_statement() -> Select[Banking]:
    """Return the statement that lists what was paid in."""
    return select(Banking)


def handover_sheets(session: Session, found: Sequence[Handover]) -> list[dict[str, Any]]:
    """Return handovers as the wire has them: the technician by name, the cheques by payment with their sum."""
    names = _names(session, {it.technician_id for it in found})
    sums = _sums(session, [cheque.payment_id for it in found for cheque in it.cheques])
    return [
        {
            **{column.key: getattr(it, column.key) for column in Handover.__table__.columns},
            "technician_name": names[it.technician_id],
            "cheques": [cheque.payment_id for cheque in it.cheques],
            "cheques_minor": sum(sums[cheque.payment_id] for cheque in it.cheques),
        }
        for it in found
    ]


def banking_sheets(session: Session, found: Sequence[Banking]) -> list[dict[str, Any]]:
    """Return what was paid in as the wire has it: the cheques by payment with their sum."""
    sums = _sums(session, [cheque.payment_id for it in found for cheque in it.cheques])
    return [
        {
            **{column.key: getattr(it, column.key) for column in Banking.__table__.columns},
            "cheques": [cheque.payment_id for cheque in it.cheques],
            "cheques_minor": sum(sums[cheque.payment_id] for cheque in it.cheques),
        }
        for it in found
    ]


def _sums(session: Session, payment_ids: Sequence[str]) -> dict[str, int]:
    statement = select(Payment.id, Payment.amount_minor).where(Payment.id.in_(payment_ids))
    return {row.id: row.amount_minor for row in session.execute(statement)}
