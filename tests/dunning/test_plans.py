"""Versions of plans: what is wrong with one, what it would do, and the act of switching it on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from sqlalchemy import text

from server.dunning import operations, queries, rules
from server.dunning.models import TreatmentPlan
from server.dunning.operations import PlanInvalid, PlanNotTried, ThresholdMissing
from server.dunning.rules import Plan
from tests.dunning.chase import Chase

Change = Callable[[dict[str, Any]], object]


def plan(change: Change) -> Plan:
    """Return the plan by due date, changed."""
    written = asdict(rules.plans()[1])
    written["steps"] = list(written["steps"])
    change(written)
    return rules.read(written)


def at(step: int, size: str, **said: Any) -> Change:
    """Change a treatment."""
    return lambda written: written["steps"][step][size].update(said)


def large(*, currency: str = "CAD", above_minor: int = 1, times: int = 1) -> Change:
    """Say from how much on an account is large."""
    return lambda written: written.update(large_accounts=[{"currency": currency, "above_minor": above_minor}] * times)


def modified(**said: Any) -> Change:
    """Let a risk class change something."""
    return lambda written: written.update(modifiers=[{"risk_class": "high", "steps": [1], **said}])


def test_the_article_s_plan_and_its_twin_have_no_fault() -> None:
    assert [rules.faults(each) for each in rules.plans()] == [{}, {}]


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        (lambda w: w.update(steps=[], modifiers=[]), "steps", "no_steps"),
        (lambda w: w.update(min_gap_days=0), "min_gap_days", "gap_out_of_range"),
        (lambda w: w["exits"].update(unanswered_calls=0), "exits.unanswered_calls", "exit_out_of_range"),
        (lambda w: w["steps"][2].update(seq=1), "steps.2.seq", "not_ascending"),
        (lambda w: w["steps"][2].update(closes_day=14), "steps.2.closes_day", "window_backwards"),
        (lambda w: w["steps"][2].update(opens_day=9), "steps.2.opens_day", "window_overlaps"),
        (at(1, "small", template="reminder_9"), "steps.1.small.template", "template_unknown"),
        (at(1, "small", then="call_result"), "steps.1.small.then", "result_without_call"),
        (at(1, "large", then="agency"), "steps.1.large.then", "result_unknown"),
        (at(1, "small", otherwise="call"), "steps.1.small.otherwise", "otherwise_not_written"),
        (at(0, "small", days_before_due=[7, 10]), "steps.0.small.days_before_due", "before_due_backwards"),
        (at(1, "small", days_before_due=[7, 5]), "steps.1.small.days_before_due", "before_due_must_lapse"),
        (at(4, "small", template="reminder_3"), "steps.5.small.channel", "referral_without_final_demand"),
        (large(currency="XXY"), "large_accounts.0.currency", "currency_unknown"),
        (large(times=2), "large_accounts.1.currency", "threshold_twice"),
        (large(above_minor=-1), "large_accounts.0.above_minor", "threshold_negative"),
        (modified(risk_class="odd"), "modifiers.0.risk_class", "class_unknown"),
        (modified(steps=[3, 4], passed_over=True), "modifiers.0.passed_over", "final_passed_over"),
        (modified(broken_promises=0), "modifiers.0.broken_promises", "exit_out_of_range"),
        (modified(steps=[9]), "modifiers.0.steps", "step_unknown"),
        (modified(earlier_days=31), "modifiers.0.earlier_days", "days_out_of_range"),
    ],
)  # fmt: skip
def test_each_fault_is_named_by_its_place_and_a_code(change: Change, path: str, code: str) -> None:
    assert code in rules.faults(plan(change)).get(path, [])
    assert code in rules.FAULTS


def write(chase: Chase, *, day: int = 0, **said: Any) -> TreatmentPlan:
    """Write the next version of the plan by due date."""
    current = queries.find_plan_in_force(chase.session)
    assert current is not None
    written = {**asdict(queries.read_plan(current)), **said}
    return operations.write_version(chase.session, written=written, written_by="staff:anne", now=chase.at(day))


def see(chase: Chase, row: TreatmentPlan, *, day: int = 0) -> dict[str, Any]:
    """Do a dry run of a version."""
    asked: dict[str, Any] = {"run_id": None, "as_of": None, "dry_run": True, "plan_id": row.id}
    run_id = operations.ask_for_run(chase.session, **asked, now=chase.at(day))
    operations.run(chase.session, run_id=run_id, now=chase.at(day))
    return queries.get_run(chase.session, run_id)


def switch(chase: Chase, row: TreatmentPlan, *, day: int = 0) -> None:
    """Switch a version on."""
    operations.switch_on(chase.session, plan_id=row.id, switched_by="staff:anne", now=chase.at(day))


def test_a_change_is_the_next_version_and_no_change_is_none(chase: Chase) -> None:
    first = write(chase)
    later = write(chase, min_gap_days=7)
    assert (later.version, later.min_gap_days) == (first.version + 1, 7)
    assert write(chase, min_gap_days=7).id == later.id
    with pytest.raises(PlanInvalid) as refused:
        write(chase, min_gap_days=99)
    assert refused.value.errors == {"min_gap_days": ["gap_out_of_range"]}


def test_a_version_is_switched_on_after_somebody_saw_it_dry_and_never_without_a_threshold(chase: Chase) -> None:
    row = write(chase, min_gap_days=7)
    with pytest.raises(PlanNotTried):
        switch(chase, row)
    see(chase, row)
    switch(chase, row)
    assert queries.find_plan_in_force(chase.session) is row
    bare = write(chase, large_accounts=())
    assert see(chase, bare)["warnings"] == ["threshold_missing"]
    with pytest.raises(ThresholdMissing):
        switch(chase, bare)
    assert queries.find_plan_in_force(chase.session) is row


def test_an_edit_changes_no_case_and_moving_one_is_written_down(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=5)
    before = chase.case(day=5)["plan_id"]
    row = write(chase, min_gap_days=9)
    see(chase, row)
    switch(chase, row)
    chase.run(day=6)
    assert chase.case(day=6)["plan_id"] == before
    (case,) = chase.cases()
    moved = {"plan_id": row.id, "reason": "They asked for more time", "changed_by": "staff:anne"}
    operations.change_plan(chase.session, case_id=case.id, **moved, now=chase.at(6))
    shown = chase.case(day=6)
    assert (shown["plan_id"], shown["step"], shown["transitions"][-1].note) == (row.id, 1, "They asked for more time")
    assert shown["transitions"][-1].because == f"plan:abc_amega_due:4:abc_amega_due:{row.version}"


def test_two_versions_differ_in_what_they_say_and_in_whom_they_treat_differently(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=4)
    (case,) = chase.cases()
    row = write(chase, large_accounts=[{"currency": "CAD", "above_minor": 100}])
    wanted: dict[str, Any] = {"plan_id": case.plan_id, "other_id": row.id, "as_of": chase.at(5).date()}
    differ = operations.compare(chase.session, **wanted, now=chase.at(4))
    assert differ["changes"] == [{"path": "large_accounts.0.above_minor", "before": 1_000_000, "after": 100}]
    (each,) = differ["customers"]
    assert (each["customer_id"], each["before"].channel, each["after"].channel) == ("cus_1", "email", "call")
    assert (chase.actions(), chase.reminders()) == ([], [])


def test_a_dry_run_shows_how_each_text_begins(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=4)
    run_id = operations.ask_for_run(chase.session, run_id=None, as_of=chase.at(5).date(), dry_run=True, now=chase.at(4))
    operations.run(chase.session, run_id=run_id, now=chase.at(4))
    (line,) = queries.get_run(chase.session, run_id)["planned"]
    chase.run(day=5)
    (reminder,) = chase.reminders()
    assert line["subject"] == reminder.subject


def test_nobody_new_is_chased_before_a_plan_is_switched_on(chase: Chase) -> None:
    chase.invoice()
    chase.session.execute(text("DELETE FROM dunning_plan_switches"))
    assert chase.run(day=30) == []
    assert chase.cases() == []
