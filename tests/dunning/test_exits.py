"""The patience of a plan ends: a person is asked, once; and how what is owed no more ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from server.dunning import operations, rules
from server.dunning.models import Proposal
from server.dunning.rules import Debt, DisputeReason, DisputeStatus, Ending, Exit, Patience, Reason, RootCause, Source
from server.law import operations as law
from server.law import rules as law_rules
from server.payments import operations as payments
from server.payments.models import Payment
from server.write_offs import operations as write_offs
from tests.dunning.chase import DUE, TOTAL, Chase

PLAN = next(plan for plan in rules.plans() if plan.name == rules.DEFAULT_PLAN)
DEBT = Debt(open_minor=21845, currency="CAD", issued_on=DUE - timedelta(days=30), due_on=DUE)
DEMANDED = replace(DEBT, last_step=4, last_contact_on=DUE + timedelta(days=35))


def day(number: int) -> date:
    return DUE + timedelta(days=number)


@pytest.mark.parametrize(
    ("debt", "patience", "waits", "on", "leaves"),
    [
        (DEMANDED, {"unanswered": 2}, False, 45, None),
        (DEMANDED, {"unanswered": 3}, False, 45, Exit.UNANSWERED),
        (DEMANDED, {"unanswered": 3}, False, 44, None),  # the day that the final demand named is not over
        (DEMANDED, {"unanswered": 9, "asked_on": day(40)}, False, 45, None),  # a person turned it down already
        (replace(DEBT, last_step=3), {"unanswered": 9}, False, 45, None),  # the final demand is still to come
        (DEMANDED, {"unanswered": 9}, True, 45, None),  # somebody is at a task
        (DEMANDED, {}, False, 89, None),
        (DEMANDED, {}, False, 90, Exit.AGE),
        (DEMANDED, {"asked_on": day(50)}, False, 90, Exit.AGE),
        (DEMANDED, {"asked_on": day(90)}, False, 91, None),  # asked once
        (replace(DEBT, last_step=2), {}, False, 90, None),  # a backlog gets its final demand first
        (replace(DEBT, last_step=2), {}, True, 90, Exit.AGE),  # a call that somebody let lie
        (replace(DEMANDED, risk_class="slow_but_sure"), {"unanswered": 3, "usual_days": 46}, False, 46, None),
        (replace(DEMANDED, risk_class="slow_but_sure"), {"unanswered": 3, "usual_days": 46}, False, 47, "unanswered"),
        (DEBT, {"barred_on": day(10)}, False, 10, Exit.TIME_BARRED),
        (DEBT, {"barred_on": day(10), "asked_on": day(9)}, False, 12, Exit.TIME_BARRED),
        (DEBT, {"barred_on": day(10), "asked_on": day(10)}, False, 12, None),
        (DEBT, {"barred_on": day(10)}, False, 9, None),
        (DEBT, {"is_worth_it": False}, False, 9, Exit.NOT_WORTH),  # before the final demand: it costs something
        (DEBT, {"is_worth_it": False, "asked_on": day(8)}, False, 9, None),
        (DEBT, {"is_worth_it": False, "barred_on": day(9)}, False, 9, Exit.TIME_BARRED),
    ],
)
def test_a_case_leaves_its_plan_for_a_person(
    debt: Debt, patience: dict[str, Any], waits: bool, on: int, leaves: Exit | None
) -> None:
    found = rules.exit_of(debt, PLAN, Patience(**patience), waits_for_person=waits, today=day(on))
    assert found == leaves


def test_a_plan_without_exits_never_leaves() -> None:
    endless = replace(PLAN, exits=rules.Exits())
    for late in (45, 90, 900):
        borne = Patience(unanswered=99)
        assert rules.exit_of(DEMANDED, endless, borne, waits_for_person=False, today=day(late)) is None


@pytest.mark.parametrize(
    ("paid", "credited", "written_off", "reinstated", "barred", "ending"),
    [
        (100, 0, False, False, False, Ending.PAID),
        (0, 0, False, False, False, Ending.PAID),
        (60, 40, False, False, False, Ending.SETTLED),
        (0, 100, False, False, False, Ending.CREDITED),
        (60, 0, True, False, False, Ending.WRITTEN_OFF),
        (0, 40, True, False, False, Ending.WRITTEN_OFF),
        (0, 0, True, False, True, Ending.TIME_BARRED),
        (100, 0, False, True, False, Ending.RECOVERED),
        (100, 0, False, True, True, Ending.RECOVERED),
    ],
)
def test_how_it_ended_follows_from_what_came_off(
    paid: int, credited: int, written_off: bool, reinstated: bool, barred: bool, ending: Ending
) -> None:
    told = {"written_off": written_off, "reinstated": reinstated, "time_barred": barred}
    assert rules.ending(paid_minor=paid, credited_minor=credited, **told) is ending


@pytest.mark.parametrize(("share", "ending"), [(TOTAL, "credited"), (TOTAL - 5000, "settled")])
def test_a_credited_debt_ends_as_what_it_was_and_says_so(chase: Chase, share: int, ending: str) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    said: dict[str, Any] = {"reason": DisputeReason.NOT_DONE, "said": "No", "source": Source.OFFICE}
    operations.dispute(
        chase.session,
        dispute_id="dsp_1",
        invoice_id=invoice.id,
        amount_minor=share,
        opened_by="staff:anne",
        now=chase.at(2),
        **said,
    )
    operations.decide_dispute(
        chase.session,
        dispute_id="dsp_1",
        status=DisputeStatus.UPHELD,
        root_cause=RootCause.WORK,
        answer="You are right",
        decided_by="staff:anne",
        now=chase.at(3),
    )
    if share < TOTAL:
        chase.pay(invoice, day=4, amount_minor=TOTAL - share)
    chase.run(day=5)
    shown = chase.case(day=5)
    last = shown["transitions"][-1]
    assert (shown["closed_because"], last.because, last.moved_by, last.moved_at) == (
        ending, ending, "planner", chase.at(5),
    )  # fmt: skip


def test_a_debt_paid_by_a_transfer_of_before_the_case_and_credited_in_part_ends_as_both(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    payments.receive_transfer(
        chase.session,
        payment_id="pay_bank",
        covered=[invoice],
        amount_minor=TOTAL - 5000,
        reference="RF",
        taken_by="statement",
        booked_at=chase.at(0),
        now=chase.at(2),
    )
    operations.dispute(
        chase.session,
        dispute_id="dsp_1",
        invoice_id=invoice.id,
        amount_minor=5000,
        reason=DisputeReason.NOT_DONE,
        said="No",
        source=Source.OFFICE,
        opened_by="staff:anne",
        now=chase.at(2),
    )
    operations.decide_dispute(
        chase.session,
        dispute_id="dsp_1",
        status=DisputeStatus.UPHELD,
        root_cause=RootCause.WORK,
        answer="You are right",
        decided_by="staff:anne",
        now=chase.at(3),
    )
    chase.run(day=5)
    assert chase.case(day=5)["closed_because"] == "settled"


def test_a_debt_whose_cheque_bounced_and_that_was_then_credited_ends_as_credited(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    chase.pay(invoice, day=2)
    (paid,) = chase.session.query(Payment)
    said: dict[str, Any] = {"reversal_id": "rev_1", "reason": "NSF", "reversed_by": "staff:anne"}
    payments.reverse_payment(chase.session, payment_id=paid.id, **said, now=chase.at(2))
    operations.dispute(
        chase.session,
        dispute_id="dsp_1",
        invoice_id=invoice.id,
        amount_minor=None,
        reason=DisputeReason.NOT_DONE,
        said="No",
        source=Source.OFFICE,
        opened_by="staff:anne",
        now=chase.at(2),
    )
    operations.decide_dispute(
        chase.session,
        dispute_id="dsp_1",
        status=DisputeStatus.UPHELD,
        root_cause=RootCause.WORK,
        answer="You are right",
        decided_by="staff:anne",
        now=chase.at(3),
    )
    chase.run(day=5)
    assert chase.case(day=5)["closed_because"] == "credited"


def test_what_can_be_sued_for_no_more_is_proposed_for_letting_go_by_two(chase: Chase) -> None:
    said: dict[str, Any] = {"switched_on": True, "name": "Guy Roy", "reviewed_by": "staff:guy"}
    chase.invoice()
    chase.run(day=1)
    (case,) = chase.cases()
    late = 3 * 365 + 2
    version = law_rules.rows()["ca-qc"].version
    law.review(chase.session, review_id="lrv_1", key="ca-qc", version=version, now=chase.at(late - 30), **said)
    chase.run(day=late)
    assert chase.case(day=late)["status"] == "write_off_pending"
    (proposal,) = chase.session.query(Proposal)
    assert (proposal.kind, proposal.because) == ("write_off", "exit:time_barred")
    asked = {"case_id": case.id, "write_off_id": "wof_1", "reason": "Barred"}
    with pytest.raises(operations.ChecksOpen):
        operations.write_off(chase.session, **asked, asked_by="staff:anne", now=chase.at(late))
    chase.check(case, day=late, before=rules.Before.WRITE_OFF)
    operations.write_off(chase.session, **asked, asked_by="staff:anne", now=chase.at(late))
    write_offs.agree(chase.session, write_off_id="wof_1", agreed_by="staff:sup", now=chase.at(late + 1))
    chase.run(day=late + 1)
    assert chase.cases()[0].closed_because == "time_barred"


def test_a_case_waits_while_a_write_off_is_asked_for_beside_it_and_goes_on_once_it_is_turned_down(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=6)
    whose = {"customer_id": "cus_1", "currency": "CAD", "reason": "Gone", "asked_by": "staff:anne"}
    write_offs.ask(chase.session, write_off_id="wof_1", **whose, now=chase.at(7))
    operations.follow_write_offs(chase.session, now=chase.at(7))
    assert chase.case(day=7)["status"] == "write_off_pending"
    assert chase.run(day=20) == [Reason.AWAITS_DECISION]
    write_offs.reject(chase.session, write_off_id="wof_1", note="No", rejected_by="staff:sup", now=chase.at(21))
    operations.follow_write_offs(chase.session, now=chase.at(21))
    assert chase.case(day=21)["status"] == "active"
