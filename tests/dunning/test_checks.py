"""Before a final demand or a referral somebody looks at our own side; until then the case waits, and skips nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.contacts.models import LogRow
from server.dunning import operations, queries, rules
from server.dunning.operations import CaseClosed
from server.dunning.rules import Before, Reason
from tests.dunning.chase import Chase


def tasks(chase: Chase, *, day: int) -> list[str]:
    """The kinds of what people have to do."""
    return [
        task["kind"] for task in queries.worklist(chase.session, today=chase.at(day).date(), now=chase.at(day))["tasks"]
    ]


@pytest.mark.parametrize(
    ("answers", "clear"),
    [
        ({"invoice_right": True, "delivered": True, "nothing_unread": True}, True),
        ({"invoice_right": False, "delivered": True, "nothing_unread": True}, False),
        ({"invoice_right": True, "delivered": True}, False),
        ({}, False),
    ],
)
def test_only_a_yes_to_each_question_is_clear(answers: dict[str, bool], clear: bool) -> None:
    assert rules.is_clear(answers) is clear


def test_a_final_demand_by_mail_waits_on_the_worklist_until_all_is_well_on_our_side(chase: Chase) -> None:
    invoice = chase.invoice()
    for day in (5, 15, 25):
        chase.run(day=day)
    assert (chase.run(day=34, checks=False), tasks(chase, day=34)) == ([Reason.NOT_YET], [])
    for day in (35, 36, 60):
        assert chase.run(day=day, checks=False) == [Reason.CHECK_OPEN]
        assert tasks(chase, day=day) == ["check"]
    (case,) = chase.cases()
    chase.check(case, day=60, delivered=False)
    assert (chase.run(day=61, checks=False), tasks(chase, day=61)) == ([Reason.CHECK_OPEN], ["check"])
    for _ in range(2):
        chase.check(case, day=62)
    assert (chase.run(day=62, checks=False), tasks(chase, day=62)) == ([None], [])
    assert [action.step for action in chase.actions()] == [1, 2, 3, 4]
    told = chase.session.scalars(select(LogRow).where(LogRow.kind == "own_side_checked").order_by(LogRow.id))
    assert [(row.by, row.facts["delivered"]) for row in told] == [("staff:anne", False), ("staff:anne", True)]
    chase.pay(invoice, day=63)
    chase.run(day=63)
    with pytest.raises(CaseClosed):
        chase.check(case, day=63)


def test_a_dry_run_says_that_the_final_demand_waits_and_asks_nobody(chase: Chase) -> None:
    chase.invoice()
    for day in (5, 15, 25):
        chase.run(day=day)
    chase.deliver(day=35)
    run_id = operations.ask_for_run(chase.session, run_id=None, as_of=None, dry_run=True, now=chase.at(35))
    operations.run(chase.session, run_id=run_id, now=chase.at(35))
    (line,) = queries.get_run(chase.session, run_id)["skipped"]
    assert (line["step"], line["reason"]) == (4, "check_open")
    assert tasks(chase, day=35) == []


def test_what_was_clear_before_the_final_demand_says_nothing_of_a_referral(chase: Chase) -> None:
    chase.invoice()
    for day in (5, 15, 25, 35, 50):
        chase.run(day=day)
    (case,) = chase.cases()
    with pytest.raises(operations.ChecksOpen):
        operations.require_checks(chase.session, case, Before.REFERRAL)
    chase.check(case, day=50, before=Before.REFERRAL)
    operations.require_checks(chase.session, case, Before.REFERRAL)
