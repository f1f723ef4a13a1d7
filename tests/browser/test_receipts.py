"""Receipts on pages and in the technician's hand: for everybody, by day and by night."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from server.core.database import transaction
from server.receipts import queries
from tests.browser.conftest import Phone, Town
from tests.browser.test_everybody import DESK, PHONE, problems


@pytest.mark.parametrize(("viewport", "colours", "language"), [(PHONE, "light", "fr"), (DESK, "dark", "en")])
def test_a_receipts_page_is_for_everybody(
    town: Town, browser: Browser, viewport: Any, colours: Any, language: str
) -> None:
    invoice = town.shop.invoice()
    town.shop.collect(invoice, "pay_0")
    town.shop.press("decline")
    town.shop.ask("pay_0")
    town.shop.collect(invoice, "pay_1")
    town.shop.press("tap")
    town.shop.ask("pay_1")
    town.shop.refund("pay_1")
    with transaction() as session:
        about = queries.list_for_payments(session, ["pay_0", "pay_1"])
    page = browser.new_context(viewport=viewport, color_scheme=colours).new_page()
    for receipt in about:
        page.goto(f"{queries.page_url(receipt)}?lang={language}")
        assert problems(page) == []
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "PDF"
    page.context.close()


def test_the_technician_hands_the_receipt_over_and_a_slip_where_the_card_was_declined(town: Town, phone: Phone) -> None:
    job_id = phone.plan()
    phone.pair()
    phone.look_at(job_id)
    phone.finish()
    page = phone.page
    for press in ("decline", "tap"):
        phone.tap("Card" if press == "decline" else "Try again")
        expect(page.get_by_text("Over to the customer")).to_be_visible()
        town.shop.press(press)
        town.catch_up()
        expect(page.get_by_role("button", name="E-mail")).to_be_visible()
        assert problems(page) == []
    expect(page.get_by_role("link", name="Print")).to_be_visible()
    phone.tap("E-mail")
    page.get_by_label("E-mail address").fill("paul@example.com")
    phone.tap("Send the receipt")
    expect(page.get_by_text("The receipt is on its way to paul@example.com.")).to_be_visible()
    phone.tap("Text")
    page.get_by_label("Telephone number").fill("418 555 0177")
    phone.tap("Send the receipt")
    expect(page.get_by_text("Text messages are not set up here")).to_be_visible()
    phone.tap("QR code")
    expect(page.get_by_alt_text("QR code of the receipt")).to_be_visible()
    assert problems(page) == []
