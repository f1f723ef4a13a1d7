"""How debts ended that are owed no more."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from server.dunning.models import Case
from server.dunning.rules import Ending
from server.invoices.models import Invoice
from server.invoices.rules import UNPAID
from server.invoices.rules import Status as InvoiceStatus
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


def endings(session: Session, case_ids: Collection[str]) -> dict[str, Ending]:
    """Return the ending of those of these cases in which something was let go since they began: `recovered` where it
    was owed again and paid after all. The others are paid."""
    theirs = and_(WriteOff.customer_id == Case.customer_id, WriteOff.currency == Case.currency)
    wanted = (
        select(Case.id, Line.reinstated_at)
        .join(WriteOff, theirs)
        .join(Line, Line.write_off_id == WriteOff.id)
        .where(Case.id.in_(case_ids), WriteOff.status == Status.BOOKED, WriteOff.decided_at >= Case.created_at)
        .where(Line.amount_minor > 0)
    )
    found: dict[str, Ending] = {}
    for case_id, reinstated_at in session.execute(wanted):
        if reinstated_at is None:
            found[case_id] = Ending.WRITTEN_OFF
        else:
            found.setdefault(case_id, Ending.RECOVERED)
    return found
