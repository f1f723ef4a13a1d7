"""Many steps are taken in one transaction: in as many questions as one, and what fails for one holds up no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, select, text

from server.core import config
from server.core.database import transaction
from server.dunning import operations, queries, tasks
from server.dunning.models import Case
from server.dunning.rules import Every, Source
from server.invoices import queries as invoices
from server.invoices.rules import Subject
from server.messages import operations as messages
from server.messages import queries as message_queries
from tests import quebec
from tests.dunning.chase import Chase
from tests.dunning.test_working import cases, reminders
from tests.shop import Shop


def owe(chase: Chase, *customer_ids: str) -> list[str]:
    """Let customers owe an invoice each, and open their cases; return their ids."""
    for customer_id in customer_ids:
        quebec.add_customer(chase.session, customer_id, email=f"{customer_id}@example.com")
        chase.invoice(customer_id=customer_id)
    operations.plan(chase.session, today=chase.at(5).date(), now=chase.at(5))
    theirs = select(Case.id).where(Case.customer_id.in_(customer_ids))
    return list(chase.session.scalars(theirs))


def questions(chase: Chase, case_ids: list[str]) -> int:
    """Take the steps of these cases; return how many statements that took."""
    seen: list[str] = []
    engine = chase.session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
    looks = operations.take_steps(chase.session, case_ids=case_ids, now=chase.at(5))
    assert [look.reason for look in looks] == [None] * len(case_ids)
    return len(seen)


def test_ten_mails_take_as_many_questions_as_two(chase: Chase) -> None:
    found = owe(chase, *(f"cus_{number}" for number in range(2, 16)))
    questions(chase, found[:2])
    assert questions(chase, found[2:4]) == questions(chase, found[4:])
    assert len({message.recipient for message in chase.reminders()}) == 14


def test_each_case_gets_its_own_message_statement_and_link(chase: Chase) -> None:
    found = owe(chase, "cus_2", "cus_3")
    operations.take_steps(chase.session, case_ids=found, now=chase.at(5))
    owners = {case.id: case.customer_id for case in chase.cases()}
    written = {message.customer_id: message for message in chase.reminders()}
    links = invoices.pay_urls(chase.session, Subject.CUSTOMER, ["cus_2", "cus_3"])
    assert {action.message_id for action in chase.actions()} == {message.id for message in written.values()}
    for action in chase.actions():
        customer_id = owners[action.case_id]
        message = written[customer_id]
        [kept] = message_queries.list_attachments(chase.session, message.id)
        assert message.id == action.message_id
        assert links[customer_id] in message.text
        assert json.loads(kept.content)["data"]["letters"][0]["pay_url"] == links[customer_id]


def test_a_statement_is_drawn_when_its_mail_goes_as_it_was_written_and_then_never_changes(chase: Chase) -> None:
    found = owe(chase, "cus_2")
    operations.take_steps(chase.session, case_ids=found, now=chase.at(5))
    (message,) = chase.reminders()
    [before] = message_queries.list_files(chase.session, message.id)
    assert not message_queries.list_attachments(chase.session, message.id)[0].is_drawn
    messages.claim(chase.session, message_id=message.id, now=chase.at(6))
    [sent] = messages.draw_attachments(chase.session, message.id)
    assert sent.is_drawn
    assert sent.content == before.content == messages.draw_attachments(chase.session, message.id)[0].content
    assert message_queries.list_files(chase.session, message.id) == [before]


def test_a_case_whose_step_cannot_be_taken_holds_up_no_other(shop: Shop) -> None:
    shop.invoice()
    shop.pass_time(days=36)
    tasks.plan()
    (case,) = cases()
    tasks.take_steps(case_ids=[case.id, "cas_gone"])
    assert reminders() == 0
    shop.work()
    assert reminders() == 1


def test_the_planner_waits_for_no_case_that_somebody_is_at(shop: Shop) -> None:
    with transaction() as session:
        quebec.start_chasing(session)
        quebec.add_customer(session, "cus_2", email="cus_2@example.com")
    for customer_id in ("cus_1", "cus_2"):
        shop.invoice(customer_id=customer_id)
    shop.pass_time(days=30)
    tasks.plan()
    held, free = sorted(cases(), key=lambda case: case.customer_id)
    for case in (held, free):
        arrange(shop, case.id)
    assert standing(held.id) == standing(free.id) == ("pre_due", "pending", "offered")
    shop.pass_time(days=9)
    with psycopg.connect(config.current().database_url.replace("+psycopg", "")) as somebody:
        somebody.execute("SELECT 1 FROM dunning_cases WHERE id = %s FOR UPDATE", [held.id])
        take_a_turn(shop)
        assert standing(held.id) == ("pre_due", "pending", "offered")
        assert standing(free.id) == ("active", "broken", "cancelled")
    take_a_turn(shop)
    assert standing(held.id) == ("active", "broken", "cancelled")


@pytest.mark.parametrize("settle", [operations.decide_promises, operations.settle_plans])
def test_settling_what_was_arranged_locks_its_case_once(shop: Shop, settle: Callable[..., None]) -> None:
    with transaction() as session:
        quebec.start_chasing(session)
    shop.invoice()
    shop.pass_time(days=30)
    tasks.plan()
    (case,) = cases()
    arrange(shop, case.id)
    before = standing(case.id)
    shop.pass_time(days=9)
    seen: list[str] = []
    with transaction() as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *told: seen.append(told[2]))
        settle(session, now=shop.now())
    assert standing(case.id) != before
    assert sum("FROM dunning_cases" in asked and "FOR UPDATE" in asked for asked in seen) == 1


def arrange(shop: Shop, case_id: str) -> None:
    """Promise money by tomorrow, and offer a plan: nothing comes of either."""
    now = shop.now()
    with transaction() as session:
        today = queries.today_of(session, now=now)
        said: dict[str, Any] = {"case_id": case_id, "source": Source.OFFICE, "made_by": "staff:anne", "now": now}
        tomorrow = today + timedelta(days=1)
        operations.promise(session, promise_id=f"prm_{case_id}", amount_minor=None, due_on=tomorrow, **said)
        parts: dict[str, Any] = {"count": 2, "first_on": today + timedelta(days=10), "every": Every.WEEK}
        operations.draw_up_plan(session, plan_id=f"ppl_{case_id}", **parts, **said)


def standing(case_id: str) -> tuple[str, str, str]:
    """Return how a case, its promise and its plan stand."""
    with transaction() as session:
        promise = queries.get_promise(session, case_id, f"prm_{case_id}")
        plan = queries.get_payment_plan(session, f"ppl_{case_id}")
        return queries.get_case(session, case_id).status, promise.status, plan.status


def take_a_turn(shop: Shop) -> None:
    """What the planner does first, waiting for nobody."""
    with transaction() as session:
        session.execute(text("SET LOCAL lock_timeout = '2s'"))
        operations.decide_promises(session, now=shop.now())
        operations.settle_plans(session, now=shop.now())
        operations.open_cases(session, today=queries.today_of(session, now=shop.now()), now=shop.now())
