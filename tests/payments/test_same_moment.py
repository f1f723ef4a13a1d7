"""Two people in the same moment: what is being begun while it is given up is never left open to a card."""

from __future__ import annotations

from server.payments import flows
from server.payments.rules import Method, Status
from tests.payments.slowly import begin
from tests.shop import Shop

PROCESS = "/v1/terminal/readers/*/process_payment_intent"
INTENT = "/v1/payment_intents/*"
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
