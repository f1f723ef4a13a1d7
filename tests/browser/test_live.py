"""What appears by itself."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from server.payments.rules import Method
from tests.browser.conftest import Town


def test_a_new_payment_appears_on_the_board_by_itself(town: Town, page: Page) -> None:
    invoice = town.shop.invoice()
    page.clock.install()
    town.sign_in(page)
    expect(page.locator("#board")).to_contain_text("Payments appear here by themselves.")
    town.shop.collect(invoice, "pay_1", method=Method.CASH)
    page.clock.run_for(5_000)
    expect(page.locator("#board")).to_contain_text("Everybody has paid.")
    expect(page.locator("#newest ~ ul")).to_contain_text("$218.45")


def test_what_is_unfolded_and_where_one_is_stay_as_they_are(town: Town, page: Page) -> None:
    first, second = town.shop.invoice(), town.shop.invoice()
    page.clock.install()
    town.sign_in(page)
    page.locator(f"#{first.id}").focus()
    town.shop.collect(second, "pay_1", method=Method.CASH)
    page.clock.run_for(5_000)
    expect(page.locator("#board")).to_contain_text("on 1 invoice")
    expect(page.locator(f"#{first.id}")).to_be_focused()


def test_the_customers_page_says_paid_the_moment_the_reader_took_the_card(town: Town, page: Page) -> None:
    invoice = town.shop.invoice()
    town.shop.collect(invoice, "pay_1")
    page.clock.install()
    page.goto(town.link(invoice) + "?lang=en")
    expect(page.get_by_role("status")).to_contain_text("A payment is under way")
    town.shop.press("tap")
    town.shop.ask("pay_1")
    page.clock.run_for(5_000)
    expect(page.get_by_role("heading", name="Paid. Thank you!")).to_be_visible()


def test_a_desk_whose_session_ended_asks_to_sign_in(town: Town, page: Page) -> None:
    page.clock.install()
    town.sign_in(page)
    page.context.clear_cookies()
    page.clock.run_for(5_000)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
