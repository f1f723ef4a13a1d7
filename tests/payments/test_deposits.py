"""Deposits and progress payments: asked for against the signed contract, held as a liability, taken by the invoice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from server.access.rules import Caller, Role
from server.audit import queries as audit
from server.contracts import operations as contracts
from server.contracts import queries as contract_queries
from server.contracts.operations import ScheduleTooHigh
from server.core.database import transaction
from server.invoices import operations as invoices
from server.invoices import queries as invoice_queries
from server.invoices.models import Invoice
from server.invoices.operations import ContractNotSigned, NoSuchStage, StageRequested
from server.jobs import operations as jobs
from server.jobs.operations import JobClosed
from server.ledger.rules import Kind
from server.payments import flows, operations
from server.payments.operations import RefundTooHigh
from server.payments.rules import Method, Status
from tests import quebec
from tests.payments.test_credit import sources
from tests.shop import Shop

CALLER = Caller(kind="api_key", role=Role.OFFICE, key_id="key_1")
SCHEDULE = [
    {"label": "Commande", "percent": "30", "when": "on_signature"},
    {"label": "Moitié du chantier", "amount_minor": 5000, "when": "on_milestone"},
]
FIRST, SECOND = 6554, 5000


def plan(shop: Shop, *, sign: bool = True, **more: Any) -> None:
    """Plan a job of 218.45 with a schedule of 65.54 on signature and 50.00 on the way, and sign its contract."""
    said: dict[str, Any] = {"schedule": SCHEDULE, **more}
    with transaction() as session:
        quebec.plan_job(session, "job_s", technician_id=shop.technician.id, **said)
        contract = contracts.issue(session, job_id="job_s", contract_id="con_s", now=shop.now())
        if sign:
            contracts.sign(
                session,
                contract_id="con_s",
                signature_id="sig_s",
                signer_name="Marie",
                signed_at=shop.now(),
                document_sha256=contract.document_sha256,
                typed_name="Marie",
                caller=CALLER,
                now=shop.now(),
            )


def ask(shop: Shop, position: int, invoice_id: str = "") -> Invoice:
    with transaction() as session:
        name = invoice_id or f"inv_s{position}"
        return invoices.request_stage(session, job_id="job_s", position=position, invoice_id=name, now=shop.now())


def finish(shop: Shop, *, meanwhile: Callable[[Session], None] = lambda _session: None) -> Invoice:
    now = shop.now()
    with transaction() as session:
        job, _ = jobs.complete(session, job_id="job_s", completion_id="cmp_s", completed_at=now, now=now)
        final = operations.invoice_work(session, job=job, invoice_id="inv_final", now=now)
        meanwhile(session)
        return final


def pay(shop: Shop, invoice: Invoice, payment_id: str, **more: Any) -> None:
    shop.collect(invoice, payment_id, **more)
    if "method" not in more:
        shop.press("tap")
        assert shop.ask(payment_id).status is Status.SUCCEEDED


def test_what_goes_back_twice_is_owed_by_each_as_far_as_it_was_paid(shop: Shop) -> None:
    plan(shop)
    other = shop.invoice()
    shop.pass_time(days=40)
    deposit = ask(shop, 1)  # due last, so what goes back is of it first
    both = {"invoice_ids": [other.id, deposit.id], "amount_minor": Shop.TOTAL + FIRST}
    shop.collect(other, "pay_1", method=Method.CASH, **both)
    final = finish(shop)
    before = shop.balance(final)
    for refund_id in ("ref_1", "ref_2"):
        shop.refund("pay_1", refund_id, FIRST)
    assert (shop.balance(final) - before, shop.balance(other)) == (FIRST, FIRST)
    assert_books_agree()


def test_a_refund_of_a_deposit_that_fails_pays_the_invoice_that_had_taken_it(shop: Shop) -> None:
    plan(shop)
    shop.collect(ask(shop, 1), "pay_1")
    shop.press("tap", number="4000000000005126")
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    final = finish(shop)
    pay(shop, final, "pay_2", method=Method.CASH)
    assert shop.balance(final) == 0
    shop.refund("pay_1", amount_minor=2000)
    assert shop.balance(final) == 2000
    shop.pass_time(seconds=10)
    flows.ask_about_refund(refund_id="ref_1", now=shop.now())
    assert (shop.balance(final), shop.books(Kind.CUSTOMER_CREDIT)) == (0, 0)
    assert_books_agree()


def test_a_refund_of_a_deposit_that_fails_after_its_work_was_invoiced_pays_that_invoice(shop: Shop) -> None:
    plan(shop)
    shop.collect(ask(shop, 1), "pay_1")
    shop.press("tap", number="4000000000005126")
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    shop.refund("pay_1", amount_minor=2000)
    final = finish(shop)
    assert shop.balance(final) == Shop.TOTAL - FIRST + 2000
    shop.pass_time(seconds=10)
    flows.ask_about_refund(refund_id="ref_1", now=shop.now())
    assert (shop.balance(final), shop.books(Kind.CUSTOMER_CREDIT)) == (Shop.TOTAL - FIRST, 0)
    assert_books_agree()


def assert_books_agree() -> None:
    with transaction() as session:
        assert audit.list_wrong_in_books(session) == []


def test_the_schedule_is_frozen_in_the_contract_as_it_will_be_asked_for(shop: Shop) -> None:
    plan(shop)
    with transaction() as session:
        text = contract_queries.get_contract(session, "con_s").text
    assert "Commande\xa0: à la signature, 65,54" in text
    assert "Moitié du chantier\xa0: quand cette étape est atteinte, 50,00" in text


def test_a_deposit_is_a_liability_until_the_invoice_takes_it(shop: Shop) -> None:
    plan(shop)
    deposit = ask(shop, 1)
    assert (deposit.kind, deposit.total_minor, deposit.taxes, deposit.number) == ("deposit", FIRST, [], "F-000001")
    assert shop.books(Kind.DEPOSITS) == FIRST
    pay(shop, deposit, "pay_1")
    progress = ask(shop, 2)
    assert (progress.kind, progress.number) == ("progress", "F-000002")
    pay(shop, progress, "pay_2", method=Method.CASH)
    assert_books_agree()
    final = finish(shop)
    assert shop.balance(final) == Shop.TOTAL - FIRST - SECOND
    assert [(each["number"], each["amount_minor"]) for each in final.deposits] == [
        ("F-000001", FIRST),
        ("F-000002", SECOND),
    ]
    assert shop.books(Kind.DEPOSITS) == 0
    assert shop.status(final) == "partly_paid"
    assert_books_agree()
    pay(shop, final, "pay_3")
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL - SECOND


def test_what_was_asked_for_and_not_paid_is_withdrawn_when_the_work_is_invoiced(shop: Shop) -> None:
    plan(shop)
    never, partly = ask(shop, 1), ask(shop, 2)
    pay(shop, partly, "pay_1", method=Method.CASH, amount_minor=2000)
    final = finish(shop)
    assert (shop.status(never), shop.status(partly)) == ("void", "paid")
    assert (shop.balance(never), shop.balance(partly), shop.balance(final)) == (0, 0, Shop.TOTAL - 2000)
    assert shop.books(Kind.DEPOSITS) == 0
    assert_books_agree()


def test_a_deposit_beyond_the_invoice_becomes_credit(shop: Shop) -> None:
    plan(shop)
    pay(shop, ask(shop, 1), "pay_1", method=Method.CASH)
    with transaction() as session:
        lines = [quebec.line(quantity="1", unit_price_minor=4000, tax_code="none")]
        jobs.replace_lines(session, job_id="job_s", lines=lines, expected_version=1)
    final = finish(shop)
    assert (shop.status(final), shop.books(Kind.CUSTOMER_CREDIT)) == ("paid", FIRST - 4000)
    assert_books_agree()


def test_what_a_deposit_left_as_credit_goes_back_without_reopening_the_invoice(shop: Shop) -> None:
    plan(shop)
    deposit = ask(shop, 1)
    pay(shop, deposit, "pay_1", amount_minor=2000)
    pay(shop, deposit, "pay_2", amount_minor=FIRST - 2000)
    with transaction() as session:
        lines = [quebec.line(quantity="1", unit_price_minor=4000, tax_code="none")]
        jobs.replace_lines(session, job_id="job_s", lines=lines, expected_version=1)
    final = finish(shop)
    beyond = FIRST - 4000
    assert sources(shop) == {"pay_1": 2000, "pay_2": beyond}
    shop.refund("pay_2", "ref_1", beyond - 500, from_credit=True)
    assert sources(shop) == {"pay_1": 500, "pay_2": 500}, "what one gave back the other cannot"
    with pytest.raises(RefundTooHigh):
        shop.refund("pay_1", "ref_2", 501, from_credit=True)
    shop.refund("pay_1", "ref_3", 500, from_credit=True)
    assert (shop.balance(final), shop.books(Kind.CUSTOMER_CREDIT), shop.refunded()) == (0, 0, beyond)
    shop.refund("pay_1", "ref_4", 1500)
    assert (shop.balance(final), shop.status(final)) == (1500, "partly_paid")
    assert_books_agree()


def test_a_deposit_given_back_before_is_asked_for_again_and_after_reopens_the_invoice(shop: Shop) -> None:
    plan(shop)
    deposit, progress = ask(shop, 1), ask(shop, 2)
    pay(shop, deposit, "pay_1")
    shop.refund("pay_1", "ref_1", 1000)
    assert (shop.balance(deposit), shop.status(deposit)) == (1000, "partly_paid")
    pay(shop, progress, "pay_2")
    final = finish(shop)
    owed = Shop.TOTAL - FIRST - SECOND + 1000
    assert shop.balance(final) == owed
    shop.refund("pay_2", "ref_2", SECOND)
    assert (shop.balance(final), shop.balance(progress)) == (owed + SECOND, 0)
    assert_books_agree()


def test_a_stage_is_asked_for_once(shop: Shop) -> None:
    plan(shop)
    assert ask(shop, 1).id == ask(shop, 1).id
    with pytest.raises(StageRequested):
        ask(shop, 1, "inv_other")
    with pytest.raises(NoSuchStage):
        ask(shop, 3)
    finish(shop)
    with pytest.raises(JobClosed):
        ask(shop, 2)


def test_nothing_is_asked_for_before_the_contract_is_signed(shop: Shop) -> None:
    plan(shop, sign=False)
    with pytest.raises(ContractNotSigned):
        ask(shop, 1)


def test_a_job_with_one_deposit_has_a_schedule_of_one_stage(shop: Shop) -> None:
    plan(shop, schedule=[], deposit_minor=5000)
    assert ask(shop, 1).lines[0]["description"] == "Acompte · Chauffe-eau"


def test_a_schedule_beyond_the_work_is_refused(shop: Shop) -> None:
    with pytest.raises(ScheduleTooHigh):
        plan(shop, schedule=[{"label": "Trop", "amount_minor": Shop.TOTAL + 1, "when": "on_signature"}])


def test_the_documents_say_what_was_paid_and_that_no_tax_is_on_it(shop: Shop) -> None:
    plan(shop)
    deposit = ask(shop, 1)
    pay(shop, deposit, "pay_1", method=Method.CASH)
    final = finish(shop)
    with transaction() as session:
        request, whole = invoice_queries.sheets(session, [deposit, final])
    assert b"%PDF" in invoices.render(request)[:8]
    assert b"%PDF" in invoices.render(whole)[:8]


def test_work_is_invoiced_whose_deposit_owes_more_than_was_asked(shop: Shop) -> None:
    plan(shop)
    deposit = ask(shop, 1)
    pay(shop, deposit, "pay_1", method=Method.CHEQUE)
    shop.refund("pay_1", amount_minor=2000)
    with transaction() as session:
        about: dict[str, Any] = {"payment_id": "pay_1", "reversal_id": "rev_1", "reason": "NSF"}
        operations.reverse_payment(session, **about, reversed_by="staff:anne", now=shop.now())
    assert shop.balance(deposit) == FIRST + 2000  # the customer has what went back, and the cheque brought nothing
    final = finish(shop)
    assert (shop.balance(deposit), shop.status(deposit)) == (0, "void")
    assert (shop.balance(final), shop.books(Kind.DEPOSITS)) == (Shop.TOTAL + 2000, 0)
    assert final.deposits == []
    assert_books_agree()


def test_what_nobody_paid_of_a_deposit_is_not_said_to_have_been_paid_once_the_work_is_invoiced(shop: Shop) -> None:
    plan(shop)
    deposit = ask(shop, 1)
    pay(shop, deposit, "pay_1", method=Method.CASH, amount_minor=2000)
    final = finish(shop)
    with transaction() as session:
        asked, work = invoice_queries.sheets(
            session, [invoice_queries.get_invoice(session, each.id) for each in (deposit, final)]
        )
    assert (asked["balance_minor"], asked["paid_minor"], asked["taken_off_minor"]) == (0, 2000, FIRST - 2000)
    assert (work["balance_minor"], work["paid_minor"], work["taken_off_minor"]) == (Shop.TOTAL - 2000, 2000, 0)
