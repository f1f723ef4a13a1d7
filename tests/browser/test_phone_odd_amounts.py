"""Dinars that no card can pay to the last unit, on the phone: what a card can pay is asked for with a press."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests import quebec
from tests.browser.conftest import Phone, Town
from tests.browser.test_everybody import problems

SAID = {
    "en": ("So small an amount cannot be paid by card.", "Take the other KWD 0.005 in cash, by cheque or by transfer."),
    "fr": ("Un si petit montant ne se paie pas par carte.", "Prenez les 0,005 KWD restants en espèces"),
}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_a_card_can_pay_is_asked_for_with_a_press(town: Town, browser: Browser, language: str) -> None:
    phone = Phone(town, browser, language=language)
    page, (alone, rest) = phone.page, SAID[language]
    odd = quebec.line(quantity="1", unit_price_minor=12_345, tax_code="none")
    job_id = phone.plan(currency="KWD", lines=[odd])
    phone.pair()
    phone.look_at(job_id)
    page.locator(".actions button").click()
    page.locator(".actions button").click()
    card = page.locator(".thumbs button").first
    part = page.locator("main.pay .notice.waiting + .button")
    expect(part).to_be_visible()
    expect(page.locator(".notice.waiting")).to_contain_text(rest)
    expect(card).to_be_disabled()
    assert problems(page) == []
    part.focus()
    page.keyboard.press("Enter")
    expect(card).to_be_enabled()
    page.locator(".amount-field input").fill("0.005")
    expect(page.locator(".notice.waiting")).to_contain_text(alone)
    expect(card).to_be_disabled()
    phone.context.close()
    assert phone.heard == []
