"""The owner reads what the law of a place says; then it holds, and what paying late costs may be charged."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import requests

from server.cli.story.players import Json, Players, expect, line, new


class Owner:
    """The owner at the desk, in a browser without script."""

    def __init__(self, street: Players) -> None:
        self.web, self.browser = street.world["web"], requests.Session()
        self.post("/login", {name: street.world["office"][name] for name in ("email", "password")})

    def get(self, path: str) -> str:
        """Open a page."""
        answer = self.browser.get(f"{self.web}/office{path}", timeout=60)
        expect(answer.status_code, 200, path)
        return html.unescape(answer.text)

    def post(self, path: str, said: dict[str, Any], *, on: str | None = None) -> None:
        """Send the form that stands on a page."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(on or path))
        assert token
        answer = self.browser.post(f"{self.web}/office{path}", data={"csrf_token": token[1], **said}, timeout=60)
        expect(answer.status_code, 200, path)


@pytest.fixture
def owner(street: Players) -> Owner:
    """The owner, signed in."""
    return Owner(street)


def _late(street: Players, name: str) -> Json:
    invoice = street.do_job(name, "Prise", [line("Prise", "1", 100000, "none")])
    street.wait(days=61)
    return invoice


def _may(street: Players, invoice: Json) -> Json:
    return street.office("GET", f"/late_charges?invoice_id={invoice['invoice_id']}")


def test_a_late_charge_is_refused_until_the_law_was_read_then_charged_paid_or_waived(
    street: Players, owner: Owner
) -> None:
    invoice = _late(street, "Aude Tardy")
    if street.office("GET", "/law/ca-qc")["state"] == "off":
        assert _may(street, invoice)["refusal"] == "law_off"
    assert "R-2.2" in owner.get("/law/ca-qc")
    read = {"review_id": new("lrv"), "version": "1", "name": "Lucie Tremblay", "switch": "on"}
    owner.post("/law/ca-qc/reviews", read, on="/law/ca-qc")
    row = street.office("GET", "/law/ca-qc")
    assert (row["state"], row["reviewed_by"]) == ("on", "Lucie Tremblay")
    may = _may(street, invoice)
    assert (may["refusal"], may["fee_refusal"]) == (None, "no_fee_agreed")
    assert may["total_minor"] in (986, 1019)  # 30 or 31 whole days of 1,000.00 at 12 % a year
    wanted = {"charge_id": new("chg"), "invoice_id": invoice["invoice_id"]}
    charge = street.office("POST", "/late_charges", wanted, status=201)
    assert street.office("POST", "/late_charges", wanted, status=201)["number"] == charge["number"]
    assert _may(street, invoice)["total_minor"] == 0
    owed = street.office("GET", f"/invoices/{charge['charge_invoice_id']}")
    assert (owed["balance_minor"], owed["status"]) == (charge["interest_minor"], "issued")
    street.collect(invoice, "cash", 100000)
    street.must_be_paid(invoice)
    assert charge["number"] in owner.get(f"/invoices/{invoice['invoice_id']}/late_charges")
    let_go = {"act": "waive", "reason": "Fidèle depuis dix ans"}
    waived = street.office("POST", f"/late_charges/{charge['charge_id']}/release", let_go)
    assert (waived["status"], waived["balance_minor"]) == ("waived", 0)
    assert street.invoice({"invoice_id": charge["charge_invoice_id"]})["status"] == "void"


def test_a_case_says_whom_the_law_lets_us_contact_and_until_when_a_debt_can_be_sued_for(
    street: Players, owner: Owner
) -> None:
    invoice = _late(street, "Guy Muet")
    (case,) = street.cases(invoice["customer_id"])
    law = street.office("GET", f"/dunning/cases/{case['case_id']}/law")
    assert (law["law_row"], law["zones"]) == ("ca-qc", ["America/Toronto"])
    assert {each["channel"] for each in law["channels"]} == {"call", "email", "text", "letter"}
    assert all(each["allowed"] or each["source"] for each in law["channels"])
    limited = street.office("GET", f"/dunning/limitations/{invoice['invoice_id']}")
    assert (limited["row"], limited["began_by"], limited["alarm"]) == ("ca-qc", "due_on", None)
    here = f"/chase/cases/{case['case_id']}/law"
    act = {"act_id": new("act"), "kind": "acknowledgement", "happened_on": street.now()[:10]}
    owner.post(f"{here}/acts", {**act, "invoice_id": invoice["invoice_id"], "note": "Par courriel"}, on=here)
    noted = street.office("GET", f"/dunning/limitations/{invoice['invoice_id']}")
    assert noted["ends_on"] > limited["ends_on"]
    assert "Par courriel" in owner.get(here)
    street.collect(invoice, "cash", 100000)


def test_a_reference_rate_is_entered_by_hand_and_read_by_the_api(street: Players, owner: Owner) -> None:
    said = {"rate_id": new("rat"), "name": "boe", "percent": "3,75", "valid_from": "2020-01-01", "source": "Bulletin"}
    owner.post("/law/rates", said, on="/law")
    assert "Bulletin" in owner.get("/law")
    found = {rate["rate_id"]: rate for rate in street.office("GET", "/law/rates")["items"]}
    assert found[said["rate_id"]]["percent"] == "3.75"
    street.office("POST", "/law/rates", {**said, "percent": "3.75"}, status=403)  # an admin's alone
