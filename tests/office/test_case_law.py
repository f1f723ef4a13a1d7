"""The law of a case at the desk, the end of its debts, and how versions of a plan differ, in words."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from server.core import clock, words
from server.core.database import transaction
from server.dunning import operations, queries
from server.dunning.rules.plans import PAY_WITHIN, Account, Modifier, Threshold, plans
from server.office import rules
from tests import quebec
from tests.office.conftest import Desk, hidden
from tests.shop import Shop


@pytest.fixture
def case_id(shop: Shop) -> str:
    """The case of an invoice that is past due."""
    with transaction() as session:
        quebec.start_chasing(session, now=shop.now())
    shop.invoice()
    shop.pass_time(days=36)
    now = clock.now()
    with transaction() as session:
        operations.plan(session, today=queries.today_of(session, now=now), now=now)
        (case,) = queries.find_open_cases(session).values()
    return case.id


def test_a_case_says_which_rules_hold_and_which_one_forbids_a_step(desk: Desk, shop: Shop, case_id: str) -> None:
    here = f"/chase/cases/{case_id}/law"
    assert "only the house's own ceiling holds" in desk.get(here)
    assert "reminder by e-mail, at the next run" in desk.get(f"/chase/cases/{case_id}")
    shop.pass_time(hours=13)  # it is night
    shown = desk.get(here)
    assert "Not now" in shown
    assert "Hours, The house's own ceiling" in shown
    assert "a rule forbids it: Hours, The house's own ceiling" in desk.get(f"/chase/cases/{case_id}")


def test_an_act_begins_the_time_again_and_the_last_months_are_announced(desk: Desk, shop: Shop, case_id: str) -> None:
    here = f"/chase/cases/{case_id}/law"
    today = clock.local_date(clock.now(), "America/Toronto")
    said = {"act_id": hidden(desk.get(here), "act_id"), "kind": "acknowledgement", "invoice_id": "inv_1"}
    path = f"{here}/acts"
    assert desk.post(path, {**said, "happened_on": "soon"}, on=here).status_code == 422
    assert desk.post(path, {**said, "happened_on": (today + timedelta(days=1)).isoformat()}, on=here).status_code == 422
    noted = {**said, "happened_on": today.isoformat(), "note": "By e-mail"}
    for _ in range(2):
        assert desk.post(path, noted, on=here).status_code == 303
    shown = desk.get(here)
    assert shown.count("By e-mail") == 1
    assert "they acknowledged it." in shown
    assert "No debt is near its end." in desk.get("/chase/limitations")
    shop.pass_time(days=3 * 365 - 20)
    assert "days left" in desk.get("/chase/limitations")
    assert "1 debt soon can be sued for no more." in desk.get("/chase")


def test_versions_differ_in_words(desk: Desk, case_id: str) -> None:
    with transaction() as session:
        row = queries.find_plan_in_force(session)
        assert row is not None
        written = asdict(queries.read_plan(row))
        written["min_gap_days"] = 9
        written["large_accounts"][0]["above_minor"] = 123_400
        written["steps"][1]["small"] |= {"channel": "letter", "otherwise": None}
        written.pop("version")
        other = operations.write_version(session, written=written, written_by="staff:anne", now=clock.now())
    shown = desk.get(f"/chase/plans/{other.id}?other_id={row.id}")
    for said in (
        "By the due date",
        "Days between two messages</span><small>5 → 9",
        "Step 1 · Small accounts · The way</span><small>reminder by e-mail → letter",
        "Step 1 · Small accounts · Where that does not reach them</span><small>letter → –",
        "$10,000.00 → $1,234.00",
    ):
        assert said in shown


def test_every_field_of_a_plan_has_its_words() -> None:
    plan, _ = plans()
    large = Threshold(currency="CAD", above_minor=1)
    modifier = Modifier(risk_class="high", steps=(1,), account=Account.LARGE)
    whole = asdict(replace(plan, large_accounts=(large,), modifiers=(modifier,)))

    def leaves(path: str, said: object) -> list[str]:
        parts = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list | tuple) else ()
        return [leaf for name, part in parts for leaf in leaves(f"{path}.{name}", part)] or [path[1:]]

    paths = [path for path in leaves("", whole) if path not in ("name", "version")]
    found = rules.differences([{"path": path, "before": None, "after": 1} for path in paths], plan)
    assert {each.field for each in found} <= {*rules.FIELDS, "seq"}
    assert any((each.step, each.size, each.field) == (3, "small", "template") for each in found)
    of_class = rules.differences([{"path": "modifiers.0.steps.0", "before": 1, "after": 2}], plan)
    assert [(each.risk_class, each.field) for each in of_class] == [(plan.modifiers[0].risk_class, "modifier_steps")]


def test_a_final_demand_on_the_telephone_names_a_day_to_come(desk: Desk, shop: Shop) -> None:
    with transaction() as session:
        quebec.start_chasing(session, above_minor=1, now=shop.now())
    shop.invoice()
    shop.pass_time(days=66)
    now = clock.now()
    with transaction() as session:
        operations.plan(session, today=queries.today_of(session, now=now), now=now)
        (case,) = queries.find_open_cases(session).values()
        case.step = 3
    page = f"/chase/cases/{case.id}"
    clear = {"before": "final_demand", "invoice_right": "on", "delivered": "on", "nothing_unread": "on"}
    assert desk.post(f"{page}/checks", clear, on=page).status_code == 303
    with transaction() as session:
        operations.take_step(session, case_id=case.id, now=now)
    by = clock.local_date(now, "America/Toronto") + PAY_WITHIN
    assert f"Can you pay all of it by {words.date(by, 'en_CA')}?" in desk.get(page)
