"""Cards that only hold the amount: captured by an act, in part, by themselves, or let go."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from server.business import operations as business
from server.core.database import transaction
from server.invoices.models import Invoice
from server.payments import flows
from server.payments.models import Payment
from server.payments.operations import AmountTooHigh, CaptureExists, NothingHeld, PaymentInFlight
from server.payments.rules import Method, Status
from tests.poison import unwritable
from tests.shop import Shop

INTERAC = "4506445006931933"


@pytest.fixture
def careful(shop: Shop) -> Shop:
    """A business that authorizes first."""
    with transaction() as session:
        business.change_settings(session, {"capture_later": True})
    return shop


def hold(shop: Shop, payment_id: str = "pay_1", **more: Any) -> Invoice:
    invoice = shop.invoice()
    shop.collect(invoice, payment_id, **more)
    shop.press("tap")
    held = shop.ask(payment_id)
    assert (held.status, held.card_last4) == (Status.PROCESSING, "4242")
    assert held.capture_before is not None
    return invoice


def capture(shop: Shop, payment_id: str = "pay_1", amount_minor: int | None = None) -> Payment:
    return flows.capture(payment_id=payment_id, amount_minor=amount_minor, now=shop.now())


def test_what_is_held_is_not_paid_until_it_is_captured(careful: Shop) -> None:
    invoice = hold(careful)
    assert (careful.balance(invoice), careful.status(invoice)) == (Shop.TOTAL, "issued")
    assert (careful.at_stripe(), careful.captured()) == (0, 0)
    for _ in range(2):
        assert capture(careful).status is Status.SUCCEEDED
    assert (careful.balance(invoice), careful.status(invoice)) == (0, "paid")
    assert careful.at_stripe() == careful.captured() == Shop.TOTAL


def test_a_business_that_does_not_ask_for_it_is_paid_at_once(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    assert capture(shop).status is Status.SUCCEEDED
    with pytest.raises(NothingHeld):
        capture(shop, amount_minor=1)


def test_interac_cannot_be_held_and_pays_at_once(careful: Shop) -> None:
    invoice = careful.invoice()
    careful.collect(invoice, "pay_1")
    careful.press("insert", number=INTERAC)
    assert careful.ask("pay_1").status is Status.SUCCEEDED
    assert capture(careful).status is Status.SUCCEEDED


def test_a_part_is_taken_and_the_rest_is_still_owed(careful: Shop) -> None:
    invoice = hold(careful)
    assert capture(careful, amount_minor=20000).amount_minor == 20000
    assert (careful.captured(), careful.balance(invoice)) == (20000, Shop.TOTAL - 20000)


def test_no_more_is_taken_than_is_held_and_owed(careful: Shop) -> None:
    hold(careful)
    with pytest.raises(AmountTooHigh):
        capture(careful, amount_minor=Shop.TOTAL + 1)
    assert careful.captured() == 0


def test_the_same_money_cannot_be_taken_another_way_while_it_is_held(careful: Shop) -> None:
    invoice = hold(careful)
    with pytest.raises(PaymentInFlight):
        careful.collect(invoice, "pay_2", method=Method.CASH, amount_minor=100)


def test_what_is_let_go_is_owed_again_and_a_new_card_gets_a_new_intent(careful: Shop) -> None:
    invoice = hold(careful)
    released = flows.cancel(payment_id="pay_1", now=careful.now())
    assert (released.status, released.failure_code) == (Status.CANCELED, "authorization_released")
    with pytest.raises(NothingHeld):
        capture(careful)
    assert careful.collect(invoice, "pay_2").status is Status.WAITING
    careful.press("tap")
    careful.ask("pay_2")
    capture(careful, "pay_2")
    assert (careful.captured(), careful.balance(invoice), len(careful.intents())) == (Shop.TOTAL, 0, 2)


def test_what_nobody_captures_is_captured_by_itself_before_the_bank_lets_go(careful: Shop) -> None:
    invoice = hold(careful)
    careful.pass_time(hours=41)
    careful.resolve_open()
    assert careful.captured() == 0
    careful.pass_time(hours=1, minutes=5)
    careful.resolve_open()
    assert (careful.captured(), careful.balance(invoice)) == (Shop.TOTAL, 0)


def test_a_hold_that_we_fail_over_lets_no_other_run_out(careful: Shop) -> None:
    hold(careful)
    careful.pass_time(minutes=5)
    other = hold(careful, "pay_2")
    careful.pass_time(hours=44)
    with unwritable("payments", "id = 'pay_1'"), pytest.raises(IntegrityError):
        flows.capture_due(now=careful.now())
    assert (careful.balance(other), careful.captured()) == (0, Shop.TOTAL)
    flows.capture_due(now=careful.now())
    assert careful.at_stripe() == careful.captured() == 2 * Shop.TOTAL


def test_what_ran_out_all_the_same_is_owed_again_with_the_reason(careful: Shop) -> None:
    invoice = hold(careful)
    careful.pass_time(hours=49)
    careful.resolve_open()
    lost = careful.payment("pay_1")
    assert (lost.status, lost.failure_code) == (Status.CANCELED, "authorization_expired")
    assert (careful.balance(invoice), careful.at_stripe()) == (Shop.TOTAL, 0)
    assert careful.collect(invoice, "pay_2").status is Status.WAITING


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_500"])
def test_a_capture_without_an_answer_is_asked_about_and_done_once(careful: Shop, kind: str) -> None:
    invoice = hold(careful)
    careful.fault(kind, "*/capture", times=3)
    assert capture(careful).status is Status.UNKNOWN
    with pytest.raises(CaptureExists):
        capture(careful, amount_minor=1)
    careful.pass_time(minutes=2)
    careful.resolve_open()
    assert (careful.captured(), careful.balance(invoice)) == (Shop.TOTAL, 0)


def test_a_service_that_is_busy_captures_later(careful: Shop) -> None:
    invoice = hold(careful)
    careful.fault("error_429", "*/capture")
    assert capture(careful).status is Status.PROCESSING
    careful.resolve_open()
    assert (careful.captured(), careful.balance(invoice)) == (Shop.TOTAL, 0)
