"""A technician's float on the phone, and at the desk that counts it: done by hand, and for everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from server.core.database import transaction
from server.invoices import queries as invoices
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments.rules import Method
from tests.browser.conftest import Phone, Town
from tests.browser.test_everybody import DESK, PHONE, problems


def taken(phone: Phone, town: Town) -> None:
    """A job paid in cash and by a cheque, both into the phone's hand."""
    jobs = {phone.plan("Robinet"): "cash", phone.plan("Chauffe-eau"): "cheque"}
    phone.pair()
    for job, way in jobs.items():
        phone.look_at(job)
        phone.finish()
        phone.page.locator("main.pay > button.button").click()
        phone.page.locator(f"input[value={way}]").check(force=True)
        if way == "cheque":
            phone.page.locator("form input:not([type=file])").last.fill("0042")
        phone.page.locator("form button.main").click()
        expect(phone.page.locator(".live.paid")).to_be_visible()
        with transaction() as session:
            assert invoices.list_for_jobs(session, [job])[0].status == "paid"
    town.shop.collect(town.shop.invoice(), "pay_desk", method=Method.CASH)


def test_cash_goes_from_the_phone_to_the_drawer_to_the_bank(town: Town, phone: Phone, browser: Browser) -> None:
    taken(phone, town)
    phone.page.locator("a[href='#/']").first.click()
    phone.tap("My cash")
    expect(phone.page.get_by_text("$218.45").first).to_be_visible()
    found = problems(phone.page)
    phone.tap("Hand over to the office")
    found += problems(phone.page)
    phone.tap("Hand over to the office")
    expect(phone.page.get_by_text("To be counted")).to_be_visible()
    found += problems(phone.page)
    for viewport, colours, language in ((PHONE, "dark", "fr"), (DESK, "light", "en")):
        context = browser.new_context(viewport=viewport, color_scheme=colours)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{town.address}/office/login?lang=en")
        town.sign_in(page)
        page.goto(f"{town.address}/office/cash?lang={language}")
        page.locator("summary").evaluate_all("all => all.forEach(one => one.parentElement.open = true)")
        found += problems(page)
    page.get_by_label("Cash counted").fill("200")
    page.get_by_label("Why it differs").fill("Toll")
    page.get_by_role("button", name="Countersign").click()
    expect(page.get_by_text("$18.45 short")).to_be_visible()
    phone.tap("Refresh")
    expect(phone.page.get_by_text("Countersigned")).to_be_visible()
    page.get_by_text("Pay in at the bank").click()
    page.locator("#pay-in-CAD").fill("200")
    page.get_by_role("button", name="It is paid in").click()
    expect(page.get_by_text("Paid in", exact=False).last).to_be_visible()
    with transaction() as session:
        assert ledger.totals(session, Kind.BANK) == {"CAD": 20000 + 21845}
    assert found == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_technician_without_cash_is_told_so(town: Town, browser: Browser, language: str) -> None:
    phone = Phone(town, browser, language=language)
    phone.pair()
    phone.page.locator("a[href='#/cash']").click()
    expect(phone.page.locator(".empty")).to_be_visible()
    assert problems(phone.page) == []
    phone.context.close()
