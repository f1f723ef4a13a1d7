"""From the card to the bank: what it costs, what arrives, and a bank that takes it back, won or lost."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
import requests

from server.cli.story.players import VISA, Json, Players, line, until

DISPUTED = "4000000000000259"
OFFICE = "factures@tremblay.example"


def pay(street: Players, name: str, card: str = VISA) -> tuple[Json, str]:
    """Do a job and be paid 300.00 by a card on the reader; return the invoice and the payment's id."""
    invoice = street.do_job(name, "Chauffe-eau", [line("Chauffe-eau", "1", 30000, "none")])
    payment = street.collect(invoice, "card_reader", 30000)
    street.present(card)
    street.payment(payment["payment_id"], "succeeded")
    return invoice, payment["payment_id"]


def taken_back(street: Players, name: str) -> tuple[Json, str]:
    """Be paid by a card whose bank takes it back; return the invoice and the chargeback's id, its evidence ready."""
    invoice, payment_id = pay(street, name, DISPUTED)
    street.wait(seconds=30)
    found = until(
        lambda: [it for it in street.office("GET", "/chargebacks")["items"] if it["payment_id"] == payment_id],
        lambda mine: bool(mine) and mine[0]["staged_at"] is not None,
        "the evidence to lie at Stripe",
    )
    return invoice, found[0]["chargeback_id"]


def chargeback(street: Players, chargeback_id: str, status: str) -> Json:
    return until(
        lambda: street.office("GET", f"/chargebacks/{chargeback_id}"),
        lambda it: it["status"] == status,
        f"the chargeback to be {status}",
    )


@pytest.fixture
def desk(street: Players) -> requests.Session:
    """The owner, signed in at the desk."""
    browser = requests.Session()
    press(street, browser, "/login", street.world["office"])
    return browser


def press(street: Players, browser: requests.Session, path: str, said: dict[str, Any], *, on: str = "/login") -> None:
    """Send a form of the page `on`."""
    base = f"{street.world['web']}/office"
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(f"{base}{on}", timeout=30).text)
    assert token
    assert browser.post(f"{base}{path}", data={"csrf_token": token[1], **said}, timeout=60).ok


def test_a_fee_is_booked_and_a_payout_reconciled_to_gross_fee_and_net(street: Players) -> None:
    invoice, payment_id = pay(street, "Fernand Gagnon")
    street.wait(seconds=30)
    paid = until(
        lambda: street.payment(payment_id, "succeeded"), lambda it: it["fee_minor"] is not None, "the fee to be known"
    )
    assert paid["fee_minor"] == street.invoice(invoice)["fee_minor"] == 815  # 2.7 % and 5 cents
    job = street.phone("GET", f"/jobs/{invoice['job_id']}")
    assert job["invoice"]["fee_minor"] == job["payments"][0]["fee_minor"] == 815
    street.wait(days=3)
    street.sandbox("payouts", {"currency": "cad"})
    street.wait(days=1)
    payout = until(
        lambda: street.office("GET", "/payouts")["items"][:1],
        lambda found: bool(found) and found[0]["status"] == "paid",
        "the payout to arrive",
    )[0]
    assert payout["adds_up"] is True
    sheet = street.office("GET", f"/payouts/{payout['payout_id']}")
    mine = next(each for each in sheet["lines"] if each["payment_id"] == payment_id and each["kind"] == "payment")
    assert (mine["amount_minor"], mine["fee_minor"], mine["net_minor"]) == (30000, 815, 29185)
    assert mine["invoice_number"] == invoice["number"]
    table = street.send("GET", f"/payouts/{payout['payout_id']}.csv", None, street.world["api_key"]).text
    assert "300.00,8.15,291.85,CAD" in table


def test_a_bank_takes_it_back_and_what_was_signed_wins_it(street: Players, desk: requests.Session) -> None:
    invoice, chargeback_id = taken_back(street, "Gilles Tanguay")
    assert street.invoice(invoice)["balance_minor"] == 0, "nobody owes it while the bank has it"
    sheet = chargeback(street, chargeback_id, "needs_response")
    proven = {file["slot"]: file for file in sheet["files"]}
    assert proven.keys() >= {"customer_signature", "service_documentation", "receipt", "customer_communication"}
    contract = proven["customer_signature"]
    address = f"/chargebacks/{chargeback_id}/evidence/{contract['file_id']}"
    sent = street.send("GET", address, None, street.world["api_key"]).content
    assert hashlib.sha256(sent).hexdigest() == contract["sha256"]
    number = street.invoice(invoice)["number"]
    until(
        lambda: [mail["subject"] for mail in street.mails(OFFICE)],
        lambda subjects: f"Une banque reprend un paiement de la facture {number}" in subjects,
        "the office to be told",
    )
    page = f"/chargebacks/{chargeback_id}"
    press(street, desk, f"{page}/submission", {"statement": "The work was done and signed for."}, on=page)
    assert chargeback(street, chargeback_id, "under_review")["submission_count"] == 1
    street.sandbox(f"disputes/{chargeback_id}/won", {})
    assert chargeback(street, chargeback_id, "won")["held_minor"] == 0
    assert street.invoice(invoice)["status"] == "paid"


def test_what_is_lost_is_owed_again_and_the_chase_takes_it_up(street: Players, desk: requests.Session) -> None:
    invoice, chargeback_id = taken_back(street, "Hubert Lavoie")
    customer_id = street.invoice(invoice)["customer_id"]
    assert street.cases(customer_id) == []
    press(street, desk, f"/chargebacks/{chargeback_id}/acceptance", {}, on=f"/chargebacks/{chargeback_id}")
    assert chargeback(street, chargeback_id, "lost")["reopened_minor"] == 30000
    assert street.invoice(invoice)["balance_minor"] == 30000
    street.wait(days=40)
    case = until(lambda: street.cases(customer_id), bool, "the chase to take it up")[0]
    assert case["open_minor"] == 30000
