"""Tips on the reader: apart from what is owed, held for the technician, paid out once."""

from __future__ import annotations

import pytest

from server.access.queries import StaffNotFound
from server.audit import flows as audit
from server.business import operations as business
from server.core import clock
from server.core.database import transaction
from server.gateway import intents, refunds
from server.invoices.models import Invoice
from server.ledger.rules import Kind
from server.payments import flows, operations, queries
from server.payments.flows.looking import look
from server.payments.operations import RefundTooHigh, TipPayoutExists, TipsTooLow
from server.payments.rules import Method, Status
from tests.chargebacks.bank import ask, dispute
from tests.shop import Shop

TEN_PERCENT = Shop.TOTAL // 10


def pay_out(shop: Shop, amount_minor: int, payout_id: str = "tip_1", technician_id: str | None = None) -> None:
    with transaction() as session:
        operations.pay_out_tips(
            session,
            tip_payout_id=payout_id,
            technician_id=technician_id or shop.technician.id,
            amount_minor=amount_minor,
            currency="CAD",
            method=Method.CASH,
            reference=None,
            paid_by="staff:anne",
            now=shop.now(),
        )


def tip(shop: Shop, tip_minor: int) -> Invoice:
    """Pay an invoice with a tip."""
    flows.set_tips(tips={"CAD": {"fixed_amounts_minor": [tip_minor]}})
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("tap", tip=tip_minor)
    assert shop.ask("pay_1").tip_minor == tip_minor
    return invoice


def rows_of(shop: Shop) -> dict[str | None, tuple[int, int, int, int]]:
    """What was received, given back and paid out of tips today, and is held, by technician."""
    today = clock.local_date(shop.now(), "America/Toronto")
    with transaction() as session:
        rows = queries.tips_of(session, first=today, last=today)
    names = ("received_minor", "given_back_minor", "paid_out_minor", "held_minor")
    return {row["technician_id"]: tuple(row[name] for name in names) for row in rows}


def test_without_the_setting_no_tip_is_offered(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1")
    with pytest.raises(AssertionError, match="no such tip"):
        shop.press("tap", tip=TEN_PERCENT)


def test_a_tip_is_booked_apart_and_never_touches_the_balance(shop: Shop) -> None:
    flows.set_tips(tips={"CAD": {"percentages": [10, 20]}})
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", amount_minor=10000)
    shop.press("tap", tip=1000)
    paid = shop.ask("pay_1")
    assert (paid.status, paid.amount_minor, paid.tip_minor) == (Status.SUCCEEDED, 10000, 1000)
    assert paid.tip_for == shop.technician.id
    assert shop.balance(invoice) == Shop.TOTAL - 10000
    assert (shop.books(Kind.TIPS), shop.books(Kind.CUSTOMER_CREDIT)) == (1000, 0)
    assert shop.captured() == shop.at_stripe() == 11000
    assert audit.check(now=shop.now()) == []
    with pytest.raises(RefundTooHigh):
        shop.refund("pay_1", amount_minor=11000)
    shop.refund("pay_1", amount_minor=10000)
    assert (shop.books(Kind.TIPS), shop.at_stripe()) == (1000, 1000)


def test_a_tip_goes_back_where_the_customer_asks_for_it_and_no_further(shop: Shop) -> None:
    invoice = tip(shop, 1000)
    assert shop.refund("pay_1", "ref_1", amount_minor=400, tip_minor=400).tip_minor == 400
    assert (shop.balance(invoice), shop.books(Kind.TIPS)) == (0, 600)
    with pytest.raises(RefundTooHigh):
        shop.refund("pay_1", "ref_2", amount_minor=601, tip_minor=601)
    shop.refund("pay_1", "ref_3", amount_minor=Shop.TOTAL + 600, tip_minor=600)
    assert (shop.balance(invoice), shop.books(Kind.TIPS), shop.at_stripe()) == (Shop.TOTAL, 0, 0)
    assert audit.check(now=shop.now()) == []


def test_a_tip_that_was_paid_out_and_goes_back_is_owed_by_its_technician(shop: Shop) -> None:
    tip(shop, 1000)
    pay_out(shop, 1000)
    shop.refund("pay_1", amount_minor=1000, tip_minor=1000)
    assert rows_of(shop)[shop.technician.id] == (1000, 1000, 1000, -1000)


def test_what_stripes_dashboard_gives_back_beyond_the_payment_is_of_the_tip(shop: Shop) -> None:
    tip(shop, 1000)
    intent_id = shop.payment("pay_1").stripe_intent_id or ""
    whole = Shop.TOTAL + 1000
    refunds.create_refund(key="by-hand", refund_id="", intent_id=intent_id, amount_minor=whole, currency="CAD")
    look(intent_id=intent_id, now=shop.now())
    assert (shop.books(Kind.TIPS), shop.books(Kind.RECEIVABLE), shop.at_stripe()) == (0, Shop.TOTAL, 0)


def test_a_bank_takes_the_tip_back_with_the_payment_and_returns_both(shop: Shop) -> None:
    invoice = tip(shop, 1000)
    taken = dispute(shop)
    ask(taken)
    shop.control("POST", f"disputes/{taken}/lost")
    ask(taken)
    assert (shop.balance(invoice), shop.books(Kind.TIPS)) == (Shop.TOTAL, 0)
    assert rows_of(shop)[shop.technician.id] == (1000, 1000, 0, 0)


def test_a_tip_on_what_a_card_only_holds_is_taken_with_it(shop: Shop) -> None:
    with transaction() as session:
        business.change_settings(session, {"capture_later": True})
    flows.set_tips(tips={"CAD": {"fixed_amounts_minor": [1000]}})
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("tap", tip=1000)
    assert shop.ask("pay_1").capture_before is not None
    taken = flows.capture(payment_id="pay_1", amount_minor=15000, now=shop.now())
    assert (taken.status, taken.amount_minor, taken.tip_minor) == (Status.SUCCEEDED, 15000, 1000)
    assert (shop.balance(invoice), shop.books(Kind.TIPS)) == (Shop.TOTAL - 15000, 1000)
    assert shop.captured() == shop.at_stripe() == 16000


@pytest.mark.parametrize("amount_minor", [400, 1000])
def test_what_stripes_dashboard_captures_up_to_the_tip_pays_what_is_owed(shop: Shop, amount_minor: int) -> None:
    flows.set_tips(tips={"CAD": {"fixed_amounts_minor": [1000]}})
    invoice = shop.invoice()
    held = shop.collect(invoice, "pay_1", capture_later=True)
    shop.press("tap", tip=1000)
    shop.ask("pay_1")
    intents.capture_intent(held.stripe_intent_id or "", key="by-hand", amount_minor=amount_minor, currency="CAD")
    paid = shop.ask("pay_1")
    assert (paid.status, paid.amount_minor, paid.tip_minor) == (Status.SUCCEEDED, amount_minor, 0)
    assert shop.balance(invoice) == Shop.TOTAL - amount_minor
    assert audit.check(now=shop.now()) == []


def test_tips_are_paid_out_once_and_never_beyond_what_is_held(shop: Shop) -> None:
    flows.set_tips(tips={"CAD": {"fixed_amounts_minor": [500]}})
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap", tip=500)
    shop.ask("pay_1")
    with pytest.raises(TipsTooLow):
        pay_out(shop, 501)
    for _ in range(2):
        pay_out(shop, 300)
    with pytest.raises(TipPayoutExists):
        pay_out(shop, 100)
    with pytest.raises(TipsTooLow):
        pay_out(shop, 201, "tip_2")
    with pytest.raises(StaffNotFound):
        pay_out(shop, 1, "tip_3", "stf_nobody")
    assert rows_of(shop)[shop.technician.id] == (500, 0, 300, 200)


def test_no_tips_are_offered_any_more_once_the_setting_is_off(shop: Shop) -> None:
    flows.set_tips(tips={"CAD": {"percentages": [10]}})
    flows.set_tips(tips={})
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap")
    assert shop.ask("pay_1").tip_minor == 0
