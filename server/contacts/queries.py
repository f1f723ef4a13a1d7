"""What the log says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from server.contacts import rules
from server.contacts.models import LogRow
from server.contacts.rules import Row

_AT_ONCE = 2_000
CONTENT = tuple(column for column in LogRow.__table__.columns if column.key not in {"sequence", "prev_hash", "hash"})


def about_invoice(invoice_id: str, *, customer_id: str, since: datetime) -> Select[LogRow]:
    """Return the statement for what tells of an invoice: by name, or of its customer as a whole since its job began."""
    whole = and_(LogRow.customer_id == customer_id, LogRow.invoice_id.is_(None), LogRow.recorded_at >= since)
    return select(LogRow).where(or_(LogRow.invoice_id == invoice_id, whole)).order_by(LogRow.id)


def log_statement(
    *, customer_id: str | None = None, invoice_id: str | None = None, case_id: str | None = None
) -> Select[LogRow]:
    """Return the statement for rows of a customer, an invoice or a case, the newest first."""
    wanted = select(LogRow).order_by(LogRow.id.desc())
    for column, value in (
        (LogRow.customer_id, customer_id),
        (LogRow.invoice_id, invoice_id),
        (LogRow.case_id, case_id),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return wanted


def get_head(session: Session) -> tuple[int, str]:
    """Return the sequence and the hash of the last sealed row."""
    last = select(LogRow.sequence, LogRow.hash).where(LogRow.sequence.is_not(None)).order_by(LogRow.sequence.desc())
    found = session.execute(last.limit(1)).first()
    return (found[0] or 0, found[1] or "") if found else (0, rules.BEFORE_THE_FIRST)


def list_unsealed(session: Session, *, before: datetime | None = None, limit: int | None = None) -> Sequence[Any]:
    """Return the content of rows that are not in the chain yet; recorded before a moment, where one is told."""
    wanted = select(*CONTENT).where(LogRow.sequence.is_(None)).order_by(LogRow.id).limit(limit)
    if before is not None:
        wanted = wanted.where(LogRow.recorded_at < before)
    return session.execute(wanted).all()


def stream_sealed(session: Session) -> Iterator[Row]:
    """Return the chain from its first row, a few thousand in memory at a time."""
    wanted = select(*LogRow.__table__.columns).where(LogRow.sequence.is_not(None)).order_by(LogRow.sequence)
    with session.execute(wanted.execution_options(yield_per=_AT_ONCE)) as rows:
        for row in rows:
            yield Row(**row._mapping)
