"""A phone on a bad network sends the same thing again: it stays the same thing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from server.cli.story.players import Players, line, new


def post(street: Players, path: str, body: dict[str, Any], key: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {street.phone_token}", "Idempotency-Key": key}
    return requests.post(f"{street.world['web']}/api/v1{path}", json=body, headers=headers, timeout=60)


def cash(invoice: dict[str, Any], amount_minor: int) -> dict[str, Any]:
    return {
        "payment_id": new("pay"),
        "invoice_id": invoice["invoice_id"],
        "method": "cash",
        "amount_minor": amount_minor,
    }


def test_the_same_key_and_body_gets_the_same_answer_byte_for_byte(street: Players) -> None:
    invoice = street.do_job("Luce Roy", "Prise", [line("Prise", "1", 5000, "none")])
    body, key = cash(invoice, 2000), new("key")
    first, again = post(street, "/payments", body, key), post(street, "/payments", body, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert street.invoice(invoice)["paid_minor"] == 2000


def test_the_same_key_with_another_body_is_refused(street: Players) -> None:
    invoice = street.do_job("Luce Roy", "Prise", [line("Prise", "1", 5000, "none")])
    body, key = cash(invoice, 2000), new("key")
    post(street, "/payments", body, key)
    refused = post(street, "/payments", {**body, "amount_minor": 2001}, key)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


def test_ten_at_once_collect_once(street: Players) -> None:
    invoice = street.do_job("Luce Roy", "Prise", [line("Prise", "1", 5000, "none")])
    body = cash(invoice, 5000)
    with ThreadPoolExecutor(10) as taps:
        answers = list(taps.map(lambda _: post(street, "/payments", body, new("key")), range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert street.invoice(invoice)["paid_minor"] == 5000


def test_a_double_click_on_job_done_issues_one_invoice(street: Players) -> None:
    invoice = street.do_job("Luce Roy", "Prise", [line("Prise", "1", 5000, "none")])
    done = {"completion_id": new("cmp"), "completed_at": street.now()}
    refused = post(street, f"/jobs/{invoice['job_id']}/completion", done, new("key"))
    assert refused.status_code == 409
    mine = street.office("GET", f"/invoices?customer_id={invoice['customer_id']}")["items"]
    assert [each["invoice_id"] for each in mine] == [invoice["invoice_id"]]


def test_the_reader_is_lit_once_for_one_payment_id(street: Players) -> None:
    invoice = street.do_job("Luce Roy", "Prise", [line("Prise", "1", 5000, "none")])
    body = {**cash(invoice, 5000), "method": "card_reader", "reader_id": street.world["reader_id"]}
    with ThreadPoolExecutor(3) as taps:
        answers = list(taps.map(lambda _: post(street, "/payments", body, new("key")), range(3)))
    assert {answer.status_code for answer in answers} <= {201}
    street.present("4242424242424242")
    street.must_be_paid(invoice)
