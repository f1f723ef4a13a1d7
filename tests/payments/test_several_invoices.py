"""One payment for several invoices of a customer: guarded on each, counted on each, given back in a stated order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text, update

from server.core.database import transaction
from server.core.errors import Problem
from server.invoices import operations as invoice_operations
from server.invoices.models import Invoice
from server.invoices.queries import NoSuchInvoice
from server.jobs import operations as jobs
from server.ledger.rules import Kind
from server.payments import flows, queries
from server.payments.models import Payment
from server.payments.operations import (
    AmountTooHigh,
    InvoicesDiffer,
    InvoiceSettled,
    PaymentExists,
    PaymentInFlight,
    PaymentOutcomeUnknown,
)
from server.payments.rules import Method, Status
from tests import quebec
from tests.shop import Shop

ALL = 3 * Shop.TOTAL
PROCESS = "/v1/terminal/readers/*/process_payment_intent"


@pytest.fixture
def three(shop: Shop) -> list[Invoice]:
    """Three invoices of one customer."""
    return [shop.invoice() for _ in range(3)]


def collect(
    shop: Shop, invoices: list[Invoice], payment_id: str = "pay_1", amount_minor: int | None = None, **more: Any
) -> Payment:
    wanted: dict[str, Any] = {"method": Method.CARD_READER, "invoice_ids": [each.id for each in invoices], **more}
    if wanted["method"] is Method.CARD_READER:
        wanted["reader_id"] = shop.reader.id
    amount_minor = amount_minor or sum(shop.balance(each) for each in invoices)
    return flows.collect(payment_id=payment_id, amount_minor=amount_minor, taken_by="test", now=shop.now(), **wanted)


def balances(shop: Shop, invoices: list[Invoice]) -> list[int]:
    return [shop.balance(each) for each in invoices]


def test_one_card_pays_three_invoices_at_once(shop: Shop, three: list[Invoice]) -> None:
    assert collect(shop, three).status is Status.WAITING
    shop.press("tap")
    paid = shop.ask("pay_1")
    assert (paid.status, paid.invoice_id) == (Status.SUCCEEDED, three[0].id)
    assert [(shop.balance(each), shop.status(each)) for each in three] == [(0, "paid")] * 3
    assert shop.at_stripe() == shop.captured() == ALL
    assert len(shop.written("receipt")) == 1


def test_a_part_pays_the_oldest_first(shop: Shop, three: list[Invoice]) -> None:
    cash = collect(shop, list(reversed(three)), method=Method.CASH, amount_minor=Shop.TOTAL + 1000)
    assert cash.parts == {three[0].id: Shop.TOTAL, three[1].id: 1000}
    assert balances(shop, three) == [0, Shop.TOTAL - 1000, Shop.TOTAL]


def test_chosen_shares_are_kept(shop: Shop, three: list[Invoice]) -> None:
    shares = {three[2].id: 5000, three[0].id: 1000}
    collect(shop, [], method=Method.CASH, amount_minor=6000, invoice_ids=None, shares=shares)
    assert balances(shop, three) == [Shop.TOTAL - 1000, Shop.TOTAL, Shop.TOTAL - 5000]


@pytest.mark.parametrize("method", [Method.CARD_READER, Method.PAY_LINK, Method.CASH])
def test_while_one_is_being_collected_none_of_them_is_collected_again(
    shop: Shop, three: list[Invoice], method: Method
) -> None:
    collect(shop, three[:2])
    for invoice in three[:2]:
        with pytest.raises(PaymentInFlight):
            shop.collect(invoice, f"pay_{invoice.id}", method=method)
    with pytest.raises(PaymentInFlight):
        collect(shop, three[1:], "pay_2", method=method)
    assert shop.collect(three[2], "pay_3", method=Method.CASH).status is Status.SUCCEEDED


def test_an_unknown_outcome_blocks_every_one_of_them(shop: Shop, three: list[Invoice]) -> None:
    shop.fault("drop_after", PROCESS, times=3)
    assert collect(shop, three).status is Status.UNKNOWN
    for invoice in three:
        with pytest.raises(PaymentOutcomeUnknown):
            shop.collect(invoice, f"pay_{invoice.id}")


def test_the_page_for_several_is_closed_before_the_reader_collects_one(shop: Shop, three: list[Invoice]) -> None:
    page = collect(shop, three, method=Method.PAY_LINK)
    assert shop.collect(three[1], "pay_2").status is Status.WAITING
    assert not shop.pay_page(page)
    assert shop.payment("pay_1").status is Status.CANCELED


def test_a_page_for_one_is_closed_before_several_are_collected(shop: Shop, three: list[Invoice]) -> None:
    page = shop.collect(three[2], "pay_1", method=Method.PAY_LINK)
    assert collect(shop, three, "pay_2", method=Method.PAY_LINK).status is Status.WAITING
    assert not shop.pay_page(page)
    assert shop.pay_page(shop.payment("pay_2"))
    shop.ask("pay_2")
    assert balances(shop, three) == [0, 0, 0]
    assert shop.captured() == ALL


def test_more_than_they_owe_together_is_refused(shop: Shop, three: list[Invoice]) -> None:
    with pytest.raises(AmountTooHigh):
        collect(shop, three, amount_minor=ALL + 1)
    with pytest.raises(AmountTooHigh):
        shares = {three[0].id: Shop.TOTAL + 1, three[1].id: 1}
        collect(shop, [], amount_minor=Shop.TOTAL + 2, method=Method.CASH, invoice_ids=None, shares=shares)


def test_a_paid_one_among_them_is_named(shop: Shop, three: list[Invoice]) -> None:
    shop.collect(three[1], "pay_1", method=Method.CASH)
    with pytest.raises(InvoiceSettled) as refused:
        collect(shop, three, "pay_2")
    assert refused.value.facts == {"invoice_ids": [three[1].id]}


def test_invoices_of_two_customers_are_not_paid_together(shop: Shop, three: list[Invoice]) -> None:
    now = shop.now()
    with transaction() as session:
        quebec.add_customer(session, "cus_2", name="Somebody else")
        quebec.plan_job(session, "job_x", customer_id="cus_2")
        job, _ = jobs.complete(session, job_id="job_x", completion_id="cmp_x", completed_at=now, now=now)
        foreign = invoice_operations.issue(session, job=job, invoice_id="inv_x", now=now)
    with pytest.raises(InvoicesDiffer):
        collect(shop, [three[0], foreign])
    with pytest.raises(NoSuchInvoice):
        collect(shop, three, technician_id="somebody_else")


def test_the_same_id_again_is_the_same_payment_and_for_others_is_refused(shop: Shop, three: list[Invoice]) -> None:
    for _ in range(2):
        collect(shop, three[:2], method=Method.CASH, amount_minor=30000)
    with pytest.raises(PaymentExists):
        collect(shop, three[1:], method=Method.CASH, amount_minor=30000)
    assert shop.books(Kind.CASH) == 30000


def test_after_a_decline_the_same_invoices_use_the_same_intent_and_others_do_not(
    shop: Shop, three: list[Invoice]
) -> None:
    collect(shop, three)
    shop.press("decline")
    assert shop.ask("pay_1").status is Status.FAILED
    collect(shop, three, "pay_2")
    assert len(shop.intents()) == 1
    flows.cancel(payment_id="pay_2", now=shop.now())
    shop.collect(three[0], "pay_3")
    assert len(shop.intents()) == 2


def test_what_goes_back_reopens_the_invoice_that_was_paid_last(shop: Shop, three: list[Invoice]) -> None:
    collect(shop, three)
    shop.press("tap")
    shop.ask("pay_1")
    shop.refund("pay_1", "ref_1", Shop.TOTAL + 1000)
    assert balances(shop, three) == [0, 1000, Shop.TOTAL]
    shop.refund("pay_1", "ref_2", ALL - Shop.TOTAL - 1000)
    assert balances(shop, three) == [Shop.TOTAL] * 3
    assert shop.at_stripe() == shop.captured() - shop.refunded() == 0


def test_a_refund_that_fails_later_pays_the_same_invoices_again(shop: Shop, three: list[Invoice]) -> None:
    collect(shop, three)
    shop.press("tap", number="4000000000005126")
    shop.ask("pay_1")
    shop.refund("pay_1", "ref_1", Shop.TOTAL + 1000)
    assert balances(shop, three) == [0, 1000, Shop.TOTAL]
    shop.pass_time(days=1, seconds=5)
    shop.resolve_open()
    assert balances(shop, three) == [0, 0, 0]


def test_many_at_once_over_the_same_invoices_never_take_more_than_is_owed(shop: Shop, three: list[Invoice]) -> None:
    subsets = [three[:2], three[1:], [three[2], three[0]], three]

    def pay(number: int) -> bool:
        try:
            wanted = subsets[number % 4]
            return collect(shop, wanted, f"pay_{number}", 4000, method=Method.CASH).status is Status.SUCCEEDED
        except Problem:
            return False

    with ThreadPoolExecutor(8) as desks:
        taken = sum(desks.map(pay, range(24)))
    assert taken >= 10
    assert shop.books(Kind.CASH) == 4000 * taken == ALL - sum(balances(shop, three))
    assert shop.books(Kind.CUSTOMER_CREDIT) == 0


def test_every_invoice_is_there_though_another_changed_them_while_they_were_waited_for(
    shop: Shop, three: list[Invoice]
) -> None:
    collect(shop, three, method=Method.CASH)

    def lock() -> set[str]:
        with transaction() as session:
            session.execute(text("SET LOCAL enable_seqscan = off"))  # as where there are many invoices
            queries.get_locked(session, "pay_1")
            return {each.id for each in session if isinstance(each, Invoice)}

    with ThreadPoolExecutor(1) as colleague, transaction() as session:
        queries.get_locked(session, "pay_1")
        session.execute(update(Invoice).values(status=Invoice.status))
        locking = colleague.submit(lock)
        while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            assert not locking.done(), "it did not wait"
    assert locking.result() == {each.id for each in three}
