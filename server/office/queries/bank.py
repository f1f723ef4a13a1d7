"""What the bank's page shows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.business import queries as business
from server.business.models import Business
from server.invoices.models import Invoice
from server.invoices.queries import NoSuchInvoice
from server.office.queries.rows import ROWS, page_of
from server.statements import queries as statements
from server.statements.models import BankLine, BankStatement
from server.statements.rules import LineStatus

NEWEST = 8


def bank_page(session: Session, *, profile: Business, page: int) -> dict[str, Any]:
    """Return the lines that wait with what is proposed for them, the newest decided ones, statements and accounts."""
    waiting = statements.lines_statement(status=LineStatus.WAITING)
    lines, is_more = page_of(session, waiting.order_by(BankLine.booked_on, BankLine.id), page=page)
    decided = statements.lines_statement().where(BankLine.is_credit, BankLine.status != LineStatus.WAITING)
    taken_in = statements.statements_statement().order_by(BankStatement.created_at.desc())
    kept = list(session.scalars(taken_in.limit(NEWEST)))
    return {
        "lines": statements.line_sheets(session, lines),
        "is_more": is_more,
        "decided": list(session.scalars(decided.order_by(BankLine.created_at.desc()).limit(NEWEST))),
        "statements": statements.statement_sheets(session, kept, time_zone=profile.time_zone),
        "accounts": business.list_bank_accounts(session),
    }


def find_invoice_ids(session: Session, numbers: Collection[str]) -> list[str]:
    """Return the invoices of these numbers. Raises NoSuchInvoice where one is missing."""
    wanted = {number.strip().upper() for number in numbers if number.strip()}
    found = list(session.scalars(select(Invoice.id).where(Invoice.number.in_(wanted)).limit(ROWS)))
    if not wanted or len(found) < len(wanted):
        raise NoSuchInvoice
    return found
