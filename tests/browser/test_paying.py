"""A customer pays from a link in a browser, with script and without."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Town
from tests.shop import Shop


def pay(town: Town, page: Page) -> None:
    page.goto(town.link(town.shop.invoice()))
    page.get_by_role("button", name="Payer").click()
    expect(page).to_have_url(re.compile(f"^{re.escape(town.shop.sandbox.url)}/"))
    page.locator('button[value="pay"]').click()
    page.wait_for_url(f"{town.address}/p/**")
    expect(page.get_by_role("heading", name="Payé. Merci")).to_be_visible()
    assert town.shop.captured() == Shop.TOTAL


def test_scan_press_pay_done(town: Town, page: Page) -> None:
    pay(town, page)


def test_without_script_too(town: Town, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    pay(town, context.new_page())
    context.close()


def test_a_double_click_pays_once(town: Town, page: Page) -> None:
    page.goto(town.link(town.shop.invoice()))
    page.get_by_role("button", name="Payer").dblclick()
    expect(page).to_have_url(re.compile(f"^{re.escape(town.shop.sandbox.url)}/"))
    page.locator('button[value="pay"]').click()
    expect(page.get_by_role("heading", name="Payé. Merci")).to_be_visible()
    assert town.shop.captured() == Shop.TOTAL


def test_the_other_language_is_one_press_away(town: Town, page: Page) -> None:
    page.goto(town.link(town.shop.invoice()))
    for there in ("en-CA", "fr-CA"):
        page.locator(".language").click()
        expect(page.locator("html")).to_have_attribute("lang", there)
