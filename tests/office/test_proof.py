"""The proof of an invoice at the desk."""

from __future__ import annotations

from tests.office.conftest import Desk
from tests.shop import Shop


def test_the_desk_proves_an_invoice(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    assert f'href="/office/invoices/{invoice.id}/proof"' in desk.get(f"/invoices/{invoice.id}")
    page = desk.get(f"/invoices/{invoice.id}/proof")
    for told in ("they agree", "$218.45", "pay_1", "succeeded", shop.payment("pay_1").stripe_intent_id or ""):
        assert told in page, told
    shop.fault("drop_before", "*", times=100)
    silent = desk.get(f"/invoices/{invoice.id}/proof")
    assert "it proves nothing" in silent
    assert "not asked" in silent
