"""Many invoices and payments at once: copies of one that the product made, with what the books say of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from server.core.database import engine

_FIRST = 500_000
_COPY = "INSERT INTO {table} SELECT (jsonb_populate_record(o, {changed})).* FROM originals.{table} o,"
_KEPT = ("jobs", "invoices", "payments", "ledger_entries", "ledger_transfers")
_ISSUED = """
{copy_jobs} {wanted}
  JOIN originals.invoices i ON i.id = w.original WHERE o.id = i.job_id;
{copy_invoices} {wanted}
  WHERE o.id = w.original;
INSERT INTO ledger_accounts (kind, owner, currency)
  SELECT 'receivable', 'inv_y' || n, 'CAD' FROM unnest(CAST(:numbers AS int[])) n;
{copy_entries} unnest(CAST(:numbers AS int[]), CAST(:originals AS text[])) w(n, original)
  WHERE o.about = w.original AND o.reason = 'invoice_issued';
INSERT INTO ledger_transfers (entry_id, debit_account_id, credit_account_id, amount_minor, currency)
  SELECT 'ent_y' || n, a.id, t.credit_account_id, t.amount_minor, t.currency
  FROM unnest(CAST(:numbers AS int[]), CAST(:originals AS text[])) w(n, original)
  JOIN ledger_accounts a ON a.kind = 'receivable' AND a.owner = 'inv_y' || n
  JOIN originals.ledger_entries e ON e.about = w.original AND e.reason = 'invoice_issued'
  JOIN originals.ledger_transfers t ON t.entry_id = e.id
"""
_WANTED_INVOICES = (
    "unnest(CAST(:numbers AS int[]), CAST(:customers AS text[]), CAST(:originals AS text[])) w(n, customer, original)"
)
_WANTED_PAYMENTS = (
    "unnest(CAST(:numbers AS int[]), CAST(:invoices AS text[]), CAST(:minors AS bigint[])) w(n, invoice, minor)"
)
_MOMENT = "'created_at', CAST(:at AS timestamptz)"
_JOB = "jsonb_build_object('id', 'job_y' || n, 'customer_id', customer, 'completion_id', 'cmp_y' || n)"
_INVOICE = (
    "jsonb_build_object('id', 'inv_y' || n, 'job_id', 'job_y' || n, 'number', 'F-' || n, 'customer_id', customer,"
    " 'issued_on', CAST(:on AS date), 'service_on', CAST(:on AS date), 'due_on', CAST(:due AS date), " + _MOMENT + ")"
)
_ENTRY = (
    "jsonb_build_object('id', 'ent_y' || n, 'about', 'inv_y' || n, 'happened_at', CAST(:at AS timestamptz),"
    " 'recorded_at', CAST(:at AS timestamptz))"
)
_PAID = """
{copy_payments} {wanted}
  WHERE o.id = :original;
{copy_entries} unnest(CAST(:numbers AS int[]), CAST(:invoices AS text[])) w(n, invoice)
  WHERE o.reason = 'payment_received' AND o.about = (SELECT invoice_id FROM originals.payments WHERE id = :original);
INSERT INTO ledger_transfers (entry_id, debit_account_id, credit_account_id, amount_minor, currency)
  SELECT 'ent_q' || n, t.debit_account_id, a.id, minor, t.currency
  FROM {wanted}
  JOIN ledger_accounts a ON a.kind = 'receivable' AND a.owner = w.invoice
  JOIN originals.ledger_entries e ON e.about = (SELECT invoice_id FROM originals.payments WHERE id = :original)
    AND e.reason = 'payment_received'
  JOIN originals.ledger_transfers t ON t.entry_id = e.id;
UPDATE invoices SET status = CASE WHEN h.minor <= 0 THEN 'paid' ELSE 'partly_paid' END FROM (
  SELECT a.owner, sum(CASE WHEN t.debit_account_id = a.id THEN t.amount_minor ELSE -t.amount_minor END) AS minor
  FROM ledger_accounts a JOIN ledger_transfers t ON a.id IN (t.debit_account_id, t.credit_account_id)
  WHERE a.kind = 'receivable' AND a.owner = ANY(:invoices) GROUP BY a.owner) h WHERE id = h.owner
"""
_PAYMENT = (
    "jsonb_build_object('id', 'pay_y' || n, 'invoice_id', invoice, 'amount_minor', minor,"
    " 'settled_at', CAST(:at AS timestamptz), " + _MOMENT + ")"
)
_CAME = (
    "jsonb_build_object('id', 'ent_q' || n, 'about', invoice, 'happened_at', CAST(:at AS timestamptz),"
    " 'recorded_at', CAST(:at AS timestamptz))"
)


def _sql(pattern: str, wanted: str, **changed: str) -> list[str]:
    tables = {"jobs": "jobs", "invoices": "invoices", "entries": "ledger_entries", "payments": "payments"}
    copies = {f"copy_{name}": _COPY.format(table=tables[name], changed=how) for name, how in changed.items()}
    return pattern.format(wanted=wanted, **copies).split(";")


_ISSUE = _sql(_ISSUED, _WANTED_INVOICES, jobs=_JOB, invoices=_INVOICE, entries=_ENTRY)
_PAY = _sql(_PAID, _WANTED_PAYMENTS, payments=_PAYMENT, entries=_CAME)


def keep(session: Session) -> None:
    """Keep what there is as it is now: the originals of every copy, whatever becomes of them in the town."""
    session.execute(text("CREATE SCHEMA originals"))
    for table in _KEPT:
        session.execute(text(f"CREATE TABLE originals.{table} AS TABLE {table}"))


def vacuum() -> None:
    """Do what a database does by itself every so often: for one whose year takes minutes it would come too late."""
    with engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))


def issue(session: Session, wanted: Sequence[tuple[int, str, str]], *, on: date, at: datetime) -> None:
    """Issue copies of invoices: each is (number, customer id, id of the original), due in 30 days."""
    numbers, customers, originals = ([each[place] for each in wanted] for place in range(3))
    numbers = [_FIRST + int(number) for number in numbers]
    told: dict[str, Any] = {"numbers": numbers, "customers": customers, "originals": originals}
    for statement in _ISSUE:
        session.execute(text(statement), {**told, "on": on, "due": on + timedelta(days=30), "at": at})


def invoice_id(number: int) -> str:
    """Return the id of a copy."""
    return f"inv_y{_FIRST + number}"


def pay(session: Session, wanted: Sequence[tuple[int, str, int]], *, original: str, at: datetime) -> None:
    """Count copies of a payment: each is (number, invoice id, minor units), at most one an invoice."""
    numbers, invoices, minors = ([each[place] for each in wanted] for place in range(3))
    told: dict[str, Any] = {"numbers": numbers, "invoices": invoices, "minors": minors}
    for statement in _PAY:
        session.execute(text(statement), {**told, "original": original, "at": at})
