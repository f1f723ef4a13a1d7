"""A year of a business, day by day: customers of four kinds pay or do not, are chased, and every invariant holds.

    python -m tests.simulation.year [--customers 2000] [--invoices 12000] [--days 365] [--seed 1]
        [--minutes 60]

Prints what came in, how long it took, what was sent; ends with 1 when an invariant does not hold. Ctrl-C ends it when
the day is over, as `--minutes` do at the latest; it says how far it came.
"""

from __future__ import annotations

import argparse
import random
import signal
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, text

from server.contacts import flows as contacts
from server.core import log
from server.core.database import transaction
from server.core.errors import Problem
from server.dunning.models import Case
from server.invoices.models import Invoice
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments.rules import Method
from server.reports.queries.numbers import Numbers, numbers
from tests.simulation.chasing import bulk, desk, people
from tests.simulation.chasing.invariants import INVARIANTS, Broken, require
from tests.simulation.chasing.stage import stage
from tests.simulation.chasing.town import HOME, Town, Trouble
from tests.simulation.chasing.watch import Watch
from tests.simulation.soaking import say

USUAL = Trouble(killed=2, twice=2, at_once=1, bounced=5, unknown=2, not_now=20)
AMOUNTS, OFTEN = (9_000, 20_000, 150_000), (60, 35, 5)
LOOK_EVERY = 7
# What came in, less what went back.
_COLLECTED = """
SELECT sum(CASE WHEN a.id = t.credit_account_id THEN t.amount_minor ELSE -t.amount_minor END)
FROM ledger_entries e JOIN ledger_transfers t ON t.entry_id = e.id
JOIN ledger_accounts a ON a.kind = 'receivable' AND a.id IN (t.credit_account_id, t.debit_account_id)
WHERE e.reason ~ '^(payment|chargeback|refund)_'
"""
# What the desk does in a day, and how often at most.
DESK = {desk.call: 8, desk.post_letters: 1, desk.decide: 4, desk.agree_to_let_go: 2, people.answer_objection: 2}
SOMETHING_ELSE = 4


@dataclass(frozen=True, kw_only=True)
class Payer:
    """A kind of customer: how many of a hundred are so, and when they pay which share, in days after the invoice."""

    many: int
    pays: Callable[[random.Random], list[tuple[int, float]]]


PAYERS = {
    "prompt": Payer(many=65, pays=lambda draw: [(draw.randint(0, 32), 1.0)]),
    "slow": Payer(many=20, pays=lambda draw: [(draw.randint(36, 75), 1.0)]),
    "short_of_cash": Payer(many=10, pays=lambda draw: [(draw.randint(30, 50), 0.4), (draw.randint(60, 120), 1.0)]),
    "never": Payer(many=5, pays=lambda draw: [(draw.randint(70, 200), 1.0)] if draw.random() < 0.1 else []),
}


class Year:
    """The business, what is to be paid when, and what it took."""

    def __init__(self, *, seed: int, customers: int, invoices: int, days: int) -> None:
        self.town, self.days = Town(seed=seed, trouble=USUAL), days
        self.random = self.town.random
        self.watch = Watch(self.town)
        self.plan_seconds: list[float] = []
        self.is_stopped = False
        self._to_pay: dict[int, dict[str, float]] = defaultdict(dict)
        self._paid = 0
        self.town.open(customers=customers)
        kinds, weights = list(PAYERS), [payer.many for payer in PAYERS.values()]
        self.kinds = dict(zip(self.town.customer_ids, self.random.choices(kinds, weights, k=customers), strict=True))
        self._per_day = Counter(self.random.choices(range(days), k=invoices))
        self._issued = 0
        with transaction() as session:
            self._originals = [self.town.issue(session, "cus_1", minor).id for minor in AMOUNTS]
            paid = self.town.issue(session, "cus_1", AMOUNTS[0])
            people.pay_by(self.town, session, paid, paid.total_minor, Method.CASH)
            self._payment = next(iter(session.scalars(people.of_invoice(paid.id)))).id
            bulk.keep(session)

    def stop(self, *_: object) -> None:
        """Let the day that is under way be the last."""
        self.is_stopped = True

    def live(self, *, until: float) -> None:
        """Let the days pass, until a moment of the machine's at most. Raises Broken."""
        for day in range(self.days):
            if self.is_stopped or time.monotonic() > until:
                break
            self._issue(day)
            self._pay(day)
            self._work_at_the_desk()
            started = time.perf_counter()
            self.town.look_at_stripe()
            self.town.plan()
            self.plan_seconds.append(time.perf_counter() - started)
            self.town.work()
            self.town.sweep()
            self.town.settle()
            if day % LOOK_EVERY == LOOK_EVERY - 1:
                require(self.watch)
                bulk.vacuum()
            if day % 30 == 29:
                mean = sum(self.plan_seconds[-30:]) / 30
                say(f"day {day + 1}: {len(self.town.went)} went, {self._paid} payments, planned in {mean:.2f} s a day")
            self.town.pass_time(days=1)
            self.town.story.clear()
        contacts.seal_all()
        self.watch.is_end = True
        require(self.watch)

    def _issue(self, day: int) -> None:
        wanted = []
        for _ in range(self._per_day[day]):
            self._issued += 1
            customer_id = self.random.choice(self.town.customer_ids)
            wanted.append((self._issued, customer_id, self.random.choices(self._originals, OFTEN)[0]))
            for after, share in PAYERS[self.kinds[customer_id]].pays(self.random):
                self._to_pay[day + after][bulk.invoice_id(self._issued)] = share
        with transaction() as session:
            bulk.issue(session, wanted, on=self.town.today, at=self.town.now)

    def _pay(self, day: int) -> None:
        due = self._to_pay.pop(day, {})
        with transaction() as session:
            owed = ledger.balances(session, Kind.RECEIVABLE, list(due))
            amounts = {key: int(owed[key].get("CAD", 0) * share) for key, share in due.items() if key in owed}
            wanted = [
                (self._paid + place, key, minor) for place, (key, minor) in enumerate(amounts.items()) if minor > 0
            ]
            self._paid += len(due)
            bulk.pay(session, wanted, original=self._payment, at=self.town.now)
        self.town.pass_time(seconds=1)

    def _work_at_the_desk(self) -> None:
        for do, times in DESK.items():
            for _ in range(times):
                try:
                    with transaction() as session:
                        if not do(self.town, session):
                            break
                except Problem:
                    break
                self.town.pass_time(seconds=1)
        for _ in range(SOMETHING_ELSE):
            people.something(self.town)
            self.town.pass_time(seconds=1)

    def figures(self) -> list[str]:
        """Say what came of it."""
        with transaction() as session:
            yesterday = self.town.today - timedelta(days=1)
            (found,) = numbers(session, on=yesterday, time_zone=HOME, today=self.town.today)
            billed = session.scalar(select(func.sum(Invoice.total_minor))) or 0
            owed = ledger.totals(session, Kind.RECEIVABLE).get("CAD", 0)
            count = session.scalar(select(func.count()).select_from(Invoice))
            collected = session.scalar(text(_COLLECTED)) or 0
            cases = session.scalar(select(func.count()).select_from(Case))
            ends = Counter(session.scalars(select(Case.closed_because)))
        sent = Counter(each.case.customer_id for some in self.watch.contacts.values() for each in some)
        of_kind: dict[str, list[int]] = defaultdict(list)
        for customer_id, kind in self.kinds.items():
            of_kind[kind].append(sent[customer_id])
        return [
            f"{len(self.kinds)} customers, {count} invoices",
            f"{billed / 100:,.0f} CAD billed, {collected / 100:,.0f} collected, {owed / 100:,.0f} owed",
            self._days_of(found),
            f"{cases} cases; closed: " + ", ".join(f"{kind or 'open'} {many}" for kind, many in ends.most_common()),
            f"{sum(sent.values())} messages and letters; to a customer (median, most): "
            + ", ".join(f"{kind} {_median_and_most(many)}" for kind, many in of_kind.items())
            + f", all {_median_and_most([sent[customer_id] for customer_id in self.kinds])}",
            f"planned in {statistics.mean(self.plan_seconds):.2f} s a day, {max(self.plan_seconds):.2f} at most",
            f"{len(INVARIANTS)} invariants held after every {LOOK_EVERY}th day and at the end: 0 violations",
        ]

    def _days_of(self, found: Numbers) -> str:
        return (
            f"DSO {found.dso_days} days (countback {found.dso_countback_days}, best possible"
            f" {found.best_possible_dso_days}), average days delinquent {found.average_days_delinquent},"
            f" effectiveness {found.effectiveness_percent} %"
        )


def _median_and_most(many: list[int]) -> str:
    return f"{statistics.median(many):g} {max(many)}"


def main() -> int:
    """Live; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.year", description="A year, day by day.")
    parser.add_argument("--customers", type=int, default=2_000, help="how many (2000)")
    parser.add_argument("--invoices", type=int, default=12_000, help="in all (12000)")
    parser.add_argument("--days", type=int, default=365, help="how many (365)")
    parser.add_argument("--minutes", type=int, default=60, help="at most (60)")
    parser.add_argument("--seed", type=int, default=1, help="what is random follows from it (1)")
    given = vars(parser.parse_args())
    started, minutes = time.monotonic(), given.pop("minutes")
    log.set_up("ERROR")
    with stage():
        year = Year(**given)
        signal.signal(signal.SIGINT, year.stop)
        try:
            year.live(until=started + minutes * 60)
            for line in year.figures():
                say(line)
        except Broken as broken:
            say(str(broken))
            return 1
        finally:
            say(f"{len(year.plan_seconds)} of {year.days} days in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
