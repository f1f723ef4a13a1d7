"""A use of credit is withdrawn: it is credit again, and what it paid is owed again, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from server.core.database import transaction
from server.invoices import operations as invoices
from server.invoices import queries
from server.invoices.models import Invoice
from server.jobs import operations as jobs
from server.ledger.rules import Kind
from server.payments import operations
from server.payments.models import CreditApplication
from server.payments.operations import CreditIsBack
from server.payments.queries import NoSuchApplication
from server.payments.rules import Method
from tests import quebec
from tests.payments.test_credit import keep_as_credit, pay_twice, sources, use
from tests.payments.test_deposits import FIRST, ask, assert_books_agree, finish, plan
from tests.shop import Shop


def withdraw(shop: Shop, application_id: str = "app_1", customer_id: str = "cus_1") -> CreditApplication:
    with transaction() as session:
        return operations.withdraw_application(
            session,
            customer_id=customer_id,
            application_id=application_id,
            withdrawn_by="staff:anne",
            now=shop.now(),
        )


def credit_of_218_45(shop: Shop) -> str:
    keep_as_credit()
    return pay_twice(shop, shop.invoice())


def standing(shop: Shop, invoice: Invoice) -> tuple[str, int, int]:
    return shop.status(invoice), shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT)


def test_it_is_credit_again_and_the_invoice_owes_it_again_however_often_it_is_asked(shop: Shop) -> None:
    payment_id = credit_of_218_45(shop)
    other = shop.invoice()
    use(shop, other, Shop.TOTAL)
    assert standing(shop, other) == ("paid", 0, 0)
    first = withdraw(shop).withdrawn_at
    shop.pass_time(days=1)
    assert (withdraw(shop).withdrawn_at, withdraw(shop).withdrawn_by) == (first, "staff:anne")
    assert standing(shop, other) == ("issued", Shop.TOTAL, Shop.TOTAL)
    assert sources(shop) == {payment_id: Shop.TOTAL}
    use(shop, other, 5000, "app_2")
    assert standing(shop, other) == ("partly_paid", Shop.TOTAL - 5000, Shop.TOTAL - 5000)
    assert_books_agree()


def test_what_nobody_used_or_another_customer_did_is_not_withdrawn(shop: Shop) -> None:
    credit_of_218_45(shop)
    use(shop, shop.invoice(), 1000)
    for application_id, customer_id in (("app_2", "cus_1"), ("app_1", "cus_2")):
        with pytest.raises(NoSuchApplication):
            withdraw(shop, application_id, customer_id)


def test_many_at_once_withdraw_it_once(shop: Shop) -> None:
    credit_of_218_45(shop)
    other = shop.invoice()
    use(shop, other, 4000)
    with ThreadPoolExecutor(8) as desks:
        moments = set(desks.map(lambda _: withdraw(shop).withdrawn_at, range(8)))
    assert len(moments) == 1
    assert standing(shop, other) == ("issued", Shop.TOTAL, Shop.TOTAL)
    assert_books_agree()


def test_of_a_deposit_the_invoice_of_the_work_owes_it_that_had_taken_it(shop: Shop) -> None:
    credit_of_218_45(shop)
    plan(shop)
    deposit = ask(shop, 1)
    use(shop, deposit, FIRST)
    final = finish(shop)
    withdraw(shop)
    assert (shop.balance(deposit), shop.status(deposit)) == (0, "paid")
    assert standing(shop, final) == ("issued", Shop.TOTAL, Shop.TOTAL)
    assert_books_agree()


def test_what_is_credit_again_already_is_not_made_credit_twice(shop: Shop) -> None:
    credit_of_218_45(shop)
    other = shop.invoice()
    use(shop, other, 10000)
    shop.collect(other, "pay_2", method=Method.CASH, amount_minor=Shop.TOTAL - 10000)
    with transaction() as session:
        known = queries.get_invoice(session, other.id, lock=True)
        amounts = {"amount_minor": 5000, "paid_minor": 5000}
        invoices.credit(session, known, credit_note_id="crn_1", reason="Goodwill", **amounts, now=shop.now())
    before = standing(shop, other)
    with pytest.raises(CreditIsBack):
        withdraw(shop)
    assert standing(shop, other) == before == ("paid", 0, Shop.TOTAL - 5000)


def test_of_a_deposit_beyond_the_work_nothing_is_withdrawn_either(shop: Shop) -> None:
    credit_of_218_45(shop)
    plan(shop)
    use(shop, ask(shop, 1), FIRST)
    with transaction() as session:
        lines = [quebec.line(quantity="1", unit_price_minor=4000, tax_code="none")]
        jobs.replace_lines(session, job_id="job_s", lines=lines, expected_version=1)
    final = finish(shop)
    before = standing(shop, final)
    with pytest.raises(CreditIsBack):
        withdraw(shop)
    assert standing(shop, final) == before == ("paid", 0, Shop.TOTAL - 4000)
