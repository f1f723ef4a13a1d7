"""Numbers nobody means, in forms and addresses: what cannot be is said, and nothing is written."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.core.database import transaction
from server.customers import queries as customers
from server.invoices.models import Invoice
from server.law.models import LawReview
from tests import quebec
from tests.office.conftest import Desk

LONG = ("9" * 10, "9" * 20, "9" * 5000)


@pytest.mark.parametrize("number", LONG)
def test_a_form_with_a_number_of_thousands_of_digits_is_refused_with_a_sentence(owner: Desk, number: str) -> None:
    with transaction() as session:
        quebec.plan_job(session, "job_1")
    contact = {"version": number, "email": "quai@example.com", "phone": ""}
    review = {"review_id": "lrv_1", "version": number, "name": "Guy Roy", "switch": "on"}
    sent = [
        owner.post("/customers/cus_1/contact", contact),
        owner.post("/law/ca-qc/reviews", review, on="/law/ca-qc"),
        owner.post(f"/jobs/job_1/stages/{number}", {"invoice_id": "inv_1"}, on="/jobs/job_1"),
        owner.post("/settings/tips", {"offer_tips": "on", "tip_kind": "percentages", "tip": [number]}, on="/settings"),
    ]

    assert [answer.status_code for answer in sent] == [412, 409, 409, 422]
    assert all('role="alert"' in answer.text for answer in sent)
    assert "Marie Tremblay" in owner.get(f"/customers?page={number}")  # the first page
    with transaction() as session:
        assert customers.get_customer(session, "cus_1").email != "quai@example.com"
        written = [session.scalar(select(func.count()).select_from(table)) for table in (LawReview, Invoice)]
    assert written == [0, 0]


@pytest.mark.parametrize("number", LONG)
def test_a_program_that_sends_such_a_number_is_told_what_is_wrong(client: FlaskClient, number: str) -> None:
    trade = quebec.open_shop()
    tagged = {**trade.desk, "If-Match": f'"{number}"'}
    stage = client.post(f"/api/v1/jobs/job_1/stages/{number}/invoice", json={"invoice_id": "inv_1"}, headers=trade.desk)
    changed = client.patch("/api/v1/customers/cus_1", json={"email": "quai@example.com"}, headers=tagged)
    log = client.get(f"/api/v1/contacts?cursor={number[:400]}", headers=trade.desk)

    assert [answer.status_code for answer in (stage, changed)] == [409, 412]
    assert log.status_code == (200 if len(number) == 10 else 400)  # more digits than a row can have
