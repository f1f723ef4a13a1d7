"""An e-mail address is worth something, once; and the way a customer paid the last time comes first."""

from __future__ import annotations

import re

import pytest

from server.audit import flows as audit
from server.business import operations as business
from server.core.database import transaction
from server.customers.models import Customer as Person
from server.ledger.rules import Kind
from server.payments.rules import Method
from tests.office.conftest import Desk, desk, office
from tests.paypage.conftest import Customer
from tests.shop import Shop

__all__ = ["desk", "office"]
FIVE = 500


@pytest.fixture
def offered(shop: Shop) -> Shop:
    """A business that gives 5.00 for the address of its customer, which it does not know."""
    with transaction() as session:
        business.change_settings(session, {"ebilling_credit_minor": FIVE})
        session.get_one(Person, "cus_1").email = None
    return shop


def accept(customer: Customer, path: str, email: str) -> int:
    return customer.client.post(f"{path}/ebilling", data={"email": email}).status_code


def test_an_address_takes_something_off_the_invoice_once(offered: Shop, customer: Customer) -> None:
    invoice = offered.invoice()
    path = customer.link(invoice)
    assert "$5.00 for your e-mail address" in customer.look(path)
    assert accept(customer, path, "not an address") == 422
    for _twice in range(2):
        assert accept(customer, path, "marie@example.com") == 303
    assert offered.balance(invoice) == Shop.TOTAL - FIVE
    assert (offered.books(Kind.INCENTIVES), offered.books(Kind.CUSTOMER_CREDIT)) == (FIVE, 0)
    assert "for your e-mail address" not in customer.look(path)
    assert accept(customer, path, "other@example.com") == 409
    with transaction() as session:
        session.get_one(Person, "cus_1").email = None
    assert accept(customer, path, "marie@example.com") == 303
    assert offered.books(Kind.INCENTIVES) == FIVE
    assert audit.check(now=offered.now()) == []


def test_what_cannot_be_used_now_stays_credit(offered: Shop, customer: Customer) -> None:
    invoice = offered.invoice()
    offered.collect(invoice, "pay_1")
    assert accept(customer, customer.link(invoice), "marie@example.com") == 303
    assert (offered.balance(invoice), offered.books(Kind.CUSTOMER_CREDIT)) == (Shop.TOTAL, FIVE)


def test_nobody_is_asked_where_nothing_is_offered_or_an_address_is_known(shop: Shop, customer: Customer) -> None:
    path = customer.link(shop.invoice())
    assert "for your e-mail address" not in customer.look(path)
    with transaction() as session:
        business.change_settings(session, {"ebilling_credit_minor": FIVE})
    assert "for your e-mail address" not in customer.look(path)


def test_the_way_somebody_paid_the_last_time_is_offered_first(shop: Shop, desk: Desk) -> None:
    first, second = shop.invoice(), shop.invoice()
    methods = r'<select id="method".*?<option value="(\w+)"'
    found = re.search(methods, desk.get(f"/invoices/{second.id}"), re.DOTALL)
    assert found and found[1] == "cash"  # noqa: PT018
    shop.collect(first, "pay_1", method=Method.BANK_TRANSFER, reference="T1")
    found = re.search(methods, desk.get(f"/invoices/{second.id}"), re.DOTALL)
    assert found and found[1] == "bank_transfer"  # noqa: PT018
    assert "Paid the last time by" in desk.get("/customers/cus_1")
