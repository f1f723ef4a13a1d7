"""A customer owes for three visits and pays once, from their link; another gives one cheque at the office."""

from __future__ import annotations

import re

import requests

from server.cli.story.players import Json, Players, line, new
from tests.journeys.desk import Desk


def three_invoices(street: Players, name: str) -> list[Json]:
    """Do a job, then two more for the same customer."""
    visit = [line("Visite", "1", 10000, "none")]
    first = street.do_job(name, "Visite 1", visit)
    rest = [street.do_another(first["customer_id"], f"Visite {number}", visit) for number in (2, 3)]
    return [first, *rest]


def balances(street: Players, invoices: list[Json]) -> list[int]:
    return [street.invoice(each)["balance_minor"] for each in invoices]


def test_one_checkout_pays_three_invoices(street: Players) -> None:
    three = three_invoices(street, "Denise Fortin")
    before = street.captured_minor()
    asked = {"payment_id": new("pay"), "invoice_ids": [each["invoice_id"] for each in three], "method": "pay_link"}
    page = street.office("POST", "/payments", {**asked, "amount_minor": 30000}, status=201)
    assert [share["amount_minor"] for share in page["shares"]] == [10000, 10000, 10000]
    assert page["status"] == "waiting"
    street.press_checkout(page["checkout_url"].rpartition("/")[2], "pay")
    for each in three:
        street.must_be_paid(each)
    assert street.captured_minor() - before == 30000
    refund = {"refund_id": new("ref"), "amount_minor": 12000, "reason": "One visit was short"}
    street.office("POST", f"/payments/{asked['payment_id']}/refunds", refund, status=201)
    assert balances(street, three) == [0, 2000, 10000]


def test_one_cheque_is_shared_as_the_customer_says_and_a_link_pays_what_they_tick(street: Players) -> None:
    three = three_invoices(street, "Normand Leclerc")
    shares = [
        {"invoice_id": three[index]["invoice_id"], "amount_minor": minor} for index, minor in ((2, 9000), (0, 500))
    ]
    cheque = {"payment_id": new("pay"), "method": "cheque", "reference": "0077", "shares": shares}
    street.office("POST", "/payments", {**cheque, "amount_minor": 9500}, status=201)
    assert balances(street, three) == [9500, 10000, 1000]
    owner, here = Desk(street), f"/customers/{three[0]['customer_id']}"
    link = re.search(r"http://[^\s\"<]+/p/[\w.-]+", owner.send(f"{here}/link", on=here))
    assert link, "the desk shows the link to everything they owe"
    ticked = {"invoice_id": [three[0]["invoice_id"], three[2]["invoice_id"]]}
    page = requests.post(f"{link[0]}/checkout", data=ticked, allow_redirects=False, timeout=30)
    assert street.press_checkout(page.headers["Location"].rpartition("/")[2], "pay").ok
    for paid in (three[0], three[2]):
        street.must_be_paid(paid)
    assert balances(street, three) == [0, 10000, 0]
    renewed = re.search(r"http://[^\s\"<]+/p/[\w.-]+", owner.send(f"{here}/link", on=here, change="renew"))
    assert renewed, "the desk shows the new link"
    assert [requests.get(each[0], timeout=30).status_code for each in (link, renewed)] == [404, 200]
    wrong = {**cheque, "payment_id": new("pay"), "amount_minor": 9501}
    refused = street.send("POST", "/payments", wrong, street.phone_token)
    assert (refused.status_code, "shares" in refused.json()["errors"]) == (422, True)


def test_the_office_ends_a_link_to_everything_owed_over_the_api_and_the_log_tells_of_it(street: Players) -> None:
    invoice = street.do_job("Normand Leclerc", "Visite", [line("Visite", "1", 10000, "none")])
    account = f"/customers/{invoice['customer_id']}"
    links = [street.office("POST", f"{account}/link_renewal")["pay_url"] for _ in range(2)]
    assert [requests.get(each, timeout=30).status_code for each in links] == [404, 200]
    assert street.office("POST", f"{account}/link_revocation")["pay_url"] is None
    assert requests.get(links[1], timeout=30).status_code == 404
    assert street.send("POST", f"{account}/link_renewal", None, street.phone_token).status_code == 403
    street.office("POST", f"/invoices/{invoice['invoice_id']}/link_renewal")
    log = Desk(street).read(f"{account}/log")
    assert [log.count(f"Link to pay {done}") for done in ("renewed", "revoked")] == [3, 1]
