"""Two people in the same moment: what is being begun while it is given up is never left open to a card."""

from __future__ import annotations

import pytest

from server.gateway.client import OutcomeUnknown
from server.payments import flows
from server.payments.operations.collecting import CannotCancel
from server.payments.rules import Method, Status
from tests.payments.slowly import begin
from tests.shop import Shop

PROCESS = "/v1/terminal/readers/*/process_payment_intent"
READER = "/v1/terminal/readers/*"
INTENT = "/v1/payment_intents/*"
CANCEL = "/v1/payment_intents/*/cancel"
STOP = "/v1/terminal/readers/*/cancel_action"
SESSIONS = "/v1/checkout/sessions"


def test_a_reader_lit_after_its_payment_was_canceled_is_put_out(shop: Shop) -> None:
    invoice = shop.invoice()
    lighting = begin(shop, PROCESS, lambda: shop.collect(invoice, "pay_1"))
    assert flows.cancel(payment_id="pay_1", now=shop.now()).status is Status.CANCELED
    shop.pass_time(hours=1)
    assert lighting.status() is Status.CANCELED
    assert not shop.can_tap()
    assert shop.captured() == 0


def test_a_reader_lit_between_the_look_and_the_cancellation_is_put_out(shop: Shop) -> None:
    invoice = shop.invoice()
    lighting = begin(shop, PROCESS, lambda: shop.collect(invoice, "pay_1"))
    canceling = begin(shop, INTENT, lambda: flows.cancel(payment_id="pay_1", now=shop.now()), hours=2)
    shop.pass_time(hours=1)
    assert lighting.status() is Status.WAITING
    shop.pass_time(hours=1)
    assert canceling.status() is Status.CANCELED
    assert not shop.can_tap()


@pytest.mark.parametrize(
    ("button", "status", "code"), [("tap", Status.SUCCEEDED, None), ("wrong_pin", Status.FAILED, "incorrect_pin")]
)
def test_a_card_read_between_the_two_halves_of_a_look_is_seen_as_it_is(
    shop: Shop, button: str, status: Status, code: str | None
) -> None:
    shop.collect(shop.invoice(), "pay_1")
    looking = begin(shop, READER, lambda: shop.ask("pay_1"))
    shop.press(button)
    shop.pass_time(hours=1)
    assert looking.status() is status
    assert shop.payment("pay_1").failure_code == code
    assert shop.captured() == (Shop.TOTAL if status is Status.SUCCEEDED else 0)


def test_a_page_opened_after_it_was_given_up_for_the_reader_is_closed(shop: Shop) -> None:
    invoice = shop.invoice()
    opening = begin(shop, SESSIONS, lambda: shop.collect(invoice, "pay_1", method=Method.PAY_LINK))
    assert shop.collect(invoice, "pay_2").status is Status.WAITING
    shop.pass_time(hours=1)
    assert opening.status() is Status.CANCELED
    assert not shop.pay_page(shop.payment("pay_1"))
    shop.press("tap")
    assert shop.ask("pay_2").status is Status.SUCCEEDED
    assert shop.captured() == Shop.TOTAL


def test_asking_about_an_attempt_given_up_counts_the_card_for_the_one_that_took_over(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    flows.cancel(payment_id="pay_1", now=shop.now())
    shop.collect(invoice, "pay_2")
    shop.press("tap")
    for _ in range(2):
        told = shop.ask("pay_1")
        assert (told.id, told.status) == ("pay_1", Status.CANCELED)
    assert shop.payment("pay_2").status is Status.SUCCEEDED
    assert shop.balance(invoice) == 0


@pytest.mark.parametrize("under_way", [STOP, CANCEL])
@pytest.mark.parametrize("held", [False, True])
def test_a_card_that_comes_while_an_unknown_attempt_is_given_up_pays_once_or_is_let_go(
    shop: Shop, under_way: str, held: bool
) -> None:
    invoice = shop.invoice()
    shop.fault("drop_after", PROCESS, times=3)
    assert shop.collect(invoice, "pay_1", capture_later=held).status is Status.UNKNOWN
    canceling = begin(shop, under_way, lambda: flows.cancel(payment_id="pay_1", now=shop.now()))
    if under_way == CANCEL:
        shop.process_late("pay_1")
    assert shop.can_tap()
    shop.pass_time(hours=1)
    told = canceling.status()
    let_go = held and under_way == CANCEL  # what a card only holds, the cancellation lets go of
    assert told is (Status.CANCELED if let_go else Status.PROCESSING if held else Status.SUCCEEDED)
    shop.pass_time(hours=42)  # what is held is taken some hours before the card lets go
    shop.resolve_open()
    ended = Status.CANCELED if let_go else Status.SUCCEEDED
    assert (shop.payment("pay_1").status, shop.can_tap()) == (ended, False)
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL - shop.balance(invoice) == (0 if let_go else Shop.TOTAL)


def test_a_card_at_its_bank_while_an_unknown_attempt_is_given_up_pays_once(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_after", PROCESS, times=3)
    assert shop.collect(invoice, "pay_1").status is Status.UNKNOWN
    shop.press("tap", authorizing_seconds=60)
    with pytest.raises(CannotCancel):
        flows.cancel(payment_id="pay_1", now=shop.now())
    shop.pass_time(minutes=1)
    shop.resolve_open()
    assert shop.payment("pay_1").status is Status.SUCCEEDED
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL
    assert shop.balance(invoice) == 0


def test_an_unknown_attempt_given_up_without_an_answer_is_learnt_and_asks_for_no_card(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_before", PROCESS, times=3)
    shop.collect(invoice, "pay_1")
    shop.fault("drop_after", CANCEL, times=3)
    with pytest.raises(OutcomeUnknown):
        flows.cancel(payment_id="pay_1", now=shop.now())
    assert shop.payment("pay_1").status is Status.UNKNOWN
    assert shop.ask("pay_1").status is Status.CANCELED
    assert shop.collect(invoice, "pay_2").status is Status.WAITING
