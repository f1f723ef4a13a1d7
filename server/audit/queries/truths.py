"""The truths that the database alone can tell, one statement each however large the tables are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.audit.models import AuditRun
from server.audit.rules import PATIENCE, Check, Finding, amount
from server.invoices.rules import status_of
from server.ledger.models import Entry
from server.payments.models import Payment, Refund
from server.payments.operations import entry_id, refund_entry_ids, reversal_entry_id
from server.payments.rules import BY_CARD, GIVEN_BACK, OPEN, REFUND_UNSURE, UNKNOWN_ALARM_AFTER, Status

_AT_ONCE = 5_000
_CROSSED = """
SELECT t.entry_id, t.currency, d.currency, c.currency FROM ledger_transfers t
LEFT JOIN ledger_accounts d ON d.id = t.debit_account_id
LEFT JOIN ledger_accounts c ON c.id = t.credit_account_id
WHERE d.currency IS DISTINCT FROM t.currency OR c.currency IS DISTINCT FROM t.currency
ORDER BY t.id
"""
_RECEIVABLES = """
WITH moves AS (
    SELECT t.debit_account_id AS account_id, t.amount_minor AS minor, e.reason = 'invoice_issued' AS issues
    FROM ledger_transfers t JOIN ledger_entries e ON e.id = t.entry_id
    UNION ALL
    SELECT credit_account_id, -amount_minor, false FROM ledger_transfers
), books AS (
    SELECT a.owner, a.currency, sum(m.minor)::bigint AS balance_minor,
           coalesce(sum(m.minor) FILTER (WHERE m.issues), 0)::bigint AS issued_minor
    FROM ledger_accounts a JOIN moves m ON m.account_id = a.id
    WHERE a.kind = 'receivable'
    GROUP BY a.id
)
SELECT coalesce(i.id, b.owner) AS id, i.status, i.total_minor, coalesce(i.currency, b.currency) AS currency,
       coalesce(b.issued_minor, 0) AS issued_minor, coalesce(b.balance_minor, 0) AS balance_minor
FROM invoices i FULL JOIN books b ON b.owner = i.id AND b.currency = i.currency
WHERE i.id IS NULL
   OR coalesce(b.issued_minor, 0) <> i.total_minor
   OR coalesce(b.balance_minor, 0) < 0
   OR i.status NOT IN ('void', 'written_off') AND i.status <> CASE
        WHEN coalesce(b.balance_minor, 0) <= 0 THEN 'paid'
        WHEN b.balance_minor >= i.total_minor THEN 'issued'
        ELSE 'partly_paid' END
ORDER BY 1
"""
_ENTRIES = """
SELECT e.id, sum(t.amount_minor)::bigint AS amount_minor, min(t.currency) AS currency
FROM unnest(CAST(:ids AS text[])) wanted(id)
JOIN ledger_entries e ON e.id = wanted.id
JOIN ledger_transfers t ON t.entry_id = e.id
GROUP BY e.id
"""
_UNEVEN = """
SELECT coalesce(e.about, p.invoice_id) FROM
(SELECT about, count(*) AS n FROM ledger_entries WHERE reason = 'payment_received' GROUP BY about) e
FULL JOIN (SELECT invoice_id, count(*) AS n FROM payments WHERE status = 'succeeded' GROUP BY invoice_id) p
ON p.invoice_id = e.about
WHERE e.n IS DISTINCT FROM p.n
"""
_STALE_PAYMENTS = """
SELECT id, status FROM payments
WHERE status = 'unknown' AND coalesce(unknown_since, created_at) < :late
   OR status IN ('created', 'waiting', 'processing', 'unknown') AND next_check_at < :before
ORDER BY id
"""
_STALE_REFUNDS = """
SELECT id, status FROM refunds
WHERE status IN ('created', 'waiting', 'processing', 'unknown') AND next_check_at < :before
ORDER BY id
"""
_GAPS = """
WITH wanted AS (
    SELECT s.prefix || '-' || lpad(n::text, greatest(6, length(n::text)), '0') AS number
    FROM invoice_series s CROSS JOIN LATERAL generate_series(1, s.last_number) n
)
SELECT coalesce(w.number, i.number), w.number IS NOT NULL
FROM wanted w FULL JOIN invoices i ON i.number = w.number
WHERE w.number IS NULL OR i.number IS NULL
ORDER BY 1
"""
_DEPOSITS = """
WITH held AS (
    SELECT a.owner AS job_id, a.currency,
           sum(CASE WHEN t.credit_account_id = a.id THEN t.amount_minor ELSE -t.amount_minor END)::bigint AS minor
    FROM ledger_accounts a JOIN ledger_transfers t ON a.id IN (t.debit_account_id, t.credit_account_id)
    WHERE a.kind = 'deposits' GROUP BY a.id
), asked AS (
    SELECT job_id, sum(total_minor)::bigint AS minor FROM invoices i WHERE kind <> 'final'
    AND NOT EXISTS (SELECT FROM invoices f WHERE f.job_id = i.job_id AND f.kind = 'final') GROUP BY job_id
)
SELECT h.job_id, h.currency, coalesce(a.minor, 0) AS expected_minor, h.minor
FROM held h LEFT JOIN asked a ON a.job_id = h.job_id
WHERE h.minor <> coalesce(a.minor, 0) ORDER BY 1
"""
_TOUCHED = """
SELECT id, document_sha256, encode(sha256(convert_to(text, 'UTF8')), 'hex') FROM contracts
WHERE document_sha256 <> encode(sha256(convert_to(text, 'UTF8')), 'hex')
ORDER BY id
"""
_STUCK_MESSAGES = """
SELECT id, status FROM messages WHERE status IN ('written', 'sending') AND due_at < :before ORDER BY id
"""
_CAPTURED = """
SELECT a.currency,
       sum(CASE WHEN t.debit_account_id = a.id THEN t.amount_minor ELSE -t.amount_minor END)::bigint AS total_minor
FROM ledger_accounts a
JOIN ledger_transfers t ON a.id IN (t.debit_account_id, t.credit_account_id)
JOIN ledger_entries e ON e.id = t.entry_id
WHERE a.kind = 'stripe' AND e.reason IN ('payment_received', 'payment_refunded', 'refund_returned')
GROUP BY a.currency
"""


def list_wrong_in_books(session: Session) -> list[Finding]:
    """Return transfers between currencies, invoices that are not what the ledger says, receivables of no invoice, and
    jobs whose deposits are not held: what was asked for until the work is invoiced, nothing after.

    Debits equal credits by construction: a transfer is one amount with one account on each side.
    """
    crossed = [
        Finding(
            check=Check.TRANSFERS_IN_ONE_CURRENCY,
            subject_id=entry_id,
            expected=f"both accounts in {currency}",
            found=f"{debit}, {credit}",
        )
        for entry_id, currency, debit, credit in session.execute(text(_CROSSED))
    ]
    receivables = [finding for row in session.execute(text(_RECEIVABLES)) for finding in _wrong_of_receivable(row)]
    deposits = [
        Finding(
            check=Check.DEPOSITS_HELD,
            subject_id=job_id,
            expected=amount(expected_minor, currency),
            found=amount(minor, currency),
        )
        for job_id, currency, expected_minor, minor in session.execute(text(_DEPOSITS))
    ]
    return crossed + receivables + deposits


def _wrong_of_receivable(row: Any) -> Iterator[Finding]:
    balance = amount(row.balance_minor, row.currency)
    if row.status is None:
        yield Finding(check=Check.RECEIVABLE_HAS_INVOICE, subject_id=row.id, expected="an invoice", found=balance)
        return
    if row.issued_minor != row.total_minor or row.balance_minor < 0:
        yield Finding(
            check=Check.INVOICE_IN_BOOKS,
            subject_id=row.id,
            expected=amount(row.total_minor, row.currency),
            found=f"{amount(row.issued_minor, row.currency)}, balance {balance}",
        )
    status = status_of(total_minor=row.total_minor, balance_minor=row.balance_minor, before=row.status)
    if row.status != status:
        yield Finding(check=Check.INVOICE_STATUS, subject_id=row.id, expected=status, found=row.status)


def list_wrong_payments(session: Session) -> list[Finding]:
    """Return succeeded payments without exactly their entry, and entries of money without a payment."""
    found, touched = [], set(session.scalars(text(_UNEVEN)))
    succeeded = select(Payment).where(Payment.status == Status.SUCCEEDED).order_by(Payment.id)
    streamed = succeeded.execution_options(yield_per=_AT_ONCE)
    for payments in session.scalars(streamed).partitions():
        entry_ids = {payment.id: entry_id(payment) for payment in payments}
        rows = session.execute(text(_ENTRIES), {"ids": list(entry_ids.values())})
        entries = {row.id: amount(row.amount_minor, row.currency) for row in rows}
        for payment in payments:
            expected, booked = (
                amount(payment.amount_minor + payment.tip_minor, payment.currency),
                entries.get(entry_ids[payment.id]),
            )
            if booked != expected:
                touched.add(payment.invoice_id)
                found.append(
                    Finding(
                        check=Check.PAYMENT_IN_BOOKS,
                        subject_id=payment.id,
                        expected=expected,
                        found=booked or "no entry",
                    )
                )
    return found + _unpaid_entries(session, touched)


def _unpaid_entries(session: Session, invoice_ids: Collection[str]) -> list[Finding]:
    """Return the entries of money about these invoices that no succeeded payment made."""
    about = list(invoice_ids)
    succeeded = select(Payment).where(Payment.invoice_id.in_(about), Payment.status == Status.SUCCEEDED)
    made = {entry_id(payment) for payment in session.scalars(succeeded)}
    received = select(Entry.id).where(Entry.about.in_(about), Entry.reason == "payment_received").order_by(Entry.id)
    return [
        Finding(check=Check.ENTRY_HAS_PAYMENT, subject_id=each, expected="a succeeded payment", found="none")
        for each in session.scalars(received)
        if each not in made
    ]


def list_wrong_reversals(session: Session) -> list[Finding]:
    """Return reversed payments that are not out of the books again, once."""
    found = []
    streamed = select(Payment).where(Payment.reversed_at.is_not(None)).execution_options(yield_per=_AT_ONCE)
    for payments in session.scalars(streamed.order_by(Payment.id)).partitions():
        ids = [reversal_entry_id(payment) for payment in payments]
        booked = {row.id: row.amount_minor for row in session.execute(text(_ENTRIES), {"ids": ids})}
        found += [
            Finding(
                check=Check.REVERSAL_IN_BOOKS,
                subject_id=payment.id,
                expected=amount(payment.amount_minor, payment.currency),
                found=amount(booked.get(reversal_entry_id(payment), 0), payment.currency),
            )
            for payment in payments
            if booked.get(reversal_entry_id(payment)) != payment.amount_minor
        ]
    return found


def list_wrong_refunds(session: Session) -> list[Finding]:
    """Return refunds whose money is not in the books as they stand: gone once, and come back once if they failed."""
    found = []
    streamed = select(Refund).order_by(Refund.id).execution_options(yield_per=_AT_ONCE)
    for refunds in session.scalars(streamed).partitions():
        ids = {refund.id: refund_entry_ids(refund) for refund in refunds}
        rows = session.execute(text(_ENTRIES), {"ids": [entry for pair in ids.values() for entry in pair]})
        booked = {row.id: row.amount_minor for row in rows}
        for refund in refunds:
            gone, returned = (booked.get(entry, 0) for entry in ids[refund.id])
            expected_minor = refund.amount_minor if refund.status in GIVEN_BACK else 0
            if gone - returned != expected_minor:
                found.append(
                    Finding(
                        check=Check.REFUND_IN_BOOKS,
                        subject_id=refund.id,
                        expected=amount(expected_minor, refund.currency),
                        found=amount(gone - returned, refund.currency),
                    )
                )
    return found


def list_unresolved(session: Session, *, now: datetime) -> list[Finding]:
    """Return payments and refunds that should long be resolved, and messages that should long be sent."""
    before = {"before": now - PATIENCE, "late": now - UNKNOWN_ALARM_AFTER}
    payments = [
        Finding(check=Check.PAYMENT_RESOLVED, subject_id=payment_id, expected="an outcome", found=status)
        for payment_id, status in session.execute(text(_STALE_PAYMENTS), before)
    ]
    refunds = [
        Finding(check=Check.REFUND_RESOLVED, subject_id=refund_id, expected="an outcome", found=status)
        for refund_id, status in session.execute(text(_STALE_REFUNDS), before)
    ]
    messages = [
        Finding(check=Check.MESSAGE_ON_ITS_WAY, subject_id=message_id, expected="sent, or given up", found=status)
        for message_id, status in session.execute(text(_STUCK_MESSAGES), before)
    ]
    return payments + refunds + messages


def list_wrong_documents(session: Session) -> list[Finding]:
    """Return gaps and strays in invoice numbers, and contracts whose text is not the one that was hashed."""
    numbers = [
        Finding(
            check=Check.NUMBERS_WITHOUT_GAP,
            subject_id=number,
            expected="an invoice" if in_series else "a number of the series",
            found="none",
        )
        for number, in_series in session.execute(text(_GAPS))
    ]
    contracts = [
        Finding(check=Check.CONTRACT_UNTOUCHED, subject_id=contract_id, expected=kept, found=computed)
        for contract_id, kept, computed in session.execute(text(_TOUCHED))
    ]
    return numbers + contracts


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What we hold of the money that Stripe captured and gave back: succeeded card payments and the attempts still
    open, their refunds that are booked and those still open, and the books' total by currency."""

    payments: Sequence[Payment]
    open_ids: frozenset[str]
    refunds: Sequence[Refund]
    open_refund_ids: frozenset[str]
    totals: dict[str, int]


def get_counted(session: Session) -> Counted:
    """Return our side of what Stripe captured."""
    succeeded = select(Payment).where(Payment.method.in_(BY_CARD), Payment.status == Status.SUCCEEDED)
    still_open = select(Payment.id).where(Payment.method.in_(BY_CARD), Payment.status.in_(OPEN))
    given_back = select(Refund).where(Refund.stripe_refund_id.is_not(None), Refund.status.in_(GIVEN_BACK))
    return Counted(
        payments=session.scalars(succeeded.order_by(Payment.id)).all(),
        open_ids=frozenset(session.scalars(still_open)),
        refunds=session.scalars(given_back.order_by(Refund.id)).all(),
        open_refund_ids=frozenset(session.scalars(select(Refund.id).where(Refund.status.in_(REFUND_UNSURE)))),
        totals={row.currency: row.total_minor for row in session.execute(text(_CAPTURED))},
    )


def find_last(session: Session) -> AuditRun | None:
    """Return the last audit, or None."""
    return session.scalars(select(AuditRun).order_by(AuditRun.ran_at.desc()).limit(1)).one_or_none()
