"""The proof of an invoice at the desk, and what the log says of a customer."""

from __future__ import annotations

from server.core.database import transaction
from server.dunning import operations as dunning
from server.dunning import queries as cases
from server.dunning.rules import DisputeReason
from server.dunning.rules.promises import Source
from tests import quebec
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


def test_the_log_of_a_customer_is_told_in_words(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    shop.pass_time(days=36)
    with transaction() as session:
        quebec.start_chasing(session, now=shop.now())
        [look] = dunning.plan(session, today=cases.today_of(session, now=shop.now()), now=shop.now())
        dunning.dispute(
            session,
            dispute_id="dsp_1",
            invoice_id=invoice.id,
            reason=DisputeReason.BADLY_DONE,
            said="It still drips",
            amount_minor=None,
            source=Source.CUSTOMER,
            opened_by="customer",
            now=shop.now(),
        )
    page = desk.get(f"/customers/{look.case.customer_id}/log")
    for told in ("Chase begun", "Being chased", "It still drips", "$218.45", "the plan", "the customer"):
        assert told in page, told
    for code in ("badly_done", "past_due", "receivable", "planner"):
        assert code not in page, code
