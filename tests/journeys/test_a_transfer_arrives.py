"""A transfer arrives: found in the statement by its reference, or assigned by a person where it names nothing."""

from __future__ import annotations

from server.cli.story.players import Json, Players, line, new
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


def rf(number: str) -> str:
    """Return the ISO 11649 reference of a number, as its standard computes it."""
    plain = "".join(filter(str.isalnum, number))
    digits = "".join(str(int(letter, 36)) for letter in f"{plain}RF00")
    return f"RF{98 - int(digits) % 97:02}{plain}"
