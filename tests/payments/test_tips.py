"""Tips on the reader: apart from what is owed, held for the technician, paid out once."""

from __future__ import annotations

import pytest

from server.access.queries import StaffNotFound
from server.audit import flows as audit
from server.core import clock
from server.core.database import transaction
from server.ledger.rules import Kind
from server.payments import flows, operations, queries
from server.payments.operations import RefundTooHigh, TipPayoutExists, TipsTooLow
from server.payments.rules import Method, Status
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
    today = clock.local_date(shop.now(), "America/Toronto")
    with transaction() as session:
        rows = queries.tips_of(session, first=today, last=today)
    mine = next(row for row in rows if row["technician_id"] == shop.technician.id)
    assert (mine["received_minor"], mine["paid_out_minor"], mine["held_minor"]) == (500, 300, 200)


def test_no_tips_are_offered_any_more_once_the_setting_is_off(shop: Shop) -> None:
    flows.set_tips(tips={"CAD": {"percentages": [10]}})
    flows.set_tips(tips={})
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap")
    assert shop.ask("pay_1").tip_minor == 0
