"""Questions about what is written off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.core.errors import NotFound
from server.customers.models import Customer
from server.invoices.models import Invoice
from server.write_offs.models import Line, WriteOff
from server.write_offs.rules import Status


class NoSuchWriteOff(NotFound):
    """There is no such write-off."""

    code = "write_off_not_found"


def get_write_off(session: Session, write_off_id: str, *, lock: bool = False) -> WriteOff:
    """Return a write-off, locked where asked. Raises NoSuchWriteOff."""
    found = session.get(WriteOff, write_off_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NoSuchWriteOff
    return found


def find_asked(session: Session, *, customer_id: str, currency: str) -> WriteOff | None:
    """Return the write-off of a customer's debts in a currency that waits for a second person, or None."""
    waiting = select(WriteOff).where(
        WriteOff.customer_id == customer_id, WriteOff.currency == currency, WriteOff.status == Status.ASKED
    )
    return session.scalars(waiting).one_or_none()


def write_offs_statement(*, customer_id: str | None = None, status: str | None = None) -> Select[WriteOff]:
    """Return the statement that lists write-offs."""
    wanted = select(WriteOff)
    if customer_id is not None:
        wanted = wanted.where(WriteOff.customer_id == customer_id)
    return wanted if status is None else wanted.where(WriteOff.status == Status(status))


def sheets(session: Session, found: Sequence[WriteOff]) -> list[dict[str, Any]]:
    """Return write-offs as the wire shows them, with names and invoice numbers; three queries however many."""
    ids = [write_off.id for write_off in found]
    customers = {write_off.customer_id for write_off in found}
    named = session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(customers)))
    names = {row.id: row.name for row in named}
    numbered = select(Invoice.id, Invoice.number).join(Line, Line.invoice_id == Invoice.id)
    numbers = {row.id: row.number for row in session.execute(numbered.where(Line.write_off_id.in_(ids)))}
    return [
        {
            **{column.key: getattr(write_off, column.key) for column in WriteOff.__table__.columns},
            "customer_name": names[write_off.customer_id],
            "amount_minor": write_off.amount_minor,
            "lines": [
                {
                    "invoice_id": line.invoice_id,
                    "invoice_number": numbers[line.invoice_id],
                    "amount_minor": line.amount_minor,
                    "reinstated_at": line.reinstated_at,
                }
                for line in write_off.lines
            ],
        }
        for write_off in found
    ]
