"""Runs: what would be done on a day, and what was."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from server.dunning import operations, queries
from server.dunning.models import Case
from server.dunning.operations import DryRunOnly, RunExists
from server.dunning.queries import NoSuchRun
from server.dunning.rules import ActionStatus
from server.messages import operations as messages
from server.messages.rules import Status as MessageStatus
from tests import quebec
from tests.dunning.chase import DUE, TOTAL, Chase


def run(
    chase: Chase, *, day: int, as_of: int | None = None, dry_run: bool, run_id: str | None = None
) -> dict[str, Any]:
    """Ask for a run on a day, as of another where said, let it be done, and return how it stands."""
    wanted = None if as_of is None else DUE + timedelta(days=as_of)
    asked = operations.ask_for_run(chase.session, run_id=run_id, as_of=wanted, dry_run=dry_run, now=chase.at(day))
    operations.run(chase.session, run_id=asked, now=chase.at(day))
    return queries.get_run(chase.session, asked)


def debtors(lines: list[Any]) -> list[tuple[str, int | None, str | None]]:
    """Return who, which step, and why not."""
    return [(line["customer_id"], line["step"], line["reason"]) for line in lines]


def three_customers(chase: Chase) -> None:
    """One who can be reminded, one without an address, one whose window is not open yet."""
    quebec.add_customer(chase.session, "cus_2", email=None, addresses=[])
    quebec.add_customer(chase.session, "cus_3")
    chase.invoice()
    chase.invoice(customer_id="cus_2")
    chase.invoice(customer_id="cus_3", due=3)


def test_a_dry_run_says_what_a_day_would_bring_and_changes_nothing(chase: Chase) -> None:
    three_customers(chase)
    seen = run(chase, day=-20, as_of=5, dry_run=True)
    assert (seen["status"], seen["as_of"], seen["dry_run"]) == ("done", date(2026, 4, 6), True)
    assert debtors(seen["planned"]) == [("cus_1", 1, None)]
    assert debtors(seen["skipped"]) == [("cus_2", 1, "no_address"), ("cus_3", None, "not_yet")]
    assert (seen["sent"], chase.cases(), chase.actions(), chase.reminders()) == ([], [], [], [])
    assert seen["planned"][0]["open_minor"] == TOTAL


def test_a_run_does_what_its_dry_run_said(chase: Chase) -> None:
    three_customers(chase)
    dry = run(chase, day=5, dry_run=True)
    real = run(chase, day=5, dry_run=False)
    assert real["status"] == "running"
    assert debtors(real["planned"]) == debtors(dry["planned"])
    for case in chase.cases():
        operations.take_step(chase.session, case_id=case.id, run_id=real["id"], now=chase.at(5))
    done = queries.get_run(chase.session, real["id"])
    assert (done["status"], done["planned"]) == ("done", [])
    assert debtors(done["sent"]) == debtors(dry["planned"])
    assert debtors(done["skipped"]) == debtors(dry["skipped"])
    assert len(chase.reminders()) == 1


def test_a_dry_run_knows_of_a_message_that_has_just_gone_as_a_run_does(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=5)
    (written,) = chase.reminders()
    messages.claim(chase.session, message_id=written.id, now=chase.at(5))
    messages.record_outcome(chase.session, message_id=written.id, outcome=MessageStatus.SENT, now=chase.at(5))
    dry = run(chase, day=5, as_of=15, dry_run=True)
    assert debtors(dry["planned"]) == [("cus_1", 2, None)]
    assert [action.status for action in chase.actions()] == [ActionStatus.CLAIMED]


def test_a_step_that_is_taken_again_after_it_was_sent_stays_sent(chase: Chase) -> None:
    chase.invoice()
    real = run(chase, day=5, dry_run=False)
    (case,) = chase.cases()
    for _ in range(2):
        operations.take_step(chase.session, case_id=case.id, run_id=real["id"], now=chase.at(5))
    assert debtors(queries.get_run(chase.session, real["id"])["sent"]) == [("cus_1", 1, None)]


def test_what_was_paid_between_planning_and_sending_is_skipped_with_the_reason(chase: Chase) -> None:
    invoice = chase.invoice()
    real = run(chase, day=5, dry_run=False)
    chase.pay(invoice, day=5)
    (case,) = chase.cases()
    operations.take_step(chase.session, case_id=case.id, run_id=real["id"], now=chase.at(5))
    done = queries.get_run(chase.session, real["id"])
    assert debtors(done["skipped"]) == [("cus_1", 1, "nothing_open")]
    assert done["sent"] == []


def test_a_run_is_done_once_however_often_it_is_asked_for(chase: Chase) -> None:
    chase.invoice()
    first = run(chase, day=5, dry_run=True, run_id="run_1")
    assert run(chase, day=9, dry_run=True, run_id="run_1") == first
    with pytest.raises(RunExists):
        run(chase, day=5, dry_run=False, run_id="run_1")


@pytest.mark.parametrize("as_of", [-1, 4, 6])
def test_only_a_dry_run_looks_at_another_day(chase: Chase, as_of: int) -> None:
    with pytest.raises(DryRunOnly):
        run(chase, day=5, as_of=as_of, dry_run=False)


def test_an_unknown_run_is_not_found(chase: Chase) -> None:
    with pytest.raises(NoSuchRun):
        queries.get_run(chase.session, "run_9")


def test_a_dry_run_leaves_a_closed_case_closed(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    chase.pay(invoice, day=2)
    chase.run(day=2)
    chase.invoice(due=10)
    seen = run(chase, day=3, as_of=15, dry_run=True)
    assert debtors(seen["planned"]) == [("cus_1", 1, None)]
    assert chase.session.scalar(select(func.count()).select_from(Case).where(Case.closed_at.is_(None))) == 0
