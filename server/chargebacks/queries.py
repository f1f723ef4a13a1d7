"""Questions about chargebacks and their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from server.chargebacks import rules
from server.chargebacks.models import Chargeback, ChargebackMove, EvidenceFile
from server.chargebacks.rules import ANSWERABLE, AT_THE_BANK, CLOSED
from server.core import words
from server.core.errors import NotFound
from server.invoices.models import Invoice
from server.payments.models import Payment
from server.payments.queries import payments


class NoSuchChargeback(NotFound):
    """There is no such chargeback."""

    code = "chargeback_not_found"


class NoSuchEvidence(NotFound):
    """This chargeback has no such file."""

    code = "evidence_not_found"


def chargebacks_statement(*, is_open: bool | None = None, invoice_id: str | None = None) -> Select[Chargeback]:
    """Return the statement that lists chargebacks; `is_open` are those the bank has not decided."""
    statement = select(Chargeback)
    if is_open is not None:
        statement = statement.where(Chargeback.status.in_(CLOSED) != is_open)
    if invoice_id is not None:
        concerned = select(Payment.id).where(payments.covering([invoice_id]))
        statement = statement.where(Chargeback.payment_id.in_(concerned))
    return statement


def get_chargeback(session: Session, chargeback_id: str, *, lock: bool = False) -> Chargeback:
    """Return a chargeback, locked until the transaction ends where asked. Raises NoSuchChargeback."""
    found = session.get(Chargeback, chargeback_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NoSuchChargeback
    return found


def list_at_the_bank(session: Session, payment_ids: Sequence[str]) -> set[str]:
    """Return those of these payments that a bank has taken back: they cannot be given back as well."""
    statement = select(Chargeback.payment_id).where(
        Chargeback.payment_id.in_(payment_ids), Chargeback.status.in_(AT_THE_BANK)
    )
    return set(session.scalars(statement))


def reopened_minor(session: Session, payment_ids: Sequence[str]) -> dict[str, int]:
    """Return what is owed again of each of these payments since a bank kept it, in minor units."""
    statement = select(Chargeback.payment_id, func.sum(Chargeback.reopened_minor))
    rows = session.execute(statement.where(Chargeback.payment_id.in_(payment_ids)).group_by(Chargeback.payment_id))
    return {payment_id: int(minor) for payment_id, minor in rows}


def list_moves(session: Session, chargeback_id: str) -> list[ChargebackMove]:
    """Return the money a chargeback moved, the oldest first."""
    statement = select(ChargebackMove).where(ChargebackMove.chargeback_id == chargeback_id)
    return list(session.scalars(statement.order_by(ChargebackMove.happened_at, ChargebackMove.id)))


def withdrawn_minor(session: Session, chargeback_ids: Sequence[str]) -> dict[str, int]:
    """Return what banks hold by each of these chargebacks: taken, less given back, in minor units."""
    statement = select(ChargebackMove.chargeback_id, -func.sum(ChargebackMove.amount_minor))
    rows = session.execute(
        statement.where(ChargebackMove.chargeback_id.in_(chargeback_ids)).group_by(ChargebackMove.chargeback_id)
    )
    return {chargeback_id: int(minor) for chargeback_id, minor in rows}


def list_evidence(session: Session, chargeback_id: str) -> list[EvidenceFile]:
    """Return the files of a chargeback, without their content, in the order of their weight."""
    found = session.scalars(select(EvidenceFile).where(EvidenceFile.chargeback_id == chargeback_id))
    order = list(rules.Slot)
    return sorted(found, key=lambda file: order.index(file.slot))


def get_evidence(session: Session, chargeback_id: str, file_id: str) -> tuple[EvidenceFile, bytes]:
    """Return a file of a chargeback, with its content exactly as it was sent. Raises NoSuchEvidence."""
    mine = (EvidenceFile.id == file_id, EvidenceFile.chargeback_id == chargeback_id)
    found = session.execute(select(EvidenceFile, EvidenceFile.content).where(*mine)).one_or_none()
    if found is None:
        raise NoSuchEvidence
    return found[0], found[1]


def list_outstanding(session: Session) -> list[str]:
    """Return the chargebacks about which something is to be done at Stripe: evidence to lay down or hand in, or to
    give in."""
    asked = Chargeback.acceptance_asked_at.is_not(None) | Chargeback.submission_asked_at.is_not(None)
    statement = select(Chargeback.id).where(Chargeback.status.in_(ANSWERABLE), Chargeback.staged_at.is_(None) | asked)
    return list(session.scalars(statement.order_by(Chargeback.evidence_due_at)))


def list_alarming(session: Session, *, now: datetime) -> list[str]:
    """Return the chargebacks to which the bank has no answer although the time for it ends soon, not told of before."""
    statement = select(Chargeback).where(Chargeback.status.in_(ANSWERABLE), Chargeback.alarmed_at.is_(None))
    return [found.id for found in session.scalars(statement) if is_alarming(found, now=now)]


def is_alarming(chargeback: Chargeback, *, now: datetime) -> bool:
    """Say whether somebody must decide about a chargeback now."""
    return rules.alarm_due(
        chargeback.status,
        chargeback.evidence_due_at,
        accepted=chargeback.acceptance_asked_at is not None,
        submitted_at=chargeback.submission_asked_at,
        now=now,
    )


def list_to_answer(session: Session) -> list[Chargeback]:
    """Return the chargebacks nobody has answered yet, the most urgent first."""
    statement = select(Chargeback).where(
        Chargeback.status.in_(ANSWERABLE),
        Chargeback.submission_asked_at.is_(None),
        Chargeback.acceptance_asked_at.is_(None),
    )
    return list(session.scalars(statement.order_by(Chargeback.evidence_due_at, Chargeback.id)))


def sheets(session: Session, found: Sequence[Chargeback], *, locale: str) -> list[dict[str, Any]]:
    """Return chargebacks as the wire has them: whose payment, why in words, what the bank holds; and the `language` of
    their evidence, which is the customer's."""
    held = withdrawn_minor(session, [chargeback.id for chargeback in found])
    wanted = select(Payment).where(Payment.id.in_({chargeback.payment_id for chargeback in found}))
    paid = {payment.id: payment.lead_id for payment in session.scalars(wanted)}
    leads = select(Invoice).where(Invoice.id.in_(set(paid.values())))
    invoices = {invoice.id: invoice for invoice in session.scalars(leads)}
    sheets = []
    for chargeback in found:
        invoice = invoices[paid[chargeback.payment_id]]
        columns = {column.key: getattr(chargeback, column.key) for column in Chargeback.__table__.columns}
        sheets.append(
            {
                **columns,
                "reason_words": words.say(locale, rules.reason_words(chargeback.reason)),
                "held_minor": held.get(chargeback.id, 0) - chargeback.reopened_minor,
                "invoice_id": invoice.id,
                "invoice_number": invoice.number,
                "customer_name": invoice.buyer["name"],
                "language": invoice.language,
            }
        )
    return sheets


def get_sheet(session: Session, chargeback_id: str, *, locale: str) -> dict[str, Any]:
    """Return a chargeback as the wire has it, with its evidence. Raises NoSuchChargeback."""
    chargeback = get_chargeback(session, chargeback_id)
    files = list_evidence(session, chargeback_id)
    return {**sheets(session, [chargeback], locale=locale)[0], "files": files, "texts": chargeback.texts or {}}
