"""A case that rests, for whatever reasons, sends nothing; when the last is gone it takes one step at most."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.dunning import rules
from server.dunning.rules import Debt, PauseKind, Reason

TODAY = date(2026, 4, 10)
PLANS = st.sampled_from(rules.plans())


@st.composite
def debts(draw: st.DrawFn) -> Debt:
    """Any debt of some age, at any step."""
    issued_on = TODAY - timedelta(days=draw(st.integers(0, 400)))
    return Debt(
        currency="CAD",
        open_minor=draw(st.integers(0, 10**7)),
        disputed_minor=draw(st.integers(0, 10**7)),
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=draw(st.integers(0, 60))),
        last_step=draw(st.none() | st.integers(0, 5)),
        last_contact_on=draw(st.none() | st.integers(0, 60).map(lambda days: TODAY - timedelta(days=days))),
    )


@given(debt=debts(), plan=PLANS, paused_by=st.frozensets(st.sampled_from(PauseKind), min_size=1))
def test_paused_sends_nothing(debt: Debt, plan: rules.Plan, paused_by: frozenset[str]) -> None:
    resting = Debt(**{**vars(debt), "paused_by": paused_by})
    assert rules.next_step(resting, plan, today=TODAY) is None
    assert rules.next_step_on(resting, plan, today=TODAY) is None
    assert rules.waits_because(resting, plan, today=TODAY) is Reason.PAUSED


@given(debt=debts(), plan=PLANS, rested_days=st.integers(0, 400))
def test_whoever_goes_on_takes_the_step_after_the_frozen_one_and_jumps_none_that_stands(
    debt: Debt, plan: rules.Plan, rested_days: int
) -> None:
    today = TODAY + timedelta(days=rested_days)
    step = rules.next_step(debt, plan, today=today)
    if step is None:
        return
    skipped = [each for each in plan.steps if (debt.last_step is None or each.seq > debt.last_step)]
    assert all(each.lapses for each in skipped if each.seq < step.seq)
    taken = Debt(**{**vars(debt), "last_step": step.seq, "last_contact_on": today})
    assert rules.next_step(taken, plan, today=today) is None or plan.min_gap_days == 0


@given(until=st.none() | st.integers(-30, 30), released=st.booleans())
def test_a_hold_ends_on_its_day_or_by_its_owners_word(until: int | None, released: bool) -> None:
    until_on = None if until is None else TODAY + timedelta(days=until)
    released_at = None if not released else datetime(2026, 4, 1, tzinfo=UTC)
    rests = rules.in_force(until_on=until_on, released_at=released_at, today=TODAY)
    assert rests == (not released and (until is None or until > 0))
