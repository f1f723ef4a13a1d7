"""Visits over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.core.database import transaction
from server.jobs.queries import get_job
from tests.quebec import Shop, open_shop, plan_job

LINE = {"description": "Valve", "quantity": "1.5", "unit_price_minor": 4999, "tax_code": "qc"}


@pytest.fixture
def shop(app: Flask) -> Shop:
    return open_shop()


def test_a_job_is_planned_once_and_shows_what_it_comes_to(client: FlaskClient, shop: Shop) -> None:
    wanted = {
        "job_id": "job_9",
        "customer_id": "cus_1",
        "technician_id": shop.technician_id,
        "title": "Fuite",
        "scheduled_at": "2026-03-02T09:00:00-05:00",
        "lines": [LINE],
    }
    planned = client.post("/api/v1/jobs", json=wanted, headers=shop.desk)
    again = client.post("/api/v1/jobs", json=wanted, headers=shop.desk)
    other = client.post("/api/v1/jobs", json={**wanted, "title": "Autre"}, headers=shop.desk)

    assert (planned.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert planned.get_json() == again.get_json()
    assert planned.get_json()["scheduled_at"] == "2026-03-02T14:00:00+00:00"
    assert planned.get_json()["lines"] == [{**LINE, "amount_minor": 7499}]
    assert planned.get_json()["totals"] == {
        "subtotal_minor": 7499,
        "taxes": [
            {"tax_code": "qc", "name": "TPS", "rate": "5", "base_minor": 7499, "amount_minor": 375},
            {"tax_code": "qc", "name": "TVQ", "rate": "9.975", "base_minor": 7499, "amount_minor": 748},
        ],
        "total_minor": 8622,
        "currency": "CAD",
    }


def test_a_job_sent_many_times_at_once_is_planned_once(app: Flask, shop: Shop) -> None:
    def plan(_: int) -> str:
        with transaction() as session:
            return plan_job(session, "job_7").id

    with ThreadPoolExecutor(6) as senders:
        planned = list(senders.map(plan, range(6)))

    assert planned == ["job_7"] * 6
    with transaction() as session:
        assert len(get_job(session, "job_7").lines) == 1


def test_lines_change_by_version(client: FlaskClient, shop: Shop) -> None:
    path = "/api/v1/jobs/job_1/lines"
    lines = {"lines": [LINE]}

    assert client.put(path, json=lines, headers=shop.phone).status_code == 428
    changed = client.put(path, json=lines, headers={**shop.phone, "If-Match": '"1"'})
    stale = client.put(path, json=lines, headers={**shop.phone, "If-Match": '"1"'})
    assert (changed.status_code, changed.get_json()["version"], changed.headers["ETag"]) == (200, 2, '"2"')
    assert [line["description"] for line in changed.get_json()["lines"]] == ["Valve"]
    assert stale.status_code == 412


def test_the_job_of_somebody_else_is_not_there(client: FlaskClient, shop: Shop) -> None:
    with transaction() as session:
        plan_job(session, "job_2")

    answer = client.put("/api/v1/jobs/job_2/lines", json={"lines": []}, headers={**shop.phone, "If-Match": '"1"'})

    assert (answer.status_code, answer.get_json()["code"]) == (404, "job_not_found")


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantity": "0"},
        {"quantity": "1.0001"},
        {"quantity": "NaN"},
        {"unit_price_minor": -1},
        {"unit_price_minor": 1.5},
        {"tax_code": "moon"},
        {"description": ""},
    ],
)
def test_a_line_that_cannot_be_is_refused(client: FlaskClient, shop: Shop, wrong: dict[str, Any]) -> None:
    answer = client.put(
        "/api/v1/jobs/job_1/lines", json={"lines": [{**LINE, **wrong}]}, headers={**shop.desk, "If-Match": '"1"'}
    )

    assert answer.status_code == 422


def test_a_technician_plans_no_jobs(client: FlaskClient, shop: Shop) -> None:
    assert client.post("/api/v1/jobs", json={}, headers=shop.phone).status_code == 403
