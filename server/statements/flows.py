"""Take statements in, then close the pages on which the same money could still be paid."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime

from server.core.database import alone, transaction
from server.core.errors import Problem
from server.payments import flows as payments
from server.payments import queries as payment_queries
from server.payments.models import Payment
from server.statements import operations, rules
from server.statements.models import BankLine, BankStatement
from server.statements.rules import LineStatus, ReadStatement


def take_in(
    *, content: str | bytes, currency: str, imported_by: str, now: datetime
) -> tuple[list[BankStatement], list[BankLine]]:
    """Take in a file: camt.053, which says its accounts, or CSV of the account in `currency`. Every statement of it,
    or none. Returns the statements with their new lines; a file that was taken in before adds none.

    One file at a time: what returns of it touch is of any customers, in the order of its lines. Raises
    StatementUnreadable, StatementCurrencyMixed, InUse, and what operations.take_in raises.
    """
    found = read(content, currency=currency)
    statements, fresh = [], []
    with alone("bank_statements"), transaction() as session:
        for each in found:
            statement, lines = operations.take_in(session, read=each, imported_by=imported_by, now=now)
            statements.append(statement)
            fresh += lines
        matched = [line.payment_id for line in fresh if line.status is LineStatus.MATCHED and line.payment_id]
        paid = {invoice_id for each in matched for invoice_id in payment_queries.get_payment(session, each).parts}
    _close_pages(paid, now=now)
    return statements, fresh


def read(content: str | bytes, *, currency: str) -> list[ReadStatement]:
    """Return the statements of a file, by what it looks like. Raises StatementUnreadable, StatementCurrencyMixed."""
    start = content[:200] if isinstance(content, str) else content[:200].decode("latin-1")
    if start.lstrip("\ufeff\u00ef\u00bb\u00bf \r\n\t").startswith("<"):
        return sorted(rules.read_camt(content), key=lambda each: each.currency)
    return [rules.read_csv(content, currency=currency)]


def assign(*, line_id: str, invoice_ids: Collection[str], decided_by: str, now: datetime) -> BankLine:
    """Count a line that waits for these invoices. Raises what operations.assign raises."""
    with transaction() as session:
        line, payment = operations.assign(
            session, line_id=line_id, invoice_ids=invoice_ids, decided_by=decided_by, now=now
        )
    _close_pages(payment.parts, now=now)
    return line


def _close_pages(invoice_ids: Collection[str], *, now: datetime) -> None:
    """Give up the pages customers have open for money that has come: should one be paid all the same, it is credit."""
    if not invoice_ids:
        return
    with transaction() as session:
        pages: list[Payment] = payment_queries.list_open_checkouts(session, *invoice_ids)
    for page in pages:
        with suppress(Problem):
            payments.cancel(payment_id=page.id, now=now)
