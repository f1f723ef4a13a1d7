"""Ten thousand customers who are late at once: planned by one statement after another, then written to, one by one."""

from __future__ import annotations

import time
from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.core import clock
from server.core.database import transaction
from server.dunning import operations, queries
from server.dunning.models import Case
from server.invoices.models import Invoice
from tests import quebec
from tests.benchmarks.bench import Bench, say

DUE = 10_000
# A ledger account's id is a number; these begin beyond what a bench's books use.
_COPIES = """
INSERT INTO customers SELECT (jsonb_populate_record(c, jsonb_build_object('id', 'cus_b' || n))).*
  FROM customers c, generate_series(1, :many) n WHERE c.id = :customer;
INSERT INTO invoices SELECT (jsonb_populate_record(i, jsonb_build_object(
    'id', 'inv_b' || n, 'number', 'B-' || n, 'customer_id', 'cus_b' || n, 'kind', 'deposit', 'stage', n))).*
  FROM invoices i, generate_series(1, :many) n WHERE i.id = :invoice;
INSERT INTO ledger_accounts (id, kind, owner, currency) OVERRIDING SYSTEM VALUE
  SELECT 10000000 + n, a.kind, 'inv_b' || n, a.currency FROM ledger_accounts a, generate_series(1, :many) n
  WHERE a.kind = 'receivable' AND a.owner = :invoice;
INSERT INTO ledger_transfers (entry_id, debit_account_id, credit_account_id, amount_minor, currency)
  SELECT t.entry_id, 10000000 + n, t.credit_account_id, t.amount_minor, t.currency FROM ledger_transfers t
  JOIN ledger_accounts a ON a.id = t.debit_account_id, generate_series(1, :many) n
  WHERE a.kind = 'receivable' AND a.owner = :invoice
"""


def late_customers(session: Session, invoice: Invoice, many: int) -> None:
    """Copy an invoice and its customer that many times, with what the books say of it."""
    named = {"many": many, "invoice": invoice.id, "customer": invoice.customer_id}
    for statement in _COPIES.split(";"):
        session.execute(text(statement), named)
    session.execute(text("ANALYZE"))


def chase(bench: Bench) -> None:
    """Plan what is due of ten thousand, and write a tenth of it with one worker."""
    invoice = bench.shop.invoice()
    with transaction() as session:
        quebec.start_chasing(session, now=clock.now())
        late_customers(session, invoice, DUE)
    now = clock.now() + timedelta(days=36)
    with transaction() as session:
        today = queries.today_of(session, now=now)
        started = time.perf_counter()
        found = operations.plan(session, today=today, now=now)
        took = time.perf_counter() - started
    due = sum(look.reason is None for look in found)
    say(f"plan {due:,} due cases, opened in the same run (aim: 2 s)", f"{took:.1f} s")
    with transaction() as session:
        started = time.perf_counter()
        operations.plan(session, today=today, now=now)
        say("  the same again, the cases being open", f"{time.perf_counter() - started:.1f} s")
        case_ids = list(session.scalars(select(Case.id).limit(DUE // 20)))
    started = time.perf_counter()
    for case_id in case_ids:
        with transaction() as session:
            operations.take_step(session, case_id=case_id, now=now)
    each = (time.perf_counter() - started) / len(case_ids)
    say("render and queue 10,000 mails with statements, one worker (aim: 30 s)", f"{each * 10_000:.0f} s")
