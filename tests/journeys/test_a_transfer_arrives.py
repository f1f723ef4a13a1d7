"""A transfer arrives: found in the statement by its reference, or assigned by a person where it names nothing."""

from __future__ import annotations

import pytest
import requests

from server.cli.story.players import Json, Players, line, new
from tests.journeys.desk import Desk
from tests.journeys.test_other_currencies import do_job_in
from tests.statements.files import camt, entry


def test_a_transfer_with_the_invoices_reference_pays_it(street: Players) -> None:
    invoice = street.do_job("Rita Caron", "Robinet", [line("Robinet", "1", 12345, "none")])
    asked = street.invoice(invoice)["transfer"]
    assert (asked["amount_minor"], asked["reference"]) == (12345, invoice["number"])
    said = entry("123.45", text=f"Facture {asked['reference']}", bank_reference=new("ref"))
    statement = {"content": camt([said], account=asked["account_number"], opening="0.00", closing="123.45")}
    told = street.office("POST", "/bank_statements", statement, status=201)
    assert [it["status"] for it in told["new_lines"]] == ["matched"]
    street.must_be_paid(invoice)
    payment = street.office("GET", f"/payments/{told['new_lines'][0]['payment_id']}")
    assert (payment["method"], payment["status"]) == ("bank_transfer", "succeeded")
    assert street.office("POST", "/bank_statements", statement, status=201)["new_lines"] == []


def test_an_rf_reference_is_enough_whatever_the_amount(street: Players) -> None:
    invoice = street.do_job("Rita Caron", "Robinet", [line("Robinet", "1", 10000, "none")])
    reference = rf(invoice["number"])
    said = entry("150.00", reference=reference, bank_reference=new("ref"))
    account = street.invoice(invoice)["transfer"]["account_number"]
    told = street.office("POST", "/bank_statements", {"content": camt([said], account=account)}, status=201)
    assert [it["status"] for it in told["new_lines"]] == ["matched"]
    street.must_be_paid(invoice)
    customer = street.office("GET", f"/customers/{invoice['customer_id']}")
    assert customer["credit"] == {"CAD": 5000}


def test_a_csv_line_is_assigned_by_hand(street: Players) -> None:
    invoice = street.do_job("Rita Caron", "Robinet", [line("Robinet", "1", 77777, "none")])
    content = f"date,amount,text,id\n2026-11-20,777.77,Virement,{new('ref')}\n"
    told: Json = street.office("POST", "/bank_statements", {"content": content, "currency": "CAD"}, status=201)
    (waiting,) = told["new_lines"]
    assert waiting["status"] == "waiting"
    mine = [it for it in waiting["proposals"] if it["invoice_ids"] == [invoice["invoice_id"]]]
    assert [it["why"] for it in mine] == ["amount"]
    assignment = f"/bank_lines/{waiting['line_id']}/assignment"
    wanted = {"invoice_ids": mine[0]["invoice_ids"]}
    assert street.send("POST", assignment, wanted, street.phone_token).status_code == 403
    assert street.office("POST", assignment, wanted, status=200)["status"] == "matched"
    street.must_be_paid(invoice)


@pytest.mark.parametrize(
    ("currency", "iban", "kind"),
    [("EUR", "FR7630006000011234567890189", "epc"), ("CHF", "CH5800791123000889012", "swiss")],
)
def test_an_account_with_an_iban_puts_a_code_for_banking_apps_on_the_invoice(
    street: Players, currency: str, iban: str, kind: str
) -> None:
    desk = Desk(street)
    account = {"currency": currency, "holder": "Tremblay inc.", "iban": iban}
    assert "The account is changed" in desk.send("/bank/accounts", on="/bank", **account)
    try:
        invoice = do_job_in(street, currency, 20000)
        asked = invoice["transfer"]
        page = requests.get(f"{invoice['pay_url']}?lang=en", timeout=30).text
    finally:
        desk.send("/bank/accounts", on="/bank", currency=currency, remove="1")
    assert (asked["code_kind"], asked["iban"], asked["reference"]) == (kind, iban, rf(invoice["number"]))
    assert asked["reference"] in asked["code"]
    assert "scan with your banking app" in page


def rf(number: str) -> str:
    """Return the ISO 11649 reference of a number, as its standard computes it."""
    plain = "".join(filter(str.isalnum, number))
    digits = "".join(str(int(letter, 36)) for letter in f"{plain}RF00")
    return f"RF{98 - int(digits) % 97:02}{plain}"
