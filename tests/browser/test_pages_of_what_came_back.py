"""The pages of money that came back, is held or no card can pay, for everybody: at the desk and the customer's."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from server.access.rules import Role
from server.business import operations as business
from server.core import clock
from server.core.database import transaction
from server.invoices.models import Invoice
from server.payments import flows, operations
from server.payments.rules import Method
from server.receipts import queries as receipts
from server.statements import flows as statements
from server.statements import operations as lines
from tests.browser.conftest import Town
from tests.browser.test_everybody import DESK, PHONE, problems
from tests.payments.test_credit import use
from tests.payments.test_currencies import issue
from tests.payments.test_mobile_reader import forward
from tests.payments.test_withdrawing_credit import withdraw
from tests.shop import Shop
from tests.statements.files import ACCOUNT, camt, entry


def bounced(shop: Shop) -> Invoice:
    """The invoice of a cheque that bounced after a part of it was refunded."""
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.CHEQUE, reference="4471")
    shop.refund("pay_1", "ref_1", 1000)
    said: dict[str, Any] = {"payment_id": "pay_1", "reversal_id": "rev_1", "reason": "No funds", "reversed_by": "a"}
    with transaction() as session:
        operations.reverse_payment(session, **said, now=shop.now())
    return invoice


def at_the_bank(shop: Shop) -> str:
    """Two recorded transfers that a line may show, and held money that was transferred back; its receipt's address."""
    with transaction() as session:
        business.set_bank_account(session, currency="CAD", holder="Roy", routing="815-30000", account_number=ACCOUNT)
    for number, reference in enumerate(["Seen on their phone, the blue one with a crack across it", None], start=2):
        shop.collect(
            shop.invoice(), f"pay_{number}", method=Method.BANK_TRANSFER, amount_minor=10000, reference=reference
        )
    today = clock.local_date(shop.now(), "America/Toronto")
    told = camt([entry(f"{amount}.00", day=today, bank_reference=f"B{amount}") for amount in (100, 500)])
    _, found = statements.take_in(content=told, currency="CAD", imported_by="a", now=shop.now())
    about: dict[str, Any] = {"customer_id": "cus_1", "now": shop.now()}
    with transaction() as session:
        lines.credit(session, line_id=found[1].id, decided_by="a", **about)
    about |= {"payout_id": "cpo_1", "currency": "CAD", "reason": "By mistake", "reference": "V-77"}
    with transaction() as session:
        operations.pay_out_credit(session, amount_minor=30000, role=Role.OFFICE, requested_by="a", **about)
    with transaction() as session:
        return receipts.page_url(receipts.get_of_credit_payout(session, "cpo_1"))


def out_of_credit(shop: Shop) -> Invoice:
    """An invoice that credit paid twice, of which one is credit again."""
    invoice = shop.invoice()
    for name in ("app_1", "app_2"):
        use(shop, invoice, 4000, name)
    withdraw(shop)
    return invoice


@pytest.mark.parametrize(
    ("viewport", "colours", "language"),
    [(PHONE, "light", "fr"), (DESK, "dark", "en"), (PHONE, "dark", "en"), (DESK, "light", "fr")],
)
def test_the_pages_of_what_came_back_are_for_everybody(
    town: Town, browser: Browser, viewport: Any, colours: Any, language: str
) -> None:
    shop = town.shop
    flows.take_up(intent_id=forward(shop, 5000, held=True), now=shop.now())
    owed_back, receipt, paid, odd = bounced(shop), at_the_bank(shop), out_of_credit(shop), issue(shop, "KWD", 12_345)
    context = browser.new_context(viewport=viewport, color_scheme=colours)
    page = context.new_page()
    town.sign_in(page)
    desk = ("/", "/bank", "/numbers", "/customers/cus_1", f"/invoices/{owed_back.id}", f"/invoices/{paid.id}")
    found = []
    for address in (*(f"{town.address}/office{path}" for path in desk), receipt, town.link(odd), town.link(owed_back)):
        page.goto(f"{address}?lang={language}")
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found += problems(page)
    context.close()
    assert found == []
