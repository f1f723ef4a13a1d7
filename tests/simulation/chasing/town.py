"""The town: a business, its customers, one clock, and a worker that does what waits, dies, doubles and stays away."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.business.models import Business
from server.core.database import transaction
from server.dunning import operations, queries, rules
from server.dunning.models import Case
from server.invoices.models import Invoice
from server.law import operations as law
from server.law import rules as law_rules
from server.messages import operations as messages
from server.messages.rules import Status as MessageStatus
from server.referrals import operations as referrals
from tests import quebec
from tests.late_charges import signed

START = quebec.NOW
HOME = "America/Toronto"
REGIONS = (
    ("QC", "Québec", "G1R 1N8"),
    ("ON", "Ottawa", "K1A 0A1"),
    ("BC", "Vancouver", "V5K 0A1"),
    ("FR", "Paris", "75001"),
)
_WAITING = text(
    "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo'"
    " AND (scheduled_at IS NULL OR scheduled_at <= :now) ORDER BY id"
)
# What is no demand arrives: how mail goes is told elsewhere.
_SENT = text("UPDATE messages SET status = 'sent', sent_at = :now WHERE id = ANY(:ids) AND status = 'written'")
_DONE = text("DELETE FROM procrastinate_jobs WHERE id = ANY(:ids)")


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """How often, of a thousand times, something goes wrong with a step or a message."""

    killed: int = 0
    twice: int = 0
    at_once: int = 0
    bounced: int = 0
    unknown: int = 0
    not_now: int = 0


CALM = Trouble()
ROUGH = Trouble(killed=50, twice=50, at_once=10, bounced=30, unknown=20, not_now=80)


class Killed(Exception):
    """The worker is gone before it could commit."""


@dataclass(frozen=True, kw_only=True)
class Went:
    """Something that left the house: a message that the mail server may have taken, or a letter that was posted."""

    action_id: str
    message_id: str | None
    at: datetime


@dataclass
class Town:
    """A business of Quebec that chases, and who owes it. `story` is what happened, in words; `now` its clock, `went`
    what left the house, `laws` the rows somebody switched on."""

    seed: int
    trouble: Trouble = CALM
    now: datetime = START
    story: list[str] = field(default_factory=list)
    staff: str = "staff:anne"
    went: list[Went] = field(default_factory=list)
    laws: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._numbers = itertools.count(1)
        self.plans: list[str] = []
        self.customer_ids: list[str] = []

    def open(self, *, customers: int, above_minor: int = 100_000) -> None:
        """Open the business with a plan switched on, and let so many customers move in."""
        with transaction() as session:
            quebec.open_business(session)
            session.scalars(select(Business)).one().max_broken_promises = 2
            quebec.start_chasing(session, above_minor=above_minor, now=self.now)
            in_force = queries.find_plan_in_force(session)
            self.plans = [in_force.id if in_force else ""]
            self._other_plans(session, above_minor)
            for _ in range(customers):
                self._move_in(session)

    def _other_plans(self, session: Session, above_minor: int) -> None:
        """Write other versions: a plan by the invoice's date, and one with shorter gaps."""
        article, twin = rules.plans()
        large = [{"currency": "CAD", "above_minor": above_minor}]
        for plan in (replace(article, name="by_invoice"), replace(twin, min_gap_days=7)):
            written = {**asdict(plan), "large_accounts": large}
            self.plans.append(
                operations.write_version(session, written=written, written_by=self.staff, now=self.now).id
            )

    def _move_in(self, session: Session) -> None:
        number = next(self._numbers)
        region, city, code = REGIONS[number % len(REGIONS)]
        reached = number % 9 != 0
        address = {"line1": "1, rue Haute", "line2": None, "city": city, "region": region, "postal_code": code}
        quebec.add_customer(
            session,
            f"cus_{number}",
            name=f"Customer {number}",
            email=f"customer{number}@example.com" if reached else None,
            language="fr" if number % 2 else "en",
            kind="business" if number % 5 == 0 else "consumer",
            country="FR" if region == "FR" else "CA",
            addresses=[{**address, "country": "FR" if region == "FR" else "CA"}],
        )
        self.customer_ids.append(f"cus_{number}")

    def review_law(self, key: str) -> None:
        """Let somebody switch on the rules of a place."""
        with transaction() as session:
            row = law_rules.rows()[key]
            said: dict[str, Any] = {"switched_on": True, "name": "Guy Roy", "reviewed_by": self.staff, "now": self.now}
            self.laws.add(key)
            law.review(session, review_id=f"lrv_{key}", key=key, version=row.version, **said)

    def issue(self, session: Session, customer_id: str, amount_minor: int) -> Invoice:
        """Do a job whose contract was signed, and issue its invoice, due in 30 days."""
        line = quebec.line(unit_price_minor=amount_minor, quantity="1")
        job: dict[str, Any] = {"customer_id": customer_id, "scheduled_at": self.now, "lines": [line]}
        return signed.invoice(session, str(next(self._numbers)), now=self.now, **job)

    # --- The clock and the worker ------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """The business's day."""
        return self.now.astimezone(ZoneInfo(HOME)).date()

    def pass_time(self, **span: float) -> None:
        """Let time go by; nobody works meanwhile."""
        self.now += timedelta(**span)

    def tell(self, words: str) -> None:
        """Remember what happened."""
        self.story.append(f"{self.now:%Y-%m-%d %H:%M} {words}")

    def new(self, prefix: str) -> str:
        """Return an id of somebody's own making."""
        return f"{prefix}_t{next(self._numbers)}"

    def look_at_stripe(self) -> None:
        """Let the look at what is under way at Stripe end well."""
        with transaction() as session:
            row = {"task_name": "payments.resolve_open", "at": self.now}
            session.execute(text(_LOOKED), row)

    def turn(self, *, between: Callable[[], None] | None = None) -> None:
        """Let the worker take its turn: look at Stripe, bring the cases up to date, do all that waits. Something may
        happen `between`."""
        self.look_at_stripe()
        self.plan()
        self.work(between=between)
        self.sweep()
        self.settle()

    def plan(self) -> None:
        """What the worker does every hour."""
        with self.bringing_up_to_date() as session:
            operations.plan(session, today=self.today, now=self.now)

    def settle(self) -> None:
        """What the worker does every ten seconds."""
        with self.bringing_up_to_date() as session:
            operations.settle(session, today=self.today, now=self.now)
            operations.follow_write_offs(session, now=self.now)
            referrals.end_settled(session, now=self.now)

    @contextmanager
    def bringing_up_to_date(self) -> Iterator[Session]:
        """Hold promises and plans against the books first."""
        with transaction() as session:
            operations.take_turns(session)
            operations.decide_promises(session, now=self.now)
            operations.settle_plans(session, now=self.now)
            yield session

    def work(self, *, between: Callable[[], None] | None = None) -> None:
        """Do every task of chasing that waits, and those that these bring, some seconds after one another."""
        while True:
            with transaction() as session:
                jobs = session.execute(_WAITING, {"now": self.now}).all()
                session.execute(_DONE, {"ids": [job.id for job in jobs]})
                others = [job.args["message_id"] for job in jobs if job.task_name == "messages.deliver"]
                session.execute(_SENT, {"ids": others, "now": self.now})
            if not jobs:
                return
            for job in jobs:
                self.now += timedelta(milliseconds=20)
                if between is not None and self.random.random() < 0.3:
                    between()
                    self.now += timedelta(milliseconds=20)
                if job.task_name == "dunning.take_steps":
                    self._take_steps(**job.args)
                elif job.task_name == "dunning.deliver":
                    self._deliver(job.args["message_id"])
                elif job.task_name == "dunning.run":
                    with transaction() as session:
                        operations.run(session, run_id=job.args["run_id"], now=self.now)

    def _chance(self, of_thousand: int) -> bool:
        return self.random.randrange(1000) < of_thousand

    def _take_steps(self, *, case_ids: list[str], run_id: str | None) -> None:
        def take() -> None:
            with transaction() as session:
                operations.take_steps(session, case_ids=case_ids, run_id=run_id, now=self.now)

        if self._chance(self.trouble.killed):
            try:
                with transaction() as session:
                    operations.take_steps(session, case_ids=case_ids, run_id=run_id, now=self.now)
                    raise Killed
            except Killed:
                self.tell("the worker dies")
        if self._chance(self.trouble.at_once):
            with ThreadPoolExecutor(2) as pool:
                for running in [pool.submit(take), pool.submit(take)]:
                    running.result()
            return
        take()
        if self._chance(self.trouble.twice):
            take()

    def _deliver(self, message_id: str) -> None:
        with transaction() as session:
            if not operations.stands(session, message_id=message_id, now=self.now):
                return
            message = messages.claim(session, message_id=message_id, now=self.now)
        if message is None:
            return
        action_id = message.key.split(":")[0]
        gone = Went(action_id=action_id, message_id=message_id, at=self.now)
        if self._chance(self.trouble.killed):
            self.went.append(gone)
            return
        outcome = MessageStatus.SENT
        for wrong, chance in (
            (MessageStatus.BOUNCED, self.trouble.bounced),
            (MessageStatus.UNKNOWN, self.trouble.unknown),
            (MessageStatus.WRITTEN, self.trouble.not_now),
        ):
            if self._chance(chance):
                outcome = wrong
        if outcome in (MessageStatus.SENT, MessageStatus.UNKNOWN):
            self.went.append(gone)
        with transaction() as session:
            messages.record_outcome(session, message_id=message_id, outcome=outcome, now=self.now)

    def sweep(self) -> None:
        """Pick up what dead workers left lying."""
        with transaction() as session:
            messages.sweep(session, now=self.now)

    # --- Looking -----------------------------------------------------------------------------------------------------

    def open_cases(self) -> Sequence[Case]:
        """The open cases, in the order of opening."""
        with transaction() as session:
            return sorted(queries.find_open_cases(session).values(), key=lambda case: case.id)


_LOOKED = (
    "INSERT INTO scheduled_runs (task_name, due_at, done_at) VALUES (:task_name, :at, :at)"
    " ON CONFLICT (task_name) DO UPDATE SET done_at = :at"
)
