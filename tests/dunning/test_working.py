"""The worker chases: several at once, killed or repeated, each step is taken once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import func, select, text

from server import worker
from server.core import clock
from server.core.database import transaction
from server.dunning import operations, queries, tasks
from server.dunning.models import Action, Case
from server.dunning.rules import Reason
from server.invoices import queries as invoices
from server.messages.models import Message
from server.payments import operations as payments
from server.payments.rules import Method
from tests.shop import Shop


def reminders() -> int:
    """Count the reminders written."""
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(Message).where(Message.kind == "reminder")) or 0


def cases() -> list[Case]:
    """Return every case."""
    with transaction() as session:
        return list(session.scalars(select(Case).order_by(Case.created_at, Case.id)))


def at_once(times: int, work: Callable[[], Any]) -> list[Any]:
    """Do the same several times at the same moment; raise what any of them raises."""
    ready = threading.Barrier(times)

    def start() -> Any:
        ready.wait()
        return work()

    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(start) for _ in range(times)]]


def test_left_unpaid_the_case_opens_one_reminder_goes_out_and_paying_closes_it(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.pass_time(days=32)
    worker.tick()
    shop.work()
    assert [case.closed_at for case in cases()] == [None]
    assert reminders() == 0
    shop.pass_time(days=5)
    for _ in range(3):
        worker.tick()
        shop.work()
        shop.pass_time(hours=1)
    assert reminders() == 1
    shop.collect(invoice, "pay_1", method=Method.CASH)
    shop.pass_time(seconds=10)
    worker.tick()
    shop.work()
    assert [case.closed_because for case in cases()] == ["paid"]
    shop.pass_time(days=45)
    worker.tick()
    shop.work()
    assert reminders() == 1


def test_planners_at_once_open_each_case_once(shop: Shop) -> None:
    shop.invoice()
    shop.pass_time(days=32)
    at_once(4, tasks.plan)
    assert len(cases()) == 1


def test_workers_at_once_take_each_step_once(shop: Shop) -> None:
    shop.invoice()
    shop.pass_time(days=36)
    tasks.plan()
    (case,) = cases()

    def take() -> Reason | None:
        with transaction() as session:
            return operations.take_step(session, case_id=case.id, now=clock.now()).reason

    outcomes = at_once(6, take)
    assert sorted(map(str, outcomes)) == ["None"] + ["message_under_way"] * 5
    assert reminders() == 1


def test_a_worker_that_dies_before_the_commit_leaves_the_step_to_another(shop: Shop) -> None:
    shop.invoice()
    shop.pass_time(days=36)
    tasks.plan()
    (case,) = cases()

    class Killed(Exception):
        """The worker is gone."""

    try:
        with transaction() as session:
            operations.take_step(session, case_id=case.id, now=clock.now())
            raise Killed
    except Killed:
        pass
    assert reminders() == 0
    shop.work()
    assert reminders() == 1


def test_a_reminder_waits_for_the_payment_that_is_being_written_and_then_is_not(shop: Shop) -> None:
    issued = shop.invoice()
    shop.pass_time(days=36)
    tasks.plan()
    (case,) = cases()
    looked: list[Reason | None] = []

    def look() -> None:
        with transaction() as session:
            looked.append(operations.take_step(session, case_id=case.id, now=clock.now()).reason)

    other = threading.Thread(target=look)
    with transaction() as session:
        invoice = invoices.get_invoice(session, issued.id, lock=True)
        other.start()
        while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            assert other.is_alive(), "it did not wait"
        payments.open_payment(
            session,
            payment_id="pay_1",
            invoice=invoice,
            method=Method.CASH,
            amount_minor=Shop.TOTAL,
            reader_id=None,
            reference=None,
            taken_by="test",
            now=clock.now(),
        )
    other.join()
    assert looked == [Reason.NOTHING_OPEN]
    assert reminders() == 0


def test_a_business_that_is_not_set_up_chases_nobody(product: object) -> None:
    tasks.plan()
    tasks.settle()
    assert cases() == []


def test_a_run_asked_for_over_the_api_is_done_by_the_worker(shop: Shop) -> None:
    shop.invoice()
    shop.pass_time(days=36)
    with transaction() as session:
        run_id = operations.ask_for_run(session, run_id=None, as_of=None, dry_run=False, now=clock.now())
    with transaction() as session:
        assert queries.get_run(session, run_id)["status"] == "queued"
    shop.work()
    with transaction() as session:
        run = queries.get_run(session, run_id)
        action = session.scalars(select(Action).where(Action.step == 1)).one()
    assert (run["status"], [line["step"] for line in run["sent"]]) == ("done", [1])
    assert (action.status, action.channel) == ("claimed", "email")
    tasks.run(run_id=run_id)
    shop.work()
    assert reminders() == 1
