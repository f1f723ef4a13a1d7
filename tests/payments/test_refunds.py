"""Giving money back: never more than came, never twice, by two people where it is much."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from server.access.rules import Role
from server.business import operations as business
from server.core.database import transaction
from server.gateway import refunds
from server.ledger.rules import Kind
from server.payments import flows, operations
from server.payments.operations import (
    NothingToRefund,
    RefundDecided,
    RefundExists,
    RefundTooHigh,
    SecondPersonNeeded,
)
from server.payments.queries import NoSuchPayment
from server.payments.rules import Method, RefundStatus, Status
from tests.payments.test_webhooks import deliver, event
from tests.shop import Shop

REFUNDS = "/v1/refunds"
FAILING_CARD = "4000000000005126"


@pytest.fixture
def paid(shop: Shop) -> Shop:
    """A shop whose first invoice was paid by card, as `pay_1`."""
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    return shop


def owed(shop: Shop) -> tuple[int, str]:
    """What the first invoice owes, and its status."""
    with transaction() as session:
        status = session.execute(text("SELECT status FROM invoices WHERE id = 'inv_1'")).scalar_one()
    return shop.books(Kind.RECEIVABLE), str(status)


def status(shop: Shop, refund_id: str = "ref_1") -> str:
    found = shop.find_refund(refund_id)
    assert found is not None
    return found.status.value


def assert_books_agree(shop: Shop, *, given_minor: int) -> None:
    assert shop.refunded() == given_minor
    assert shop.at_stripe() == shop.captured() - given_minor


def test_a_part_goes_back_and_is_owed_again(paid: Shop) -> None:
    assert paid.refund("pay_1").status is RefundStatus.SUCCEEDED
    assert owed(paid) == (1000, "partly_paid")
    assert_books_agree(paid, given_minor=1000)


def test_all_of_it_goes_back_and_the_invoice_is_unpaid(paid: Shop) -> None:
    paid.refund("pay_1", "ref_1", 1845)
    paid.refund("pay_1", "ref_2", Shop.TOTAL - 1845)
    assert owed(paid) == (Shop.TOTAL, "issued")
    with pytest.raises(RefundTooHigh):
        paid.refund("pay_1", "ref_3", 1)
    assert_books_agree(paid, given_minor=Shop.TOTAL)


def test_the_same_id_again_is_the_same_refund(paid: Shop) -> None:
    for _ in range(3):
        paid.refund("pay_1")
    with pytest.raises(RefundExists):
        paid.refund("pay_1", amount_minor=1001)
    assert_books_agree(paid, given_minor=1000)


def test_the_customer_is_told_once(paid: Shop) -> None:
    paid.refund("pay_1")
    paid.refund("pay_1")
    with transaction() as session:
        told = session.execute(text("SELECT subject FROM messages WHERE kind = 'refund'")).scalars().all()
    assert told == ["Remboursement pour la facture F-000001 de Plomberie Roy inc."]


@pytest.mark.parametrize(
    ("method", "kind", "left_minor"),
    [
        (Method.CASH, Kind.CASH, Shop.TOTAL - 1000),
        (Method.CHEQUE, Kind.BANK, -1000),
        (Method.BANK_TRANSFER, Kind.BANK, Shop.TOTAL - 1000),
    ],
)
def test_what_came_by_hand_goes_back_by_hand(shop: Shop, method: Method, kind: Kind, left_minor: int) -> None:
    shop.collect(shop.invoice(), "pay_1", method=method, reference="4471")
    assert shop.refund("pay_1").status is RefundStatus.SUCCEEDED
    assert shop.books(kind) == left_minor
    assert owed(shop) == (1000, "partly_paid")


def test_what_was_paid_beyond_the_balance_goes_back_first(paid: Shop) -> None:
    """Cash and a card pay the same invoice at once: the card is too much, and its refund reopens nothing."""
    with transaction() as session:
        business.change_settings(session, {"second_payment": "credit"})
    invoice = paid.invoice()
    paid.collect(invoice, "pay_2")
    assert flows.cancel(payment_id="pay_2", now=paid.now()).status is Status.CANCELED
    paid.collect(invoice, "pay_3", method=Method.CASH, amount_minor=20000)
    paid.process_late("pay_2")
    paid.press("tap")
    paid.ask("pay_2")
    assert paid.books(Kind.CUSTOMER_CREDIT) == 20000
    paid.refund("pay_2", "ref_1", 19000)
    assert (paid.books(Kind.CUSTOMER_CREDIT), paid.balance(invoice)) == (1000, 0)
    paid.refund("pay_2", "ref_2", 1500)
    assert (paid.books(Kind.CUSTOMER_CREDIT), paid.balance(invoice)) == (0, 500)


def test_nothing_goes_back_of_an_attempt_that_brought_nothing(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1")
    with pytest.raises(NothingToRefund):
        shop.refund("pay_1")


def test_a_technician_gives_back_what_their_own_jobs_brought_and_no_more(paid: Shop) -> None:
    theirs: dict[str, Any] = {"role": Role.TECHNICIAN, "requested_by": "device:dev_1"}
    with pytest.raises(NoSuchPayment):
        paid.refund("pay_1", technician_id="somebody_else", **theirs)
    mine: dict[str, Any] = {**theirs, "technician_id": paid.technician.id}
    assert paid.refund("pay_1", "ref_1", 20000, **mine).status is RefundStatus.SUCCEEDED
    assert paid.refund("pay_1", "ref_2", 1, **mine).status is RefundStatus.AWAITING_APPROVAL
    assert_books_agree(paid, given_minor=20000)


def limit_the_office() -> None:
    with transaction() as session:
        business.change_settings(session, {"technician_refund_limit_minor": 0, "office_refund_limit_minor": 5000})


def test_above_the_limit_another_person_decides(paid: Shop) -> None:
    limit_the_office()
    assert paid.refund("pay_1", amount_minor=5001).status is RefundStatus.AWAITING_APPROVAL
    assert_books_agree(paid, given_minor=0)
    with pytest.raises(SecondPersonNeeded):
        flows.approve_refund(refund_id="ref_1", approved_by="staff:anne", now=paid.now())
    paid.pass_time(days=3)
    for _ in range(2):
        approved = flows.approve_refund(refund_id="ref_1", approved_by="staff:paul", now=paid.now())
        assert approved.status is RefundStatus.SUCCEEDED
    assert_books_agree(paid, given_minor=5001)


def test_what_waits_cannot_be_claimed_again_until_it_is_turned_down(paid: Shop) -> None:
    limit_the_office()
    paid.refund("pay_1", "ref_1", Shop.TOTAL)
    with pytest.raises(RefundTooHigh):
        paid.refund("pay_1", "ref_2", 1)
    with transaction() as session:
        operations.reject_refund(session, refund_id="ref_1", rejected_by="staff:paul", now=paid.now())
    with pytest.raises(RefundDecided):
        flows.approve_refund(refund_id="ref_1", approved_by="staff:eve", now=paid.now())
    assert paid.refund("pay_1", "ref_2", 1).status is RefundStatus.SUCCEEDED
    assert_books_agree(paid, given_minor=1)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_a_lost_answer_is_unknown_and_resolves_by_itself(paid: Shop, fault: str) -> None:
    paid.fault(fault, REFUNDS, method="POST", times=3)
    assert paid.refund("pay_1").status is RefundStatus.UNKNOWN
    assert paid.at_stripe() == Shop.TOTAL
    with pytest.raises(RefundTooHigh):
        paid.refund("pay_1", "ref_2", Shop.TOTAL)
    paid.pass_time(seconds=5)
    paid.resolve_open()
    assert status(paid) == "succeeded"
    assert_books_agree(paid, given_minor=1000)


@pytest.mark.parametrize("fault", ["drop_before", "error_500"])
def test_a_refund_stripe_does_not_have_is_not_sent_when_its_key_is_forgotten(paid: Shop, fault: str) -> None:
    paid.fault(fault, REFUNDS, method="POST", times=3)
    paid.refund("pay_1")
    paid.pass_time(hours=21)
    paid.resolve_open()
    assert status(paid) == "failed"
    assert_books_agree(paid, given_minor=0)


def test_one_that_stripe_refuses_has_failed_and_its_money_can_be_asked_for_again(paid: Shop) -> None:
    intent_id = paid.payment("pay_1").stripe_intent_id or ""
    refunds.create_refund(key="by-hand", refund_id="", intent_id=intent_id, amount_minor=Shop.TOTAL, currency="CAD")
    assert paid.refund("pay_1").status is RefundStatus.FAILED
    assert owed(paid) == (Shop.TOTAL, "issued"), "the refund made by hand is counted on the way"
    assert_books_agree(paid, given_minor=Shop.TOTAL)


def fail_later(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap", number=FAILING_CARD)
    shop.ask("pay_1")
    assert shop.refund("pay_1").status is RefundStatus.SUCCEEDED
    assert owed(shop) == (1000, "partly_paid")


def test_a_refund_that_fails_later_comes_back_though_no_event_tells(shop: Shop) -> None:
    fail_later(shop)
    shop.pass_time(days=1, seconds=5)
    shop.resolve_open()
    assert status(shop) == "failed"
    assert owed(shop) == (0, "paid")
    assert_books_agree(shop, given_minor=0)
    assert shop.refund("pay_1", "ref_2").status is RefundStatus.SUCCEEDED


def test_what_was_paid_again_before_a_refund_failed_becomes_credit(shop: Shop) -> None:
    fail_later(shop)
    with transaction() as session:
        invoice_id = session.execute(text("SELECT invoice_id FROM payments")).scalar_one()
    flows.collect(
        payment_id="pay_2", invoice_id=invoice_id, method=Method.CASH, amount_minor=1000, taken_by="t", now=shop.now()
    )
    shop.pass_time(days=1, seconds=5)
    shop.resolve_open()
    assert owed(shop) == (0, "paid")
    assert shop.books(Kind.CUSTOMER_CREDIT) == 1000
    shop.refund("pay_2", "ref_2")
    assert owed(shop) == (1000, "partly_paid"), "the credit is what the first payment left, not the second"


def told(shop: Shop, type_: str) -> bytes:
    intent_id = shop.payment("pay_1").stripe_intent_id
    about: dict[str, Any] = {"object": "refund", "id": "re_x", "payment_intent": intent_id, "metadata": {}}
    return event(f"evt_{type_}", type_, about)


@pytest.mark.parametrize("type_", ["refund.failed", "refund.updated"])
def test_a_refund_that_fails_later_is_learnt_from_an_event(shop: Shop, app: Flask, type_: str) -> None:
    fail_later(shop)
    shop.pass_time(seconds=10)
    for _ in range(2):
        assert deliver(app, told(shop, type_)) == 200
    shop.work()
    assert status(shop) == "failed"
    assert owed(shop) == (0, "paid")


@pytest.mark.parametrize("type_", ["refund.created", "charge.refunded"])
def test_a_refund_made_in_stripes_dashboard_is_booked_once(paid: Shop, app: Flask, type_: str) -> None:
    intent_id = paid.payment("pay_1").stripe_intent_id or ""
    refunds.create_refund(key="by-hand", refund_id="", intent_id=intent_id, amount_minor=700, currency="CAD")
    for _ in range(2):
        assert deliver(app, told(paid, type_)) == 200
    paid.work()
    assert owed(paid) == (700, "partly_paid")
    assert_books_agree(paid, given_minor=700)


def test_a_refund_made_in_the_dashboard_is_found_though_no_event_tells(paid: Shop) -> None:
    intent_id = paid.payment("pay_1").stripe_intent_id or ""
    refunds.create_refund(key="by-hand", refund_id="", intent_id=intent_id, amount_minor=700, currency="CAD")
    for _ in range(2):
        flows.look_for_untold(now=paid.now())
    assert owed(paid) == (700, "partly_paid")
    assert_books_agree(paid, given_minor=700)


def test_many_at_once_never_give_back_more_than_came(paid: Shop) -> None:
    def ask(number: int) -> bool:
        try:
            return paid.refund("pay_1", f"ref_{number}", 4000).status is RefundStatus.SUCCEEDED
        except RefundTooHigh:
            return False

    with ThreadPoolExecutor(8) as desks:
        given = sum(desks.map(ask, range(12)))
    assert given == Shop.TOTAL // 4000
    assert_books_agree(paid, given_minor=given * 4000)


def test_the_same_refund_sent_at_once_from_many_places_goes_back_once(paid: Shop) -> None:
    with ThreadPoolExecutor(6) as desks:
        list(desks.map(lambda _: paid.refund("pay_1"), range(6)))
    paid.pass_time(minutes=5)
    paid.resolve_open()
    assert status(paid) == "succeeded"
    assert_books_agree(paid, given_minor=1000)
