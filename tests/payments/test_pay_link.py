"""Paying by a page, and the page and the reader never taking the same money twice."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from server.core.database import transaction
from server.gateway.client import client as stripe_client
from server.invoices.models import Invoice
from server.payments.operations import InvoiceSettled, PaymentInFlight
from server.payments.rules import Method, Status
from tests.shop import Shop


def test_a_page_paid_by_the_customer_pays_the_invoice(shop: Shop) -> None:
    invoice = shop.invoice()
    page = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    assert page.status is Status.WAITING
    assert page.checkout_url
    shop.pay_page(page)
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    assert shop.balance(invoice) == 0
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL


def test_the_reader_closes_the_page_the_customer_has_open(shop: Shop) -> None:
    invoice = shop.invoice()
    page = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    assert shop.collect(invoice, "pay_2").status is Status.WAITING
    assert shop.payment("pay_1").status is Status.CANCELED
    assert not shop.pay_page(page)
    shop.press("tap")
    shop.ask("pay_2")
    assert shop.captured() == Shop.TOTAL


def test_a_page_is_not_opened_while_the_reader_waits(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    with pytest.raises(PaymentInFlight):
        shop.collect(invoice, "pay_2", method=Method.PAY_LINK)


def test_a_page_paid_before_anybody_told_us_stops_the_reader(shop: Shop) -> None:
    invoice = shop.invoice()
    page = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    shop.pay_page(page)
    with pytest.raises(InvoiceSettled):
        shop.collect(invoice, "pay_2", amount_minor=Shop.TOTAL)
    assert shop.payment("pay_1").status is Status.SUCCEEDED
    assert shop.captured() == Shop.TOTAL


def test_cash_closes_the_page(shop: Shop) -> None:
    invoice = shop.invoice()
    page = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    shop.collect(invoice, "pay_2", method=Method.CASH)
    assert not shop.pay_page(page)
    assert shop.captured() == 0


def test_every_visit_gets_a_fresh_page_and_ends_the_one_before(shop: Shop) -> None:
    invoice = shop.invoice()
    first = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    second = shop.collect(invoice, "pay_2", method=Method.PAY_LINK)
    assert not shop.pay_page(first)
    assert shop.pay_page(second)
    assert shop.ask("pay_2").status is Status.SUCCEEDED


def test_a_page_that_runs_out_frees_the_money(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    shop.pass_time(hours=13)
    assert shop.ask("pay_1").status is Status.CANCELED
    assert shop.collect(invoice, "pay_2").status is Status.WAITING


def test_a_page_whose_address_was_lost_is_given_up_and_another_opens(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_after", "/v1/checkout/sessions", times=3)
    lost = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    assert lost.status is Status.FAILED
    page = shop.collect(invoice, "pay_2", method=Method.PAY_LINK)
    shop.pay_page(page)
    shop.ask("pay_2")
    assert shop.captured() == shop.at_stripe() == Shop.TOTAL


@pytest.mark.parametrize("hours", [10, 11.6, 13, 19, 21, 30])
def test_a_page_asked_for_again_late_is_usable_or_makes_way_for_another(shop: Shop, hours: float) -> None:
    """Whoever asked died before the answer came; Stripe refuses a page that closes soon, and repeats an old answer."""
    invoice = shop.invoice()
    shop.fault("drop_after", "/v1/checkout/sessions", times=3)
    shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    forget_what_came_of_it()
    must_be_usable_or_make_way(shop, invoice, hours=hours)


@pytest.mark.parametrize("hours", [10, 11.6, 13, 21])
def test_a_page_that_stripe_was_never_asked_for_is_usable_or_makes_way(shop: Shop, hours: float) -> None:
    invoice = shop.invoice()
    shop.fault("drop_before", "/v1/checkout/sessions", times=3)
    shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    forget_what_came_of_it()
    must_be_usable_or_make_way(shop, invoice, hours=hours)


@pytest.mark.parametrize("hours", [10, 11.6, 13, 21])
def test_a_page_that_was_open_is_usable_or_makes_way(shop: Shop, hours: float) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    must_be_usable_or_make_way(shop, invoice, hours=hours)


def forget_what_came_of_it() -> None:
    with transaction() as session:
        session.execute(text("UPDATE payments SET status = 'created', settled_at = NULL, failure_code = NULL"))


def must_be_usable_or_make_way(shop: Shop, invoice: Invoice, *, hours: float) -> None:
    shop.pass_time(hours=hours)
    again = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    if hours > 11:
        assert again.status is Status.CANCELED
        assert again.failure_code in (None, "interrupted")
        again = shop.collect(invoice, "pay_2", method=Method.PAY_LINK)
    assert again.status is Status.WAITING
    pages = stripe_client().v1.checkout.sessions.list({"status": "open"}).data
    assert [page.id for page in pages] == [again.stripe_session_id]
    shop.pass_time(minutes=50)
    assert shop.pay_page(again)
    assert shop.ask(again.id).status is Status.SUCCEEDED
    assert shop.captured() == shop.at_stripe() == Shop.TOTAL
