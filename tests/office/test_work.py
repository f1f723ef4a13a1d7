"""Customers, jobs and contracts at the desk."""

from __future__ import annotations

import html
from typing import Any

from werkzeug.test import TestResponse

from server.core.database import transaction
from server.customers import queries as customers
from server.jobs import queries as jobs
from tests.office.conftest import Desk, hidden
from tests.shop import Shop


def add_customer(desk: Desk, **said: str) -> TestResponse:
    form = {"customer_id": "cus_9", "name": "Café du Port", "kind": "business", "language": "fr", **said}
    return desk.post("/customers/new", form)


def plan(desk: Desk, lines: list[tuple[str, str, str]], **said: Any) -> TestResponse:
    form: dict[str, Any] = {
        "job_id": "job_9",
        "customer_id": "cus_1",
        "title": "Robinet",
        "currency": "CAD",
        "day": "2026-12-01",
        "time": "08:30",
        "description": [line[0] for line in lines],
        "quantity": [line[1] for line in lines],
        "unit_price": [line[2] for line in lines],
        "tax_code": ["qc" for _ in lines],
        **said,
    }
    return desk.post("/jobs/new", form)


def test_a_job_is_priced_in_the_currency_that_was_typed(desk: Desk) -> None:
    assert plan(desk, [("Robinet", "1", "12.345")], currency="kwd").status_code == 303
    assert "KWD" in desk.get("/jobs/job_9")
    with transaction() as session:
        assert [line.unit_price_minor for line in jobs.get_job(session, "job_9").lines] == [12_345]
    refused = plan(desk, [("Robinet", "1", "12.50")], currency="XX", job_id="job_8")
    assert (refused.status_code, 'value="XX"' in refused.text) == (422, True)


def test_a_customer_is_added_and_found_again(desk: Desk) -> None:
    added = add_customer(desk, email="port@example.com", line1="1, rue du Port", city="Québec", phone="418 555 0199")
    assert added.location == "/office/customers/cus_9"
    assert "Café du Port" in desk.get("/customers?q=port%40example")
    assert "Café du Port" in desk.get("/customers?q=cafe")
    assert "No name or address contains" in desk.get("/customers?q=zzz")
    page = desk.get("/customers/cus_9")
    assert "1, rue du Port" in page
    assert "+1 418-555-0199" in page


def test_a_customer_whose_language_nobody_asked_is_written_to_as_their_card_says(desk: Desk) -> None:
    assert add_customer(desk, language="").status_code == 303
    with transaction() as session:
        assert not customers.get_customer(session, "cus_9").language_known


def test_a_customer_is_added_once_however_often_the_form_is_sent(desk: Desk) -> None:
    customer_id = hidden(desk.get("/customers/new"), "customer_id")
    assert add_customer(desk, customer_id=customer_id).location == add_customer(desk, customer_id=customer_id).location


def test_where_a_customer_is_reached_is_changed_and_the_log_says_by_whom(desk: Desk) -> None:
    add_customer(desk, email="port@example.com")
    here, known = "/customers/cus_9/contact", desk.get("/customers/cus_9/contact")
    assert 'value="port@example.com"' in known
    said = {"version": hidden(known, "version"), "email": "quai@example.com", "phone": "418 555 0199"}
    refused = [desk.post(here, {**said, **wrong}) for wrong in ({"email": "quai"}, {"phone": "12"})]
    assert [answer.status_code for answer in refused] == [422, 422]
    assert 'value="418 555 0199"' in refused[0].text
    assert desk.post(here, said).location == "/office/customers/cus_9"
    assert "quai@example.com" in desk.get("/customers/cus_9")
    assert "+1 418-555-0199" in desk.get("/customers/cus_9")
    log = desk.get("/customers/cus_9/log")
    assert "Customer's details changed" in log
    assert "quai@example.com" in log
    assert "Anne Roy" in log
    late = desk.post(here, {**said, "email": "port@example.com"})
    assert late.status_code == 412
    assert 'value="quai@example.com"' in html.unescape(late.text)


def test_what_is_wrong_with_a_customer_is_said_beside_it_and_nothing_typed_is_lost(desk: Desk) -> None:
    refused = add_customer(desk, email="not an address", postal_code="G1R 1N8")
    assert refused.status_code == 422
    assert "This is not an e-mail address." in refused.text
    assert "This is needed." in refused.text  # the street
    assert 'value="Café du Port"' in refused.text
    refused = add_customer(desk, phone="12")
    assert "This is no valid telephone number." in refused.text


def test_a_job_is_planned_by_the_clocks_of_the_business_with_prices_as_typed(desk: Desk) -> None:
    lines = [("Robinet", "1", "85,50"), ("Main-d'œuvre", "1,5", "95.00"), ("", "1", "")]
    assert plan(desk, lines).location == "/office/jobs/job_9"
    with transaction() as session:
        job = jobs.get_job(session, "job_9")
        assert [line.unit_price_minor for line in job.lines] == [8550, 9500]
        assert [str(line.quantity.normalize()) for line in job.lines] == ["1", "1.5"]
        assert job.scheduled_at.isoformat() == "2026-12-01T13:30:00+00:00"
    assert "Robinet" in desk.get("/jobs")
    assert "$262.14" in desk.get("/jobs/job_9")  # (85.50 + 142.50) with TPS and TVQ


def test_what_is_wrong_with_a_line_is_said_beside_it_and_nothing_typed_is_lost(desk: Desk) -> None:
    refused = plan(desk, [("Robinet", "1", "a lot"), ("Joint", "-2", "3")])
    assert refused.status_code == 422
    assert "This is not an amount." in refused.text
    assert "A quantity is above 0 and at most 100000." in refused.text
    assert 'value="a lot"' in refused.text
    assert 'value="Joint"' in refused.text
    assert desk.client.get("/office/jobs/job_9").status_code == 404


def test_a_form_that_arrives_torn_is_refused_whole(desk: Desk) -> None:
    for torn in ({"tax_code": ["qc"]}, {**stage(("Order", "30 %", "on_signature", "")), "stage_when": []}):
        refused = plan(desk, [("Robinet", "1", "85,50"), ("Joint", "2", "3")], **torn)
        assert refused.status_code == 422
        assert "A part of this form is missing." in refused.text
    assert desk.client.get("/office/jobs/job_9").status_code == 404


def test_a_page_number_that_is_none_is_the_first(desk: Desk) -> None:
    assert desk.client.get("/office/jobs?page=²").status_code == 200


def test_a_job_needs_a_customer_a_title_and_a_moment(desk: Desk) -> None:
    refused = plan(desk, [], customer_id="", title="", day="")
    assert refused.status_code == 422
    assert refused.text.count("This is needed.") == 2
    assert "This cannot be accepted as it is." in refused.text


def test_more_lines_are_given_without_losing_those_there_are(desk: Desk) -> None:
    page = plan(desk, [("Robinet", "1", "85,50")], more="1")
    assert page.status_code == 200
    assert page.text.count('name="description"') == 5
    assert 'value="85,50"' in page.text


def stage(*rows: tuple[str, str, str, str]) -> dict[str, Any]:
    names = ("stage_label", "stage_part", "stage_when", "stage_on")
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def test_a_job_is_paid_in_stages_that_its_contract_names(desk: Desk) -> None:
    rows = (("Order", "30 %", "on_signature", ""), ("Pipes", "40,00", "on_date", "2026-12-03"), ("", "", "", ""))
    assert plan(desk, [("Bain", "1", "1000")], **stage(*rows)).location == "/office/jobs/job_9"
    page = desk.get("/jobs/job_9")
    assert ("$344.93" in page, "$40.00" in page, "December 3, 2026" in page) == (True, True, True)
    assert "once the contract is signed" in page
    assert "Ask for it" not in page


def test_what_is_wrong_with_a_stage_is_said_beside_it_and_nothing_typed_is_lost(desk: Desk) -> None:
    rows = (("Order", "a third", "on_signature", ""), ("Pipes", "40", "on_date", ""))
    refused = plan(desk, [("Bain", "1", "1000")], **stage(*rows))
    assert refused.status_code == 422
    assert ('value="a third"' in refused.text, "This is not an amount." in refused.text) == (True, True)
    assert "Say the day where it is due on a day, only there." in refused.text


def test_a_contract_is_issued_once_read_and_printed(desk: Desk) -> None:
    plan(desk, [("Robinet", "1", "85,50")])
    contract_id = hidden(desk.get("/jobs/job_9"), "contract_id")
    for _ in range(2):
        issued = desk.post("/jobs/job_9/contract", {"contract_id": contract_id}, on="/jobs/job_9")
        assert issued.status_code == 303
    page = desk.get("/jobs/job_9")
    assert "To be signed" in page
    assert "SHA-256" in page
    assert desk.client.get(f"/office/contracts/{contract_id}.pdf").data.startswith(b"%PDF")


def test_a_done_job_gets_no_contract(desk: Desk, shop: Shop) -> None:
    job_id = shop.invoice().job_id
    form_of = "/customers/new"
    refused = desk.post(f"/jobs/{job_id}/contract", {"contract_id": "con_9"}, on=form_of)
    assert refused.status_code == 409
    assert "This job is completed or canceled" in refused.text


def test_a_customers_page_shows_what_is_open_and_their_credit(desk: Desk, shop: Shop) -> None:
    shop.invoice()
    page = desk.get("/customers/cus_1")
    assert "F-000001" in page
    assert "$218.45" in page
    with transaction() as session:
        assert customers.get_with_credit(session, "cus_1")["credit"] == {}
    assert "Credit we hold" not in page
