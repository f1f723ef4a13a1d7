"""The step to take, decided from a debt, a plan and a day."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.dunning import rules
from server.dunning.rules import Debt, Plan, Reason, Threshold, next_step, next_step_on, waits_because

ARTICLE, BY_DUE_DATE = rules.plans()
DUE = date(2026, 4, 1)
DEBT = Debt(open_minor=21845, currency="CAD", issued_on=DUE - timedelta(days=30), due_on=DUE)


def step_on(day: int, debt: Debt = DEBT, plan: Plan = BY_DUE_DATE) -> int | None:
    """Return the number of the step to take that many days after the due date."""
    step = next_step(debt, plan, today=DUE + timedelta(days=day))
    return step.seq if step else None


@pytest.mark.parametrize(
    ("day", "last_step", "step"),
    [
        (1, None, None),
        (4, None, None),
        (5, None, 1),
        (10, None, 1),
        (11, None, 1),  # missed in its window, made up for
        (45, None, 1),  # and nothing is jumped over
        (10, 1, None),
        (14, 1, None),
        (15, 1, 2),
        (25, 2, 3),
        (35, 3, 4),
        (49, 4, None),
        (50, 4, 5),
        (400, 5, None),
    ],
)
def test_a_step_is_taken_from_its_opening_day_on(day: int, last_step: int | None, step: int | None) -> None:
    assert step_on(day, replace(DEBT, last_step=last_step)) == step


def test_the_windows_are_the_article_s() -> None:
    windows = [(step.opens_day, step.closes_day) for step in ARTICLE.steps]
    assert windows == [(0, 30), (35, 40), (45, 50), (55, 60), (65, 70), (80, 85)]


@given(day=st.integers(1, 400), last_step=st.none() | st.integers(0, 5))
def test_at_thirty_days_both_plans_say_the_same(day: int, last_step: int | None) -> None:
    debt = replace(DEBT, last_step=last_step)
    assert step_on(day, debt, ARTICLE) == step_on(day, debt, BY_DUE_DATE)


def test_what_belongs_before_the_due_date_is_not_made_up_for() -> None:
    assert [day for day in range(-30, 5) if step_on(day) == 0] == [-10, -9, -8, -7]
    large = replace(BY_DUE_DATE, large_accounts=(Threshold(currency="CAD", above_minor=0),))
    assert [day for day in range(-30, 5) if step_on(day, plan=large) == 0] == [-7, -6, -5]


def test_a_lapsed_step_is_missed_unless_its_window_was_over_when_the_invoice_was_issued() -> None:
    today = DUE + timedelta(days=1)
    assert [each.step.seq for each in rules.missed(DEBT, BY_DUE_DATE, today=today)] == [0]
    on_completion = replace(DEBT, issued_on=DUE)
    assert rules.missed(on_completion, BY_DUE_DATE, today=today) == []


@pytest.mark.parametrize(
    ("risk_class", "seq", "day", "channel"),
    [
        (None, 1, 5, "email"),
        ("ordinary", 1, 5, "email"),
        ("slow_but_sure", 1, 5, "email"),
        ("reliable", 1, 5, "email"),
        ("new_unknown", 1, 1, "email"),  # never on the due date itself
        ("deteriorating", 1, 1, "call"),
        ("high", 4, 5, "email"),  # the final demand comes next
    ],
)
def test_a_risk_class_says_which_step_comes_next_from_when_and_as_which_account(
    risk_class: str | None, seq: int, day: int, channel: str
) -> None:
    following = rules.planned(replace(DEBT, risk_class=risk_class), BY_DUE_DATE, today=DUE + timedelta(days=1))
    assert following is not None
    found = (following.step.seq, following.opens_on, following.treatment.channel)
    assert found == (seq, DUE + timedelta(days=day), channel)


@pytest.mark.parametrize(("last_step", "over"), [(None, [1, 2, 3]), (1, [2, 3]), (3, []), (4, [])])
def test_what_a_class_passes_over_is_known_by_its_steps(last_step: int | None, over: list[int]) -> None:
    high = replace(DEBT, risk_class="high", last_step=last_step)
    assert [each.step.seq for each in rules.passed_over(high, BY_DUE_DATE)] == over
    assert rules.passed_over(replace(high, risk_class="ordinary"), BY_DUE_DATE) == []


def test_a_proposal_to_refer_waits_until_the_day_the_final_demand_named_is_over() -> None:
    demanded_on = DUE + timedelta(days=48)
    debt = replace(DEBT, last_step=4, last_contact_on=demanded_on)
    assert next_step_on(debt, BY_DUE_DATE, today=demanded_on) == demanded_on + rules.PAY_WITHIN


@pytest.mark.parametrize(
    ("risk_class", "of_business", "bears"), [(None, 1, 1), ("reliable", 1, 2), ("reliable", 3, 3), ("high", 1, 1)]
)
def test_the_reliable_may_break_their_word_once_more(risk_class: str | None, of_business: int, bears: int) -> None:
    assert rules.patience(BY_DUE_DATE, risk_class, of_business=of_business) == bears


def test_a_reliable_customer_with_a_large_account_gets_a_mail_first() -> None:
    large = replace(BY_DUE_DATE, large_accounts=(Threshold(currency="CAD", above_minor=0),))
    first, second = large.steps[1:3]
    size: dict[str, Any] = {"open_minor": 21845, "currency": "CAD", "risk_class": "reliable"}
    assert rules.treatment(first, large, **size).channel == "email"
    assert rules.treatment(second, large, **size).channel == "call"


@pytest.mark.parametrize(
    ("debt", "reason"),
    [
        (replace(DEBT, open_minor=0), Reason.NOTHING_OPEN),
        (replace(DEBT, paused_by=frozenset({"asked for a week"})), Reason.PAUSED),
        (replace(DEBT, payment_under_way=True), Reason.PAYMENT_UNDER_WAY),
        (replace(DEBT, last_contact_on=DUE + timedelta(days=2)), Reason.TOO_SOON),
        (replace(DEBT, due_on=DUE + timedelta(days=3)), Reason.NOT_YET),
        (replace(DEBT, last_step=5), Reason.PLAN_ENDED),
    ],
)
def test_no_step_is_taken_and_why(debt: Debt, reason: Reason) -> None:
    today = DUE + timedelta(days=6)
    assert waits_because(debt, BY_DUE_DATE, today=today) is reason
    assert next_step(debt, BY_DUE_DATE, today=today) is None


CLASSES = ("reliable", "slow_but_sure", "ordinary", "new_unknown", "deteriorating", "high")


@given(days=st.lists(st.tuples(st.integers(0, 12), st.sampled_from(CLASSES)), max_size=60))
def test_however_often_the_class_changes_no_step_comes_twice_and_none_is_lost_but_what_it_passes_over(
    days: list[tuple[int, str]],
) -> None:
    debt, today, taken, over = DEBT, DUE, [], set()
    for gap, risk_class in days:
        today += timedelta(days=gap)
        debt = replace(debt, risk_class=risk_class)
        step = next_step(debt, BY_DUE_DATE, today=today)
        if step is None:
            continue
        over |= {each.step.seq for each in rules.passed_over(debt, BY_DUE_DATE)}
        assert step.seq == 0 or today > DUE
        taken.append(step.seq)
        debt = replace(debt, last_step=step.seq, last_contact_on=today)
    done = [seq for seq in taken if seq]
    assert done == sorted(set(done))
    assert set(range(1, max(done, default=0) + 1)) == {*done, *over}
    assert not over & {4, 5}


@given(gaps=st.lists(st.integers(0, 40), max_size=60))
def test_whatever_days_it_runs_steps_come_in_order_once_and_apart(gaps: list[int]) -> None:
    debt, today, taken = DEBT, DUE, []
    for gap in gaps:
        today += timedelta(days=gap)
        step = next_step(debt, BY_DUE_DATE, today=today)
        if step is None:
            continue
        if step.seq:
            assert today >= DUE + timedelta(days=step.opens_day)
        assert debt.last_contact_on is None or (today - debt.last_contact_on).days >= BY_DUE_DATE.min_gap_days
        assert debt.last_step is None or step.seq > debt.last_step
        taken.append(step.seq)
        debt = replace(debt, last_step=step.seq, last_contact_on=today)
    assert [seq for seq in taken if seq] == list(range(1, 6))[: len([seq for seq in taken if seq])]


@given(day=st.integers(1, 90), last_step=st.none() | st.integers(1, 5), contact=st.none() | st.integers(0, 90))
def test_the_day_we_announce_is_the_first_day_we_act(day: int, last_step: int | None, contact: int | None) -> None:
    contacted_on = None if contact is None else DUE + timedelta(days=contact)
    debt = replace(DEBT, last_step=last_step, last_contact_on=contacted_on)
    announced = next_step_on(debt, BY_DUE_DATE, today=DUE + timedelta(days=day))
    if announced is None:
        assert waits_because(debt, BY_DUE_DATE, today=date.max) is Reason.PLAN_ENDED
        return
    assert next_step(debt, BY_DUE_DATE, today=announced) is not None
    assert (
        announced <= DUE + timedelta(days=1)
        or next_step(debt, BY_DUE_DATE, today=announced - timedelta(days=1)) is None
    )


def test_a_large_account_is_treated_as_one_only_above_a_threshold() -> None:
    first = BY_DUE_DATE.steps[1]
    assert rules.treatment(first, BY_DUE_DATE, open_minor=10**9, currency="CAD").channel == "email"
    with_threshold = replace(BY_DUE_DATE, large_accounts=(Threshold(currency="CAD", above_minor=500_000),))
    assert rules.treatment(first, with_threshold, open_minor=500_000, currency="CAD").channel == "email"
    assert rules.treatment(first, with_threshold, open_minor=500_001, currency="CAD").channel == "call"
    assert rules.treatment(first, with_threshold, open_minor=500_001, currency="JPY").channel == "email"


def test_a_plan_survives_being_kept_as_data() -> None:
    written = {
        "name": ARTICLE.name,
        "version": ARTICLE.version,
        "basis": "invoice_date",
        "min_gap_days": 5,
        "large_accounts": [],
        "steps": [asdict(step) for step in ARTICLE.steps],
        "modifiers": [asdict(each) for each in ARTICLE.modifiers],
        "exits": asdict(ARTICLE.exits),
    }
    assert rules.read(json.loads(json.dumps(written))) == ARTICLE
