"""What customers objected to on any day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from server.reports.rules import Owed

_DISPUTED = text("""
    SELECT d.invoice_id, i.currency, i.due_on, d.amount_minor, (
        SELECT coalesce(sum(CASE WHEN t.debit_account_id = a.id THEN t.amount_minor ELSE -t.amount_minor END), 0)
        FROM ledger_accounts a JOIN ledger_transfers t ON t.debit_account_id = a.id OR t.credit_account_id = a.id
        JOIN ledger_entries e ON e.id = t.entry_id AND e.happened_at < :until
        WHERE a.kind = 'receivable' AND a.owner = i.id
    ) AS balance_minor
    FROM disputes d JOIN invoices i ON i.id = d.invoice_id
    WHERE d.opened_at < :until AND (d.decided_at IS NULL OR d.decided_at >= :until)
""")


def list_disputed(session: Session, *, until: datetime) -> dict[str, Owed]:
    """Return what was objected to and not decided at a moment, by invoice: never more than the invoice owed then."""
    rows = session.execute(_DISPUTED, {"until": until})
    found = {
        row.invoice_id: Owed(
            currency=row.currency, due_on=row.due_on, balance_minor=min(row.amount_minor, int(row.balance_minor))
        )
        for row in rows
    }
    return {invoice_id: owed for invoice_id, owed in found.items() if owed.balance_minor > 0}
