"""The bank's page at the desk, and the invoice that asks for a transfer: for everybody."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from server.access.models import Staff
from server.business import operations as business
from server.core.database import transaction
from server.statements import flows
from tests.browser.conftest import EMAIL, Town
from tests.browser.test_everybody import DESK, PHONE, problems
from tests.statements.files import ACCOUNT, camt, entry


@pytest.mark.parametrize(
    ("viewport", "colours", "language"),
    [(PHONE, "dark", "fr"), (DESK, "light", "en")],
    ids=["on a phone by night in French", "at a desk by day in English"],
)
def test_a_line_is_accepted_with_one_press(
    town: Town, browser: Browser, viewport: Any, colours: Any, language: str
) -> None:
    invoice = town.shop.invoice()
    with transaction() as session:
        session.scalars(select(Staff).where(Staff.email == EMAIL)).one().role = "admin"
        business.set_bank_account(session, currency="CAD", holder="Roy", routing="815-30000", account_number=ACCOUNT)
        business.set_bank_account(session, currency="EUR", holder="Roy", iban="FR7630006000011234567890189")
    said = [
        entry("218.45", name="M TREMBLAY", text="Merci", bank_reference="B1"),
        entry("9.99", way="DBIT", returned=True, end_to_end="E9", bank_reference="B2"),
    ]
    content = camt(said, closing="308.46")
    flows.take_in(content=content, currency="CAD", imported_by="staff:anne", now=town.shop.now())
    context = browser.new_context(viewport=viewport, color_scheme=colours)
    page = context.new_page()
    page.goto(f"{town.address}/office/login?lang=en")
    town.sign_in(page)
    page.goto(f"{town.address}/office/bank?lang={language}")
    page.locator("summary").evaluate_all("all => all.forEach(one => one.parentElement.open = true)")
    found = problems(page)
    page.goto(f"{town.link(invoice)}?lang={language}")
    page.locator("summary").evaluate_all("all => all.forEach(one => one.parentElement.open = true)")
    found += problems(page)
    page.goto(f"{town.address}/office/bank?lang={language}")
    page.get_by_role("button", name=invoice.number).click()
    expect(page.get_by_role("status").first).to_be_visible()
    assert town.shop.status(invoice) == "paid"
    context.close()
    assert found == []
