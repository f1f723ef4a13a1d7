"""What people do in cases: calls, letters, decisions, surveys, each closed with what came of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, text

from server.access.rules import Role
from server.dunning import operations, queries
from server.dunning.models import Action, Letter, Proposal, Survey
from server.dunning.operations import (
    CallCauseMissing,
    CallExists,
    NothingToPrint,
    ResultUnsendable,
    StepFormal,
    SupervisorOnly,
    TaskOver,
    TaskTaken,
)
from server.dunning.rules import CallCause, Outcome, Reason
from tests import quebec
from tests.dunning.chase import TOTAL, Chase


@pytest.fixture
def large(chase: Chase) -> Chase:
    """A business for whom every account is large: it calls."""
    plan = queries.find_plan_in_force(chase.session)
    assert plan is not None
    chase.session.execute(
        text('UPDATE treatment_plans SET large_accounts = \'[{"currency": "CAD", "above_minor": 0}]\' WHERE id = :id'),
        {"id": plan.id},
    )
    chase.session.expire_all()
    return chase


def the_task(chase: Chase) -> Action:
    """The call to be made."""
    return chase.session.scalars(select(Action).where(Action.status.in_(("planned", "claimed")))).one()


def call(chase: Chase, outcome: Outcome, *, day: int, call_id: str = "cll_1", **said: Any) -> Action:
    """Close the call of the day."""
    wanted: dict[str, Any] = {"root_cause": None, "spoke_with": None, "note": None, "role": Role.OFFICE}
    wanted |= {"called_by": "staff:anne", "action_id": said.pop("action_id", None) or the_task(chase).id, **said}
    closed = operations.close_call(chase.session, call_id=call_id, outcome=outcome, now=chase.at(day), **wanted)
    return queries.get_action(chase.session, closed.action_id)


def test_a_large_account_is_called_and_gets_the_result_in_writing(large: Chase) -> None:
    large.invoice()
    assert large.run(day=5) == [None]
    assert (the_task(large).channel, large.reminders()) == ("call", [])
    assert large.run(day=6) == [Reason.WAITS_FOR_PERSON]
    action = call(large, Outcome.REACHED, day=6, root_cause=CallCause.FORGOTTEN, note="Pays on Friday")
    assert (action.status, action.outcome, action.root_cause) == ("done", "reached", "forgotten")
    (result,) = large.reminders()
    assert (result.id, result.recipient) == (action.message_id, "marie@example.com")
    assert result.subject.startswith("Notre entretien")
    assert large.case(day=6)["step"] == 1
    call(large, Outcome.REACHED, day=6, root_cause=CallCause.FORGOTTEN, action_id=action.id)  # the same form again
    assert len(large.reminders()) == 1
    with pytest.raises(CallExists):
        call(large, Outcome.REFUSED, day=6, action_id=action.id)
    with pytest.raises(TaskOver):
        call(large, Outcome.REFUSED, day=6, call_id="cll_2", action_id=action.id, root_cause=CallCause.UNKNOWN)


def test_a_call_that_was_answered_says_why_it_is_unpaid(large: Chase) -> None:
    large.invoice()
    large.run(day=5)
    with pytest.raises(CallCauseMissing):
        call(large, Outcome.DISPUTE, day=5)
    assert the_task(large).attempts == 0


def test_nobody_answers_three_times_and_the_plan_goes_on(large: Chase) -> None:
    large.invoice()
    large.run(day=5)
    for number in (1, 2):
        assert call(large, Outcome.NO_ANSWER, day=5, call_id=f"cll_{number}").status == "planned"
    assert large.reminders() == []
    assert call(large, Outcome.VOICEMAIL, day=6, call_id="cll_3").status == "done"
    assert len(large.reminders()) == 1


def test_a_task_cannot_close_without_the_result_that_the_plan_wants(large: Chase) -> None:
    quebec.add_customer(large.session, "cus_2", email=None, addresses=[])
    large.invoice(customer_id="cus_2")
    large.run(day=5)
    with pytest.raises(ResultUnsendable):
        call(large, Outcome.REFUSED, day=5, root_cause=CallCause.UNWILLING)


def test_who_takes_a_task_keeps_it_until_it_is_given_back(large: Chase) -> None:
    large.invoice()
    large.run(day=5)
    task = the_task(large)
    operations.claim_task(large.session, action_id=task.id, role=Role.OFFICE, claimed_by="staff:anne", now=large.at(5))
    with pytest.raises(TaskTaken):
        call(large, Outcome.REFUSED, day=5, root_cause=CallCause.UNKNOWN, called_by="staff:luc")
    operations.release_task(large.session, action_id=task.id, role=Role.OFFICE, released_by="staff:anne")
    assert call(large, Outcome.REFUSED, day=5, root_cause=CallCause.UNKNOWN, called_by="staff:luc").status == "done"


def test_an_escalation_is_a_supervisor_s_call_to_whoever_decides(large: Chase) -> None:
    large.invoice()
    for day in (5, 15):
        large.run(day=day)
        call(large, Outcome.REACHED, day=day, call_id=f"cll_{day}", root_cause=CallCause.UNKNOWN)
    large.run(day=25)
    assert the_task(large).channel == "supervisor_call"
    said: dict[str, Any] = {"name": "Mme Roy", "phone": "+14185550111", "email": None}
    operations.name_decider(large.session, customer_id="cus_1", **said, noted_by="staff:anne", now=large.at(25))
    (task,) = queries.worklist(large.session, today=large.at(25).date(), now=large.at(25))["tasks"]
    assert (task["phone"], task["open_minor"]) == ("+14185550111", TOTAL)
    assert task["at_stake_minor"] > 0
    assert {check["check"]: check["ok"] for check in task["checks"]}["undisputed"] is True
    with pytest.raises(SupervisorOnly):
        call(large, Outcome.REACHED, day=25, root_cause=CallCause.UNKNOWN)
    assert call(large, Outcome.REACHED, day=25, root_cause=CallCause.UNKNOWN, role=Role.SUPERVISOR).status == "done"


def test_a_final_demand_is_not_skipped_other_calls_are_with_a_reason(large: Chase) -> None:
    large.invoice()
    by: dict[str, Any] = {"role": Role.SUPERVISOR, "skipped_by": "staff:anne"}
    for day in (5, 15, 25):
        large.run(day=day)
        task = the_task(large)
        skipped = operations.skip_task(large.session, action_id=task.id, reason="Known", **by, now=large.at(day))
        assert (skipped.status, skipped.note) == ("skipped", "Known")
    large.run(day=35)
    with pytest.raises(StepFormal):
        operations.skip_task(large.session, action_id=the_task(large).id, reason="No", **by, now=large.at(35))
    call(large, Outcome.REFUSED, day=35, root_cause=CallCause.UNWILLING)
    assert large.case(day=35)["status"] == "final_demand"
    assert large.reminders()[-1].subject.startswith("Demande finale")


def test_paying_calls_off_what_was_still_to_be_done(large: Chase) -> None:
    invoice = large.invoice()
    large.run(day=5)
    task = the_task(large)
    large.pay(invoice, day=6)
    large.run(day=6)
    large.session.refresh(task)
    assert task.status == "cancelled"
    assert queries.worklist(large.session, today=large.at(6).date(), now=large.at(6))["tasks"] == []


def test_who_has_no_address_gets_a_letter_printed_in_a_batch_and_posted(chase: Chase) -> None:
    quebec.add_customer(chase.session, "cus_2", email=None)
    chase.invoice(customer_id="cus_2")
    chase.invoice(customer_id="cus_2")
    assert chase.run(day=5) == [None]
    assert chase.run(day=6) == [Reason.WAITS_FOR_PERSON]
    batch = operations.print_batch(chase.session, batch_id="bat_1", printed_by="staff:anne", now=chase.at(6))
    again = operations.print_batch(chase.session, batch_id="bat_1", printed_by="staff:anne", now=chase.at(7))
    assert batch is again
    pdf = operations.render_batch(chase.session, batch.id)
    assert (pdf[:5], pdf) == (b"%PDF-", operations.render_batch(chase.session, batch.id))
    operations.mark_posted(chase.session, batch_id=batch.id, posted_by="staff:anne", now=chase.at(7))
    (action,) = chase.actions()
    assert (action.channel, action.status) == ("letter", "done")
    with pytest.raises(NothingToPrint):
        operations.print_batch(chase.session, batch_id="bat_2", printed_by="staff:anne", now=chase.at(8))
    assert chase.session.scalar(select(func.count()).select_from(Letter)) == 1


def test_a_letter_that_nobody_printed_is_taken_back_when_it_is_paid(chase: Chase) -> None:
    quebec.add_customer(chase.session, "cus_2", email=None)
    invoice = chase.invoice(customer_id="cus_2")
    chase.run(day=5)
    chase.pay(invoice, day=6)
    chase.run(day=6)
    assert chase.session.scalars(select(Letter)).one().withdrawn_at == chase.at(6)
    assert [(action.step, action.status) for action in chase.actions()] == [(1, "cancelled")]


def test_the_end_of_the_plan_is_a_proposal_and_paying_makes_it_moot(chase: Chase) -> None:
    invoice = chase.invoice()
    for day in (5, 15, 25, 35, 50):
        chase.run(day=day)
    proposal = chase.session.scalars(select(Proposal)).one()
    assert (proposal.kind, proposal.open_minor, proposal.decided_at) == ("either", TOTAL, None)
    (task,) = queries.worklist(chase.session, today=chase.at(50).date(), now=chase.at(50))["tasks"]
    assert (task["kind"], task["proposal_id"]) == ("approval", proposal.id)
    chase.pay(invoice, day=51)
    chase.run(day=51)
    chase.session.refresh(proposal)
    assert (proposal.decision, chase.case(day=51)["status"]) == ("moot", "closed")


def test_a_small_account_is_asked_before_the_due_date_and_its_answers_are_kept(chase: Chase) -> None:
    chase.invoice()
    assert chase.run(day=-11) == []
    assert chase.run(day=-10) == [None]
    (asked,) = chase.reminders()
    assert asked.subject.startswith("Quelques questions")
    answers = {"arrived": "no", "problems": "Le robinet fuit", "unknown": "left out"}
    operations.answer_survey(chase.session, customer_id="cus_1", answers=answers, now=chase.at(-9))
    assert operations.answer_survey(chase.session, customer_id="cus_1", answers={}, now=chase.at(-8)) is None
    survey = chase.session.scalars(select(Survey)).one()
    assert survey.answers == {"arrived": "no", "problems": "Le robinet fuit"}
    assert chase.case(day=-8)["status"] == "pre_due"
    assert chase.run(day=5) == [None]
    assert [action.step for action in chase.actions()] == [0, 1]


def test_calls_that_nobody_answers_ask_a_person_once_the_final_demand_is_over(large: Chase) -> None:
    large.invoice()
    number = iter(range(100))
    for step in (5, 15, 25, 35):
        large.run(day=step)
        role = Role.SUPERVISOR if the_task(large).channel == "supervisor_call" else Role.OFFICE
        for _ in range(3):
            call(large, Outcome.NO_ANSWER, day=step, call_id=f"cll_{next(number)}", role=role)
    assert (large.run(day=44), large.case(day=44)["status"]) == ([Reason.NOT_YET], "final_demand")
    dry = operations.ask_for_run(large.session, run_id=None, as_of=None, dry_run=True, now=large.at(45))
    operations.run(large.session, run_id=dry, now=large.at(45))
    (line,) = queries.get_run(large.session, dry)["planned"]
    assert (line["step"], line["channel"], line["template"]) == (None, "referral", "agency_or_write_off")
    for _ in range(2):
        large.run(day=45)
    shown = large.case(day=45)
    assert (shown["status"], shown["transitions"][-1].because) == ("referral_pending", "exit:unanswered")
    operations.reject(large.session, case_id=shown["id"], note="Wait", rejected_by="staff:sup", now=large.at(46))
    large.run(day=47)
    assert large.case(day=47)["status"] == "final_demand"
    large.run(day=50)  # the plan's own step comes in its turn
    assert large.case(day=50)["transitions"][-1].because == "step:5"
