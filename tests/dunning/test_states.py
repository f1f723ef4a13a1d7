"""Where a case stands, how it comes there, and that every way is written down."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.dunning import operations, queries, rules
from server.dunning.models import Case, Transition
from server.dunning.operations import NotFromHere
from server.dunning.rules import ActionStatus, Ending, Reason, Status
from tests.dunning.chase import Chase


def move(chase: Chase, to: Status, *, day: int, ending: Ending | None = None) -> None:
    """Let somebody of the office move the only case."""
    (case,) = chase.cases()
    found = queries.get_case(chase.session, case.id, lock=True)
    operations.move(chase.session, found, to, because="test", ending=ending, moved_by="staff:stf_1", now=chase.at(day))


def ways(chase: Chase) -> list[tuple[str | None, str, int]]:
    """Return every transition written down: from, to, in which cycle."""
    found = chase.session.scalars(select(Transition).order_by(Transition.moved_at, Transition.id))
    return [(way.from_status, way.to_status.value, way.cycle) for way in found]


def test_every_state_is_reached_and_all_but_pausing_can_be_left_for_closed() -> None:
    stored = set(Status) - {Status.PAUSED}
    assert {to for to in stored if any(rules.may_become(status, to) for status in stored)} == stored - {Status.PRE_DUE}
    assert all(rules.may_become(status, Status.CLOSED) for status in stored)
    assert not any(rules.may_become(status, Status.PAUSED) for status in Status)


def test_severity_never_decreases_but_by_a_decision_or_a_return() -> None:
    assert not rules.may_become(Status.FINAL_DEMAND, Status.ACTIVE)
    assert not rules.may_become(Status.ACTIVE, Status.PRE_DUE)
    assert not rules.may_become(Status.ACTIVE, Status.REFERRED)  # only a person refers


def test_a_step_that_is_done_stays_done() -> None:
    assert not any(rules.may_act(ActionStatus.DONE, to) for to in ActionStatus)
    assert not any(rules.may_act(ActionStatus.MISSED, to) for to in ActionStatus)


def test_opening_paying_and_coming_back_are_written_down(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    chase.pay(invoice, day=2)
    chase.run(day=2)
    move(chase, Status.ACTIVE, day=3)
    assert ways(chase) == [(None, "active", 1), ("active", "closed", 1), ("closed", "active", 2)]
    shown = chase.case(day=3)
    assert [way.moved_by for way in shown["transitions"]] == ["planner", "planner", "staff:stf_1"]
    assert (shown["status"], shown["cycle"], shown["closed_because"]) == ("active", 2, None)


def test_what_may_not_be_is_refused_and_leaves_no_trace(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    for wanted, ending in ((Status.REFERRED, None), (Status.CLOSED, None), (Status.FINAL_DEMAND, Ending.PAID)):
        with pytest.raises(NotFromHere):
            move(chase, wanted, day=2, ending=ending)
    assert ways(chase) == [(None, "active", 1)]


@pytest.mark.parametrize(
    ("status", "reason"),
    [(Status.REFERRAL_PENDING, Reason.AWAITS_DECISION), (Status.WRITE_OFF_PENDING, Reason.AWAITS_DECISION)],
)
def test_while_a_person_decides_nothing_goes_out(chase: Chase, status: Status, reason: Reason) -> None:
    chase.invoice()
    chase.run(day=1)
    move(chase, status, day=2)
    assert chase.run(day=30) == [reason]
    assert chase.reminders() == []


def test_a_case_that_was_referred_sends_nothing_of_its_own(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    move(chase, Status.REFERRAL_PENDING, day=2)
    move(chase, Status.REFERRED, day=3)
    assert chase.run(day=40) == [Reason.REFERRED]
    assert (chase.reminders(), chase.case(day=40)["next_step_on"]) == ([], None)


def test_a_written_off_debt_that_pays_is_recovered(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    move(chase, Status.WRITE_OFF_PENDING, day=2)
    move(chase, Status.CLOSED, day=3, ending=Ending.WRITTEN_OFF)
    move(chase, Status.CLOSED, day=9, ending=Ending.RECOVERED)
    (case,) = chase.session.scalars(select(Case))
    assert (case.status, case.closed_because, case.cycle) == (Status.CLOSED, Ending.RECOVERED, 1)
