"""Payouts at the desk: what arrives, line by line, and what nothing explains."""

from __future__ import annotations

import html
import re

import pytest

from server.access import operations as access
from server.access.rules import Role
from server.chargebacks import flows as chargebacks
from server.core import clock
from server.core.database import transaction
from server.payments.models import UnassignedPayment
from server.payouts import flows
from server.payouts import queries as payouts
from tests import quebec
from tests.office.conftest import Desk
from tests.shop import Shop


def pay_out(shop: Shop, **more: str) -> str:
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap")
    shop.pass_time(seconds=5)
    shop.pass_time(days=2)
    payout_id = str(shop.control("POST", "payouts", more)["id"])
    flows.ask(payout_id=payout_id, now=clock.now())
    return payout_id


def test_a_payout_is_listed_and_shown_line_by_line(desk: Desk, shop: Shop) -> None:
    assert "Nothing has been paid out yet." in desk.get("/payouts")
    payout_id = pay_out(shop)
    assert "1 line is without a name" in desk.get("/payouts")
    assert "Without a name" in desk.get(f"/payouts/{payout_id}")
    shop.ask("pay_1")
    flows.ask(payout_id=payout_id, now=clock.now())
    listed = desk.get("/payouts")
    assert "$218.45" in listed
    assert "$5.95" in listed
    assert "without a name" not in listed
    page = desk.get(f"/payouts/{payout_id}")
    assert "Marie Tremblay" in page
    assert "$212.50" in page
    desk.get("/payouts/po_none", status=404)
    table = desk.client.get(f"/office/payouts/{payout_id}.csv")
    assert (table.status_code, table.content_type) == (200, "text/csv; charset=utf-8")
    assert "218.45,5.95,212.50,CAD" in table.text


def test_money_without_a_name_has_one_name_and_leads_to_where_it_is_given_one(desk: Desk, shop: Shop) -> None:
    payout_id = pay_out(shop)
    say = 'href="/office/unassigned">Say what it pays</a>'
    assert say not in desk.get(f"/payouts/{payout_id}")
    with transaction() as session:
        line = payouts.get_sheet(session, payout_id)["lines"][0]
        known = {"id": "pi_1", "amount_minor": Shop.TOTAL, "currency": "CAD", "words": "", "created_at": shop.now()}
        session.add(UnassignedPayment(**known, stripe_charge_id=line["source_id"]))
    for path in ("/payouts", f"/payouts/{payout_id}"):
        page = desk.get(path)
        assert "Without a name" in page
        assert say in page


def test_a_payout_the_bank_sent_back_says_what_to_do(desk: Desk, shop: Shop) -> None:
    payout_id = pay_out(shop, ends="failed")
    shop.pass_time(days=1)
    flows.ask(payout_id=payout_id, now=clock.now())
    page = desk.get(f"/payouts/{payout_id}")
    assert "Sent back by the bank" in page
    assert "Check the bank account with Stripe." in page


def test_the_cost_of_a_card_stands_beside_the_payment(desk: Desk, shop: Shop) -> None:
    payout_id = pay_out(shop)
    shop.ask("pay_1")
    flows.ask(payout_id=payout_id, now=clock.now())
    assert desk.get("/invoices/inv_1").count("$5.95 in card fees") == 2
    assert "$5.95 in card fees" in desk.get("/jobs/job_1")


@pytest.fixture
def supervisor(desk: Desk, shop: Shop) -> Desk:
    """The desk, where a supervisor has signed in."""
    with transaction() as session:
        access.add_staff(
            session,
            name="Sam Roy",
            role=Role.SUPERVISOR,
            language="en",
            email="sam@example.com",
            password=quebec.PASSWORD,
            now=shop.now(),
        )
    desk.post("/logout", {}, on="/")
    assert desk.sign_in("sam@example.com").status_code == 303
    return desk


def chargeback(shop: Shop) -> str:
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    begun = str(shop.control("POST", "disputes", {"charge": shop.payment("pay_1").stripe_charge_id})["id"])
    chargebacks.ask(chargeback_id=begun, now=clock.now())
    chargebacks.go_on(chargeback_id=begun, now=clock.now())
    return begun


def test_a_chargeback_stands_on_the_board_with_its_deadline_and_its_evidence(desk: Desk, shop: Shop) -> None:
    assert "No bank has taken anything back." in desk.get("/chargebacks")
    chargeback_id = chargeback(shop)
    assert "1 chargeback waits for an answer." in desk.get("/")
    assert "To be answered" in desk.get("/chargebacks")
    page = desk.get(f"/chargebacks/{chargeback_id}")
    assert "The invoice: what was done" in page
    assert "In French, the customer's language, as are the files: so it goes to the bank." in page
    assert "A supervisor hands it in" in page
    file = re.search(rf"/office(/chargebacks/{chargeback_id}/evidence/[^\"]+)", page)
    assert file
    assert desk.client.get(f"/office{file[1]}").data.startswith(b"%PDF")
    assert f"/office/chargebacks/{chargeback_id}" in desk.get("/invoices/inv_1")
    shop.pass_time(days=5)
    assert "Without an answer it is lost." in desk.get(f"/chargebacks/{chargeback_id}")


def test_one_click_hands_the_evidence_in_and_it_is_won(supervisor: Desk, shop: Shop) -> None:
    chargeback_id = chargeback(shop)
    page = f"/chargebacks/{chargeback_id}"
    assert supervisor.post(f"{page}/submission", {"statement": "It was us."}, on=page).status_code == 303
    assert "The evidence is with the bank." in supervisor.get(page)
    refused = supervisor.client.post(f"/office{page}/acceptance", data={"csrf_token": token(supervisor)})
    assert "answered or decided already" in html.unescape(refused.text)
    shop.control("POST", f"disputes/{chargeback_id}/won")
    chargebacks.ask(chargeback_id=chargeback_id, now=clock.now())
    assert "Won" in supervisor.get(page)
    assert "waits for an answer" not in supervisor.get("/")


def test_a_loss_is_accepted_and_owed_again(supervisor: Desk, shop: Shop) -> None:
    chargeback_id = chargeback(shop)
    page = f"/chargebacks/{chargeback_id}"
    assert supervisor.post(f"{page}/acceptance", {}, on=page).status_code == 303
    assert "owed again by the customer" in supervisor.get(page)


def token(desk: Desk) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', desk.get("/"))
    assert found
    return found[1]
