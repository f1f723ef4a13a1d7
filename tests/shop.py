"""A business at work in this process: the product on its own database, the sandbox as Stripe, a reader, a job done."""

from __future__ import annotations

import asyncio
import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import procrastinate
import requests
from sqlalchemy import select, text

from server.access.rules import Role
from server.core import clock, config, queue
from server.core.database import transaction
from server.gateway import readers
from server.invoices import operations as invoices
from server.invoices import queries as invoice_queries
from server.invoices.models import Invoice
from server.jobs import operations as jobs
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.messages.models import Message
from server.payments import flows, queries, tasks
from server.payments.models import Payment, Refund
from server.payments.rules import Method
from server.sandbox.serve import Sandbox
from tests import quebec


class Shop:
    """What tests of payments do and look at. Amounts are cents of CAD; each invoice owes 218.45."""

    TOTAL = 21845

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.line = requests.Session()
        self.line.trust_env = False  # reading the environment for every request takes longer than the request
        self._numbers = itertools.count(1)
        self._begin_in_the_morning()
        with transaction() as session:
            quebec.open_business(session)
            quebec.add_customer(session)
            self.technician = quebec.add_technician(session)
        self.reader = flows.register_reader(
            registration_code="simulated-wpe", label="Van 1", location_id=None, now=clock.now()
        )

    def _begin_in_the_morning(self) -> None:
        """Nobody is reminded at night, whatever the hour at which tests run."""
        there = clock.now().astimezone(ZoneInfo("America/Toronto"))
        morning = (there + timedelta(days=there.hour >= 10)).replace(hour=10, minute=0)
        self.pass_time(seconds=(morning - there).total_seconds())

    def invoice(self, **wanted: Any) -> Invoice:
        """Do a job and issue its invoice."""
        number = next(self._numbers)
        now = clock.now()
        with transaction() as session:
            planned = quebec.plan_job(session, f"job_{number}", technician_id=self.technician.id, **wanted)
            job, _ = jobs.complete(session, job_id=planned.id, completion_id=f"cmp_{number}", completed_at=now, now=now)
            return invoices.issue(session, job=job, invoice_id=f"inv_{number}", now=now)

    def collect(self, invoice: Invoice, payment_id: str, **more: Any) -> Payment:
        """Start collecting the balance on the reader, or as told."""
        wanted: dict[str, Any] = {"method": Method.CARD_READER, "taken_by": "test"}
        wanted["amount_minor"] = self.balance(invoice)
        wanted.update(more)
        if wanted["method"] is Method.CARD_READER:
            wanted.setdefault("reader_id", self.reader.id)
        return flows.collect(payment_id=payment_id, invoice_id=invoice.id, now=clock.now(), **wanted)

    def ask(self, payment_id: str) -> Payment:
        """Ask Stripe about a payment."""
        return flows.ask(payment_id=payment_id, now=clock.now())

    def refund(self, payment_id: str, refund_id: str = "ref_1", amount_minor: int = 1000, **more: Any) -> Refund:
        """Give money back, as the office would, or as told."""
        wanted = {"reason": "Too much", "requested_by": "staff:anne", "role": Role.OFFICE, **more}
        return flows.refund(
            payment_id=payment_id, refund_id=refund_id, amount_minor=amount_minor, now=clock.now(), **wanted
        )

    def find_refund(self, refund_id: str) -> Refund | None:
        """A refund as it stands, or None where it was never written down."""
        with transaction() as session:
            return queries.find_refund(session, refund_id)

    def balance(self, invoice: Invoice) -> int:
        """What the ledger says the invoice owes."""
        with transaction() as session:
            return invoice_queries.balance_of(session, invoice)

    def status(self, invoice: Invoice) -> str:
        """Where the invoice stands."""
        with transaction() as session:
            return invoice_queries.get_invoice(session, invoice.id).status

    def payment(self, payment_id: str) -> Payment:
        """A payment as it stands."""
        with transaction() as session:
            return queries.get_payment(session, payment_id)

    def find_payment(self, payment_id: str) -> Payment | None:
        """A payment, or None where it was never written down."""
        with transaction() as session:
            return queries.find_payment(session, payment_id)

    def resolve_open(self) -> None:
        """What the worker does every half minute."""
        tasks.resolve_open()
        tasks.resolve_refunds()
        tasks.capture_due()

    def books(self, kind: Kind) -> int:
        """The balance of all accounts of a kind, in CAD."""
        with transaction() as session:
            return ledger.totals(session, kind).get("CAD", 0)

    def written(self, kind: str) -> list[str]:
        """The subjects of the messages of a kind, the oldest first."""
        with transaction() as session:
            told = text("SELECT subject FROM messages WHERE kind = :kind ORDER BY created_at")
            return list(session.execute(told, {"kind": kind}).scalars())

    def text_of(self, kind: str) -> str:
        """The text of the last message of a kind."""
        with transaction() as session:
            told = select(Message).where(Message.kind == kind).order_by(Message.created_at.desc()).limit(1)
            return session.scalars(told).one().text

    def at_stripe(self) -> int:
        """What the books say came and stayed at Stripe, before what it keeps: it tells that some seconds later."""
        return self.books(Kind.STRIPE) + self.books(Kind.FEES)

    def captured(self) -> int:
        """What the sandbox captured, in CAD."""
        totals = self.control("GET", "totals")
        return int(totals["captured_minor"].get("cad", 0))

    def refunded(self) -> int:
        """What the sandbox gave back, in CAD."""
        return int(self.control("GET", "totals")["refunded_minor"].get("cad", 0))

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask something of the sandbox's /_sandbox/."""
        answer = self.line.request(method, f"{self.sandbox.url}/_sandbox/{path}", json=body, timeout=70)
        assert answer.ok, answer.text
        return answer.json()

    def press(self, button: str, **options: Any) -> None:
        """Press something on the reader's screen: tap, insert, decline, cancel, unplug, plug."""
        self.control("POST", f"readers/{self.reader.id}/{button}", options)

    def can_tap(self, number: str = "4242424242424242") -> bool:
        """Hold a card to the reader; return whether it was waiting for one."""
        return self.line.post(
            f"{self.sandbox.url}/_sandbox/readers/{self.reader.id}/tap", json={"number": number}, timeout=10
        ).ok

    def fault(self, kind: str, path: str = "*", **more: Any) -> None:
        """Let something go wrong."""
        self.control("POST", "faults", [{"kind": kind, "path": path, **more}])

    def pass_time(self, **span: float) -> None:
        """Move the product's clock and the sandbox's."""
        seconds = int(timedelta(**span).total_seconds())
        clock.advance(seconds=seconds)
        self.control("POST", "clock", {"advance_seconds": seconds})
        with transaction() as session:
            queue.bring_forward(session, seconds=seconds)

    def work(self) -> None:
        """Let a worker do every task that is due, in a thread: this one may run a browser's event loop."""
        with ThreadPoolExecutor(1) as worker:
            worker.submit(asyncio.run, _work()).result()

    def now(self) -> datetime:
        """The product's clock."""
        return clock.now()

    def pay_page(self, payment: Payment) -> bool:
        """Be the customer who pays on the page; return whether it was still open."""
        body = {"outcome": "pay"}
        url = f"{self.sandbox.url}/_sandbox/checkout/{payment.stripe_session_id}"
        return self.line.post(url, json=body, timeout=10).ok

    def process_late(self, payment_id: str) -> None:
        """Let a command to the reader arrive that we gave up."""
        intent_id = self.payment(payment_id).stripe_intent_id
        readers.collect(self.reader.id, intent_id=intent_id or "", key=f"{payment_id}:late", currency="CAD")

    def intents(self) -> list[str]:
        """The PaymentIntents that were ever asked of the sandbox."""
        journal = self.control("GET", "journal")["items"]
        made = [row for row in journal if row["method"] == "POST" and row["path"] == "/v1/payment_intents"]
        return sorted({row["response_id"] for row in made if row["response_id"]})


async def _work() -> None:
    url = config.current().database_url.replace("+psycopg", "")
    worker = queue.app.with_connector(procrastinate.PsycopgConnector(conninfo=url, min_size=1))
    async with worker.open_async():
        await worker.run_worker_async(wait=False, concurrency=1, install_signal_handlers=False, listen_notify=False)
