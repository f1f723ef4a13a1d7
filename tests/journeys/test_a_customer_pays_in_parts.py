"""A customer pays some in cash, some by cheque and the rest from the link."""

from __future__ import annotations

from server.cli.story.chapters import quebec_tax
from server.cli.story.players import Players, line, new


def test_every_part_lowers_the_balance_everywhere(street: Players) -> None:
    invoice = street.do_job("Paul Gagné", "Panneau", [line("Panneau", "1", 100000, quebec_tax(street))])
    assert invoice["total_minor"] == 114975
    street.collect(invoice, "cash", 14975)
    assert (street.invoice(invoice)["status"], street.invoice(invoice)["balance_minor"]) == ("partly_paid", 100000)
    cheque = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"], "method": "cheque"}
    paid = street.phone("POST", "/payments", {**cheque, "amount_minor": 40000, "reference": "0041"}, status=201)
    assert (paid["status"], paid["balance_minor"]) == ("succeeded", 60000)
    sheet = street.phone("GET", f"/jobs/{invoice['job_id']}")
    assert (sheet["balance_minor"], len(sheet["payments"])) == (60000, 2)
    _, session_id = street.open_checkout(invoice["pay_url"])
    street.press_checkout(session_id, "pay")
    street.must_be_paid(invoice)
    assert len(street.office("GET", f"/payments?invoice_id={invoice['invoice_id']}")["items"]) == 3


def test_a_cheque_without_its_number_is_refused_in_words(street: Players) -> None:
    invoice = street.do_job("Rita Caron", "Prise", [line("Prise", "1", 5000, "none")])
    refused = street.attempt(invoice, "cheque", 5000)
    assert refused.status_code == 422
    assert "reference" in refused.json()["errors"]
    assert refused.headers["Content-Type"] == "application/problem+json"


def test_more_than_the_balance_is_refused_and_nothing_is_written(street: Players) -> None:
    invoice = street.do_job("Guy Morin", "Prise", [line("Prise", "1", 5000, "none")])
    refused = street.attempt(invoice, "cash", 5001)
    assert (refused.status_code, refused.json()["code"]) == (422, "amount_too_high")
    assert street.invoice(invoice)["paid_minor"] == 0
