"""Paying by a page, and the page and the reader never taking the same money twice."""

from __future__ import annotations

import pytest

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
