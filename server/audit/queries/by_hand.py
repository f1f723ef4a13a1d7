"""The truths of money by hand: cheques are where the books say, lines of statements became what they say."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from server.audit.rules import Check, Finding, amount

_CHEQUES = """
WITH books AS (
    SELECT a.owner, a.currency,
           sum(CASE WHEN t.debit_account_id = a.id THEN t.amount_minor ELSE -t.amount_minor END)::bigint AS minor
    FROM ledger_accounts a JOIN ledger_transfers t ON a.id IN (t.debit_account_id, t.credit_account_id)
    WHERE a.kind = 'cheques' AND a.owner <> ''
    GROUP BY a.owner, a.currency
), held AS (
    SELECT held_by, currency, sum(amount_minor)::bigint AS minor FROM payments
    WHERE method = 'cheque' AND status = 'succeeded' AND held_by <> '' AND reversed_at IS NULL AND banked_at IS NULL
    GROUP BY held_by, currency
)
SELECT coalesce(b.owner, h.held_by) AS owner, coalesce(b.currency, h.currency) AS currency,
       coalesce(b.minor, 0) AS booked_minor, coalesce(h.minor, 0) AS held_minor
FROM books b FULL JOIN held h ON h.held_by = b.owner AND h.currency = b.currency
WHERE coalesce(b.minor, 0) <> coalesce(h.minor, 0)
ORDER BY 1
"""
_LINES = """
SELECT l.id, l.status FROM bank_lines l LEFT JOIN payments p ON p.id = l.payment_id
WHERE l.status = 'matched' AND (p.status, p.amount_minor, p.currency) <> ('succeeded', l.amount_minor, l.currency)
   OR l.status = 'reversed' AND (p.reversed_at IS NULL OR p.amount_minor <> l.amount_minor)
   OR l.status = 'credited' AND NOT EXISTS (
        SELECT FROM ledger_entries e WHERE e.about = l.id AND e.reason = 'transfer_credited')
ORDER BY l.id
"""


def list_wrong_by_hand(session: Session) -> list[Finding]:
    """Return technicians whose cheques are not what the books say, and lines of statements whose money is not."""
    cheques = [
        Finding(
            check=Check.CHEQUES_ARE_HELD,
            subject_id=row.owner,
            expected=amount(row.held_minor, row.currency),
            found=amount(row.booked_minor, row.currency),
        )
        for row in session.execute(text(_CHEQUES))
    ]
    lines = [
        Finding(
            check=Check.BANK_LINE_IN_BOOKS, subject_id=row.id, expected=row.status, found="another payment, or none"
        )
        for row in session.execute(text(_LINES))
    ]
    return cheques + lines
