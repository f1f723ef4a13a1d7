"""Ten thousand customers who are late at once, alone and among many more: planned, written to, counted by age."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text

from server.core import clock
from server.core.database import transaction
from server.documents import pdf
from server.dunning import operations, queries
from server.dunning.models import Case
from server.dunning.operations.steps import AT_ONCE
from server.messages.models import MessageAttachment
from server.reports import queries as reports
from tests import quebec
from tests.benchmarks.bench import Bench, say

DUE = 10_000
ROUNDS = 3
# Copies of an invoice with what the books say of it, each of its own amount; ten to a customer where that is said. What
# stands on paper (seller, lines, taxes) is left out, or a million would be gigabytes that nothing here reads. Ids of
# accounts and transfers are numbers: these begin beyond what a bench's own books use.
_COPIES = """
INSERT INTO customers SELECT made.* FROM customers c, generate_series(:first / :each + 1, :last / :each) n,
  LATERAL jsonb_populate_record(c, jsonb_build_object(
    'id', format('cus_%s_%s', :each, n), 'name', c.name || ' ' || n, 'email', n || '@example.com')) made
  WHERE c.id = :customer ON CONFLICT DO NOTHING;
INSERT INTO invoices SELECT made.* FROM invoices i, generate_series(:first + 1, :last) n,
  LATERAL jsonb_populate_record(i, jsonb_build_object('id', 'inv_b' || n, 'number', 'B-' || n,
    'customer_id', format('cus_%s_%s', :each, (n - 1) / :each + 1), 'kind', 'deposit', 'stage', n,
    'due_on', i.due_on + CAST(:later AS int),
    'total_minor', 10000 + n % 50000, 'seller', '{}'::jsonb, 'lines', '[]'::jsonb, 'taxes', '[]'::jsonb)) made
  WHERE i.id = :invoice;
INSERT INTO ledger_entries SELECT 'ent_b' || n, e.reason, 'inv_b' || n, e.happened_at, e.recorded_at
  FROM ledger_entries e, generate_series(:first + 1, :last) n WHERE e.about = :invoice;
INSERT INTO ledger_accounts (id, kind, owner, currency) OVERRIDING SYSTEM VALUE
  SELECT 10000000 + n, a.kind, 'inv_b' || n, a.currency FROM ledger_accounts a, generate_series(:first + 1, :last) n
  WHERE a.kind = 'receivable' AND a.owner = :invoice;
INSERT INTO ledger_transfers (id, entry_id, debit_account_id, credit_account_id, amount_minor, currency)
  OVERRIDING SYSTEM VALUE SELECT 10000000 + n, 'ent_b' || n, 10000000 + n, a.id, 10000 + n % 50000, a.currency
  FROM ledger_accounts a, generate_series(:first + 1, :last) n WHERE a.kind = 'sales';
INSERT INTO ledger_entries SELECT 'ent_c' || n, 'payment_received', 'inv_b' || n, e.happened_at + interval '30 days',
  e.recorded_at + interval '30 days'
  FROM ledger_entries e, generate_series(:first + 1, :last) n WHERE e.about = :invoice AND n % 3 = 0;
INSERT INTO ledger_transfers (id, entry_id, debit_account_id, credit_account_id, amount_minor, currency)
  OVERRIDING SYSTEM VALUE SELECT 20000000 + n, 'ent_c' || n, a.id, 10000000 + n, 5000, a.currency
  FROM ledger_accounts a, generate_series(:first + 1, :last) n WHERE a.kind = 'sales' AND n % 3 = 0
"""
_AT_ONCE = 50_000


class Crowd:
    """Late customers, and others who owe as well; made once in a run."""

    def __init__(self, bench: Bench) -> None:
        self.invoice = bench.shop.invoice()
        self.size = 0
        with transaction() as session:
            quebec.start_chasing(session, now=clock.now())
        # Nobody is reminded at night, on a Sunday or on a holiday: eleven in the morning of a Tuesday.
        there = (clock.now() + timedelta(days=36)).astimezone(ZoneInfo("America/Toronto"))
        self.now = (there + timedelta(days=(1 - there.weekday()) % 7)).replace(hour=11)
        # A worker has planned before: what is compiled once is no figure of ten thousand.
        with transaction() as session:
            operations.plan(session, today=queries.today_of(session, now=clock.now()), now=clock.now())
        self._grow(DUE, each=1, later=0)

    def grow(self, size: int) -> None:
        """Let others owe until so many invoices are open; none of theirs falls due for months."""
        self._grow(size, each=10, later=200)

    def _grow(self, size: int, *, each: int, later: int) -> None:
        for first in range(self.size, size, _AT_ONCE):
            named = {"customer": self.invoice.customer_id, "invoice": self.invoice.id, "each": each, "later": later}
            span = {"first": first, "last": min(first + _AT_ONCE, size)}
            with transaction() as session:
                # These rows follow from some that were checked.
                session.execute(text("SET LOCAL session_replication_role = replica"))
                for statement in _COPIES.split(";"):
                    session.execute(text(statement), {**named, **span})
        self.size = max(self.size, size)
        with transaction() as session:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            session.execute(text("ANALYZE"))

    def plan(self) -> float:
        """Run the planner over what is open; return the seconds it took."""
        with transaction() as session:
            today = queries.today_of(session, now=self.now)
            started = time.perf_counter()
            found = operations.plan(session, today=today, now=self.now)
            took = time.perf_counter() - started
        due = sum(look.reason is None for look in found)
        assert due >= DUE, due
        return took


def best(measure: Callable[[], float]) -> float:
    """Return the least of some rounds: what others do on the machine meanwhile is no figure of ours."""
    return min(measure() for _ in range(ROUNDS))


def planning(crowd: Crowd) -> None:
    """Open ten thousand cases and plan their steps; plan them again."""
    say("plan 10,000 due cases, opened in the same run (aim: 2 s)", f"{crowd.plan():.2f} s")
    say("  the same again, the cases being open", f"{best(crowd.plan):.2f} s")


def among(crowd: Crowd) -> None:
    """Plan the same ten thousand while ten and a hundred times as many owe."""
    crowd.plan()
    seconds = {}
    for size in (100_000, 1_000_000):
        crowd.grow(size)
        seconds[size] = best(crowd.plan)
        say(f"plan the same 10,000 among {size:,} open invoices", f"{seconds[size]:.2f} s")
    say("  how many times as long (aim: at most 1.3)", f"{seconds[1_000_000] / seconds[100_000]:.2f}")


def aging(crowd: Crowd) -> None:
    """Count a hundred thousand invoices by age at the end of a past day, some paid in part since."""
    crowd.grow(100_000)
    on = (crowd.now - timedelta(days=20)).date()

    def count() -> float:
        with transaction() as session:
            zone, today = queries.time_zone_of(session), queries.today_of(session, now=crowd.now)
            started = time.perf_counter()
            assert reports.aging(session, on=on, time_zone=zone, today=today)
            return time.perf_counter() - started

    say(f"aging of {crowd.size:,} invoices at a past date (aim: 1 s)", f"{best(count):.2f} s")


def mails(crowd: Crowd) -> None:
    """Write to all who are due, one worker after the other; draw the statements of some."""
    crowd.plan()
    with transaction() as session:
        case_ids = list(session.scalars(select(Case.id).order_by(Case.id).limit(DUE)))
    started = time.perf_counter()
    for first in range(0, len(case_ids), AT_ONCE):
        with transaction() as session:
            operations.take_steps(session, case_ids=case_ids[first : first + AT_ONCE], now=crowd.now)
    say("render and queue 10,000 mails, one worker (aim: 30 s)", f"{time.perf_counter() - started:.1f} s")
    with transaction() as session:
        assert session.scalars(select(func.count()).where(MessageAttachment.is_drawn.is_(False))).one() >= DUE
        undrawn = select(MessageAttachment.content).where(MessageAttachment.is_drawn.is_(False))
        words = session.scalars(undrawn.limit(200)).all()
    started = time.perf_counter()
    for each in words:
        pdf.drawn(each)
    each_took = (time.perf_counter() - started) / len(words)
    say("  draw a statement, when its mail goes: milliseconds", f"{each_took * 1000:.1f}")


def memory() -> None:
    """Say how much this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    say("peak memory of the process that planned and wrote", f"{peak:,} MB")
