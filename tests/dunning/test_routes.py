"""Cases, holds and runs over HTTP."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.core import clock
from server.dunning import tasks
from tests.quebec import NOW, Shop, open_shop

API = "/api/v1/dunning"
DAY = 86400


@pytest.fixture
def shop(app: Flask, client: FlaskClient) -> Shop:
    """The trade, 32 days after an invoice of 30 days."""
    opened = open_shop()
    done = {"completion_id": "cmp_1", "completed_at": NOW.isoformat()}
    assert client.post("/api/v1/jobs/job_1/completion", json=done, headers=opened.desk).status_code == 201
    clock.advance(seconds=32 * DAY)
    tasks.plan()
    return opened


def the_case(client: FlaskClient, shop: Shop) -> dict[str, Any]:
    """Return the only case, as it is listed."""
    (case,) = client.get(f"{API}/cases?customer_id=cus_1", headers=shop.desk).get_json()["items"]
    return dict(case)


def test_a_case_says_what_is_open_and_what_comes_next(client: FlaskClient, shop: Shop) -> None:
    listed = the_case(client, shop)
    shown = client.get(f"{API}/cases/{listed['case_id']}", headers=shop.desk).get_json()
    (invoice,) = shown.pop("invoices")
    assert [(move["to_status"], move["moved_by"]) for move in shown.pop("transitions")] == [("active", "planner")]
    assert [(action["step"], action["status"]) for action in shown.pop("actions")] == [(0, "missed")]
    nothing = ("checks", "legal_intents", "payment_plans", "holds", "pauses", "promises", "disputes", "chargebacks")
    assert [shown.pop(name) for name in nothing] == [[]] * len(nothing)
    assert (shown.pop("broken_promises"), shown.pop("is_let_down")) == (0, False)
    assert shown.pop("usual_on") is None
    assert shown == listed
    assert (shown["status"], shown["currency"], shown["open_minor"]) == ("active", "CAD", 21845)
    assert (shown["step"], shown["cycle"], shown["plan_name"]) == (None, 1, "abc_amega_due")
    assert invoice["number"] == "F-000001"
    due_on = date.fromisoformat(invoice["due_on"])
    assert shown["next_step_on"] == (due_on + timedelta(days=5)).isoformat()


def test_a_case_is_held_and_let_go(client: FlaskClient, shop: Shop) -> None:
    holds = f"{API}/cases/{the_case(client, shop)['case_id']}/holds"
    wanted = {"hold_id": "hld_1", "reason": "Asked for a week"}
    held = client.post(holds, json=wanted, headers=shop.desk)
    again = client.post(holds, json=wanted, headers=shop.desk)
    assert (held.status_code, held.get_json()["status"], held.get_json()) == (201, "paused", again.get_json())
    assert held.get_json()["holds"][0]["owner"].startswith("api_key:")
    assert the_case(client, shop)["next_step_on"] is None
    released = client.post(f"{holds}/hld_1/release", headers=shop.desk)
    assert (released.status_code, released.get_json()["status"]) == (200, "active")


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"hold_id": "hld_1", "reason": "Later", "until_on": "2020-01-01"}, 422, "hold_over"),
        ({"hold_id": "hld_1"}, 422, "invalid"),
        ({"hold_id": "hld_1", "reason": "Later", "owner": "me"}, 422, "invalid"),
    ],
)
def test_a_hold_that_cannot_be_is_refused(
    client: FlaskClient, shop: Shop, wanted: dict[str, Any], status: int, code: str
) -> None:
    holds = f"{API}/cases/{the_case(client, shop)['case_id']}/holds"
    refused = client.post(holds, json=wanted, headers=shop.desk)
    assert (refused.status_code, refused.get_json()["code"]) == (status, code)
    assert the_case(client, shop)["status"] == "active"


def test_a_run_is_asked_for_and_then_read(client: FlaskClient, shop: Shop) -> None:
    asked = client.post(f"{API}/runs", json={"run_id": "run_1", "dry_run": True}, headers=shop.desk)
    assert (asked.status_code, asked.get_json()["status"]) == (202, "queued")
    tasks.run(run_id="run_1")
    done = client.get(f"{API}/runs/run_1", headers=shop.desk).get_json()
    assert (done["status"], done["planned"], done["sent"]) == ("done", [], [])
    assert [(line["customer_id"], line["reason"]) for line in done["skipped"]] == [("cus_1", "not_yet")]
    refused = client.post(f"{API}/runs", json={"as_of": "2999-01-01"}, headers=shop.desk)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "dry_run_only")


@pytest.mark.parametrize("path", ["cases/cas_9", "runs/run_9"])
def test_what_is_not_there_is_not_found(client: FlaskClient, shop: Shop, path: str) -> None:
    assert client.get(f"{API}/{path}", headers=shop.desk).status_code == 404


@pytest.mark.parametrize("path", ["cases", "cases/cas_9", "runs/run_9"])
def test_a_technician_is_not_told_who_is_chased(client: FlaskClient, shop: Shop, path: str) -> None:
    assert client.get(f"{API}/{path}", headers=shop.phone).status_code in (403, 404)
    assert client.get(f"{API}/{path}").status_code == 401
