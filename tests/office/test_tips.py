"""Tips at the desk."""

from __future__ import annotations

from server.ledger.rules import Kind
from server.payments import flows
from tests.office.conftest import Desk, hidden
from tests.shop import Shop


def test_tips_are_seen_paid_out_once_and_given_back(desk: Desk, shop: Shop) -> None:
    assert "No tips" in desk.get("/tips")
    flows.set_tips(tips={"CAD": {"fixed_amounts_minor": [2000]}})
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("tap", tip=2000)
    shop.ask("pay_1")
    page = desk.get("/tips")
    assert "Pay Luc Roy" in page
    paid = {name: hidden(page, name) for name in ("tip_payout_id", "technician_id", "currency")}
    refused = desk.post("/tips/payouts", {**paid, "amount": "20,01", "method": "cash"}, on="/tips")
    assert (refused.status_code, "more than the tips" in refused.text) == (422, True)
    for _twice in range(2):
        sent = desk.post("/tips/payouts", {**paid, "amount": "20,00", "method": "cash"}, on="/tips")
        assert sent.status_code == 303
    assert (shop.books(Kind.TIPS), shop.books(Kind.CASH)) == (0, -2000)
    page = desk.get(f"/invoices/{invoice.id}")
    said = {"refund_id": hidden(page, "refund_id"), "amount": "0", "tip": "5", "reason": "Typed wrong"}
    assert desk.post("/payments/pay_1/refunds", said, on=f"/invoices/{invoice.id}").status_code == 303
    assert "$5.00 of it the tip" in desk.get(f"/invoices/{invoice.id}")
    assert "owes $5.00" in desk.get("/tips?from=2020-01-01&to=2099-01-01")
