"""How debts ended that are owed no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from server.core.database import among
from server.dunning import rules
from server.dunning.models import Case, Transition
from server.dunning.rules import Ending, Exit
from server.dunning.rules import Status as CaseStatus
from server.invoices.models import Invoice
from server.invoices.rules import CREDITED, ISSUED, UNPAID
from server.invoices.rules import Status as InvoiceStatus
from server.ledger.models import Account, Entry, Transfer
from server.ledger.rules import Kind as AccountKind
from server.write_offs.models import Line, WriteOff
from server.write_offs.rules import Status


def list_recovered(session: Session) -> list[Case]:
    """Return the cases, locked, that were let go and whose customer paid after all, before they were chased again."""
    owed_again = (
        select(Line.invoice_id)
        .join(WriteOff, WriteOff.id == Line.write_off_id)
        .where(WriteOff.customer_id == Case.customer_id, WriteOff.currency == Case.currency)
        .where(Line.reinstated_at > Case.closed_at)
    )
    paid = exists().where(Invoice.id.in_(owed_again), Invoice.status == InvoiceStatus.PAID)
    unpaid = exists().where(Invoice.id.in_(owed_again), Invoice.status.in_(UNPAID))
    wanted = select(Case).where(Case.closed_because == Ending.WRITTEN_OFF, paid, ~unpaid).order_by(Case.id)
    return list(session.scalars(wanted.with_for_update(skip_locked=True)))


def endings(session: Session, case_ids: Collection[str], *, today: date) -> dict[str, Ending]:
    """Return how each of these cases ended, whose debts are owed no more, by what became of them since it began."""
    let_go, barred = _let_go(session, case_ids), _barred(session, case_ids)
    taken_off = _taken_off(session, case_ids, today=today)
    return {
        case_id: rules.ending(
            paid_minor=taken_off[case_id, False],
            credited_minor=taken_off[case_id, True],
            written_off=let_go.get(case_id) is Ending.WRITTEN_OFF,
            reinstated=case_id in let_go,
            time_barred=case_id in barred,
        )
        for case_id in case_ids
    }


def _taken_off(session: Session, case_ids: Collection[str], *, today: date) -> Counter[tuple[str, bool]]:
    """Return what came off the invoices of each case that were due, as we learnt since it began, less what is owed
    again: by its id, and whether by credit notes or by money, in minor units."""
    is_credit = Entry.reason == CREDITED
    off_minor = case((Transfer.credit_account_id == Account.id, Transfer.amount_minor), else_=-Transfer.amount_minor)
    off = (
        select(Case.id, is_credit, func.sum(off_minor))
        .join(Invoice, and_(Invoice.customer_id == Case.customer_id, Invoice.currency == Case.currency))
        .join(Account, and_(Account.kind == AccountKind.RECEIVABLE, Account.owner == Invoice.id))
        .join(Transfer, or_(Transfer.credit_account_id == Account.id, Transfer.debit_account_id == Account.id))
        .join(Entry, Entry.id == Transfer.entry_id)
        .where(among(Case.id, case_ids), or_(Invoice.due_on < today, Case.status == CaseStatus.PRE_DUE))
        .where(Entry.recorded_at >= Case.created_at, Entry.reason != ISSUED)
        .group_by(Case.id, is_credit)
    )
    found: Counter[tuple[str, bool]] = Counter()
    for case_id, by_credit, minor in session.execute(off):
        found[case_id, by_credit] = int(minor)
    return found


def _barred(session: Session, case_ids: Collection[str]) -> set[str]:
    """Return those of these cases that were let go because they could be sued for no more."""
    so = select(Case.id).join(Transition, and_(Transition.case_id == Case.id, Transition.cycle == Case.cycle))
    return set(session.scalars(so.where(among(Case.id, case_ids), Transition.because == Exit.TIME_BARRED.because)))


def _let_go(session: Session, case_ids: Collection[str]) -> dict[str, Ending]:
    """Return those of these cases in which something was written off since they began: `recovered` where all of it was
    owed again."""
    theirs = and_(WriteOff.customer_id == Case.customer_id, WriteOff.currency == Case.currency)
    wanted = (
        select(Case.id, Line.reinstated_at)
        .join(WriteOff, theirs)
        .join(Line, Line.write_off_id == WriteOff.id)
        .where(among(Case.id, case_ids), WriteOff.status == Status.BOOKED, WriteOff.decided_at >= Case.created_at)
        .where(Line.amount_minor > 0)
    )
    found: dict[str, Ending] = {}
    for case_id, reinstated_at in session.execute(wanted):
        if reinstated_at is None:
            found[case_id] = Ending.WRITTEN_OFF
        else:
            found.setdefault(case_id, Ending.RECOVERED)
    return found
