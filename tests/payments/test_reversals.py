"""Money that was recorded by hand and did not come: taken back once, owed again, and told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from server.access.rules import Role
from server.audit import flows as audit
from server.business import operations as business
from server.core.database import transaction
from server.core.errors import Problem
from server.invoices import queries as invoice_queries
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.messages.models import Message
from server.payments import flows, operations
from server.payments.models import Payment
from server.payments.operations import (
    NothingToRefund,
    NotReversible,
    PaymentRefunded,
    PaymentReversed,
    ReversalExists,
)
from server.payments.rules import Method, Status
from tests.shop import Shop

BY_HAND = {Method.CASH: Kind.CASH, Method.CHEQUE: Kind.CHEQUES, Method.BANK_TRANSFER: Kind.BANK}


def reverse(shop: Shop, payment_id: str = "pay_1", reversal_id: str = "rev_1", fee_minor: int = 0) -> Payment:
    with transaction() as session:
        return operations.reverse_payment(
            session,
            payment_id=payment_id,
            reversal_id=reversal_id,
            reason="NSF",
            fee_minor=fee_minor,
            reversed_by="staff:anne",
            now=shop.now(),
        )


def mails(kind: str) -> list[str]:
    with transaction() as session:
        return list(session.scalars(select(Message.text).where(Message.kind == kind)))


@pytest.mark.parametrize("method", BY_HAND)
def test_what_it_had_paid_is_owed_again_and_nothing_is_left_of_it(shop: Shop, method: Method) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=method, reference="4471")
    taken_back = reverse(shop)
    assert (taken_back.status, taken_back.reversal_reason) == (Status.SUCCEEDED, "NSF")
    assert taken_back.reversed_at is not None
    assert (shop.balance(invoice), shop.status(invoice)) == (Shop.TOTAL, "issued")
    assert shop.books(BY_HAND[method]) == 0
    assert list(audit.check(now=shop.now())) == []


def test_a_bounced_cheque_can_be_paid_again(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.CHEQUE, reference="4471")
    reverse(shop)
    shop.collect(invoice, "pay_2", method=Method.CASH)
    assert shop.status(invoice) == "paid"


def test_what_the_bank_charged_is_an_expense(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1", method=Method.CHEQUE, reference="4471")
    reverse(shop, fee_minor=4500)
    assert (shop.books(Kind.FEES), shop.books(Kind.BANK)) == (4500, -4500)


def test_twice_is_once_and_another_reversal_is_refused(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1", method=Method.CHEQUE, reference="4471")
    first, again = reverse(shop), reverse(shop)
    assert again.reversed_at == first.reversed_at
    with pytest.raises(PaymentReversed):
        reverse(shop, reversal_id="rev_2")
    assert len(mails("reversal")) == 1
    assert shop.books(Kind.CHEQUES) == 0


def test_of_many_at_once_one_takes_it_back(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.CHEQUE, reference="4471")

    def attempt(number: int) -> bool:
        try:
            reverse(shop, reversal_id=f"rev_{number}")
        except Problem:
            return False
        return True

    with ThreadPoolExecutor(6) as crowd:
        assert sum(crowd.map(attempt, range(6))) == 1
    assert shop.balance(invoice) == Shop.TOTAL


def test_one_reversal_is_of_one_payment(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1", method=Method.CASH)
    shop.collect(shop.invoice(), "pay_2", method=Method.CASH)
    reverse(shop)
    with pytest.raises(ReversalExists):
        reverse(shop, "pay_2")


def test_the_customer_reads_why_in_their_language(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1", method=Method.CHEQUE, reference="4471")
    reverse(shop)
    (told,) = mails("reversal")
    for said in ("n’est pas passé", "Motif", "NSF", "4471", "218,45", "/p/"):
        assert said in told, told


def test_a_card_is_given_back_and_not_reversed(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1")
    with pytest.raises(NotReversible):
        reverse(shop)
    shop.press("tap")
    shop.ask("pay_1")
    with pytest.raises(NotReversible):
        reverse(shop)


def test_a_reversed_payment_is_not_given_back(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1", method=Method.CASH)
    reverse(shop)
    with pytest.raises(NothingToRefund):
        shop.refund("pay_1")


def test_a_cheque_that_bounces_after_a_part_of_it_was_given_back_is_owed_with_that_part(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.CHEQUE, reference="4471")
    with transaction() as session:
        business.change_settings(session, {"office_refund_limit_minor": 1000})
    shop.refund("pay_1", "ref_1", 1000)
    shop.refund("pay_1", "ref_2", 1)
    with pytest.raises(PaymentRefunded):
        reverse(shop)
    with transaction() as session:
        operations.reject_refund(session, refund_id="ref_2", rejected_by="staff:paul", now=shop.now())
    reverse(shop)
    assert shop.balance(invoice) == Shop.TOTAL + 1000, "we handed 10.00 out and got nothing"
    with transaction() as session:
        [sheet] = invoice_queries.sheets(session, [invoice])
    assert (sheet["paid_minor"], sheet["owed_back_minor"]) == (0, 1000), "nothing is paid below nothing"
    assert (shop.books(Kind.CHEQUES), shop.books(Kind.BANK)) == (0, -1000)
    assert list(audit.check(now=shop.now())) == []


def test_credit_it_had_left_goes_first(shop: Shop) -> None:
    """A card came too late for an invoice that a cheque pays: the credit is the card's, and the cheque's reversal
    leaves it alone."""
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    assert flows.cancel(payment_id="pay_1", now=shop.now()).status is Status.CANCELED
    shop.collect(invoice, "pay_2", method=Method.CHEQUE, reference="4471")
    shop.process_late("pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    assert shop.books(Kind.CUSTOMER_CREDIT) == Shop.TOTAL
    reverse(shop, "pay_2")
    assert (shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT)) == (Shop.TOTAL, Shop.TOTAL)


def test_cash_given_back_leaves_the_float_of_whoever_hands_it_back(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1", method=Method.CASH)
    shop.refund("pay_1", role=Role.OFFICE)
    with transaction() as session:
        assert ledger.balance_of(session, Kind.CASH, "", "CAD") == Shop.TOTAL - 1000
