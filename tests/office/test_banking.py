"""Payouts at the desk: what arrives, line by line, and what nothing explains."""

from __future__ import annotations

from server.core import clock
from server.payouts import flows
from tests.office.conftest import Desk
from tests.shop import Shop


def pay_out(shop: Shop, **more: bool) -> str:
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
    assert "1 line is unexplained" in desk.get("/payouts")
    assert "Unexplained" in desk.get(f"/payouts/{payout_id}")
    shop.ask("pay_1")
    flows.ask(payout_id=payout_id, now=clock.now())
    listed = desk.get("/payouts")
    assert "$218.45" in listed
    assert "$5.95" in listed
    assert "unexplained" not in listed
    page = desk.get(f"/payouts/{payout_id}")
    assert "Marie Tremblay" in page
    assert "$212.50" in page
    desk.get("/payouts/po_none", status=404)
    table = desk.client.get(f"/office/payouts/{payout_id}.csv")
    assert (table.status_code, table.content_type) == (200, "text/csv; charset=utf-8")
    assert "218.45,5.95,212.50,CAD" in table.text


def test_a_payout_the_bank_sent_back_says_what_to_do(desk: Desk, shop: Shop) -> None:
    payout_id = pay_out(shop, fails=True)
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
