"""Money of the bank that is held for a customer goes back by a transfer: once, never beyond what is held, above the
limit by two people."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from server.access.rules import Role
from server.audit import flows as audit
from server.core.database import transaction
from server.core.errors import Problem
from server.ledger.rules import Kind
from server.payments import operations as payments
from server.payments.models import CreditPayout
from server.payments.operations import CreditPayoutExists, CreditTooHigh, RefundDecided, SecondPersonNeeded
from server.payments.queries import NoSuchCreditPayout
from server.statements import operations
from tests.payments.test_credit import keep_as_credit, pay_twice, use
from tests.shop import Shop
from tests.statements.test_taking_in import bank, take_in, transfer

__all__ = ["bank"]


def hold(shop: Shop, amount: str = "500.00", name: str = "B1") -> str:
    """Take in a transfer that names nothing and hold it for the customer; return its line."""
    (line,) = take_in(shop, transfer(shop, amount, bank_reference=name, end_to_end=name))
    with transaction() as session:
        operations.credit(session, line_id=line.id, customer_id="cus_1", decided_by="a", now=shop.now())
    return line.id


def pay_out(shop: Shop, amount_minor: int, payout_id: str = "cpo_1", **more: Any) -> CreditPayout:
    said = {"currency": "CAD", "reason": "Paid us by mistake", "reference": "V-77", "role": Role.OFFICE}
    with transaction() as session:
        return payments.pay_out_credit(
            session,
            payout_id=payout_id,
            customer_id="cus_1",
            amount_minor=amount_minor,
            requested_by="staff:anne",
            now=shop.now(),
            **{**said, **more},
        )


def decide(shop: Shop, by: str, *, agrees: bool = True, payout_id: str = "cpo_1") -> CreditPayout:
    with transaction() as session:
        if agrees:
            return payments.approve_credit_payout(session, payout_id=payout_id, approved_by=by, now=shop.now())
        return payments.reject_credit_payout(session, payout_id=payout_id, rejected_by=by)


def left(shop: Shop) -> int:
    with transaction() as session:
        return payments.held_minor(session, "cus_1", "CAD")


def test_it_is_booked_once_and_never_beyond_what_is_held(bank: Shop) -> None:
    hold(bank)
    for _again in range(2):
        assert pay_out(bank, 30000).status == "succeeded"
    assert (bank.books(Kind.BANK), bank.books(Kind.CUSTOMER_CREDIT), left(bank)) == (20000, 20000, 20000)
    with pytest.raises(CreditPayoutExists):
        pay_out(bank, 100)
    with pytest.raises(CreditTooHigh):
        pay_out(bank, 20001, "cpo_2")
    use(bank, bank.invoice(), 15000)
    with pytest.raises(CreditTooHigh):
        pay_out(bank, 5001, "cpo_2")
    assert (pay_out(bank, 5000, "cpo_2").status, left(bank)) == ("succeeded", 0)
    assert (bank.books(Kind.BANK), bank.books(Kind.CUSTOMER_CREDIT)) == (15000, 0)
    assert list(audit.check(now=bank.now())) == []


def test_of_two_at_once_one_is_refused(bank: Shop) -> None:
    hold(bank)

    def attempt(payout_id: str) -> str:
        try:
            return pay_out(bank, 30000, payout_id).status
        except Problem as refused:
            return refused.code

    with ThreadPoolExecutor(2) as crowd:
        assert sorted(crowd.map(attempt, ("cpo_1", "cpo_2"))) == ["credit_too_high", "succeeded"]
    assert (bank.books(Kind.BANK), bank.books(Kind.CUSTOMER_CREDIT)) == (20000, 20000)


def test_what_came_by_card_or_in_cash_goes_back_as_a_refund_of_its_payment_alone(bank: Shop) -> None:
    keep_as_credit()
    pay_twice(bank, bank.invoice())
    assert (bank.books(Kind.CUSTOMER_CREDIT), left(bank)) == (Shop.TOTAL, 0)
    hold(bank, "5.00")
    assert left(bank) == 500
    with pytest.raises(CreditTooHigh):
        pay_out(bank, 501)


def test_what_the_bank_took_back_is_not_paid_out(bank: Shop) -> None:
    hold(bank)
    take_in(bank, transfer(bank, "500.00", way="DBIT", returned=True, end_to_end="B1", bank_reference="B2"))
    with pytest.raises(CreditTooHigh):
        pay_out(bank, 1)


def test_above_the_limit_a_second_person_decides_and_small_parts_do_not_get_round_it(bank: Shop) -> None:
    hold(bank, "1500.00")
    assert pay_out(bank, 90000).status == "succeeded"
    assert pay_out(bank, 50000, "cpo_2").status == "awaiting_approval"
    assert (bank.books(Kind.BANK), left(bank)) == (60000, 10000)
    with pytest.raises(CreditTooHigh):
        use(bank, bank.invoice(), 10001)
    with pytest.raises(SecondPersonNeeded):
        decide(bank, "staff:anne", payout_id="cpo_2")
    for _again in range(2):
        assert decide(bank, "staff:paul", payout_id="cpo_2").status == "succeeded"
    assert (bank.books(Kind.BANK), bank.books(Kind.CUSTOMER_CREDIT)) == (10000, 10000)
    with pytest.raises(RefundDecided):
        decide(bank, "staff:luc", agrees=False, payout_id="cpo_2")
    assert pay_out(bank, 10000, "cpo_3").status == "awaiting_approval"
    for _again in range(2):
        assert decide(bank, "staff:paul", agrees=False, payout_id="cpo_3").status == "canceled"
    assert (left(bank), bank.books(Kind.BANK)) == (10000, 10000)
    with pytest.raises(NoSuchCreditPayout):
        decide(bank, "staff:paul", payout_id="cpo_9")


def test_what_comes_back_while_a_payout_waits_is_for_a_person(bank: Shop) -> None:
    hold(bank, "1500.00")
    pay_out(bank, 120000)
    back = transfer(bank, "1500.00", way="DBIT", returned=True, end_to_end="B1", bank_reference="B2")
    (waits,) = take_in(bank, back)
    assert (waits.status, left(bank)) == ("waiting", 30000), "what waits is spoken for, until it is turned down"
    decide(bank, "staff:paul", agrees=False)
    with transaction() as session:
        operations.credit(session, line_id=waits.id, customer_id="cus_1", decided_by="a", now=bank.now())
    assert (bank.books(Kind.BANK), bank.books(Kind.CUSTOMER_CREDIT)) == (0, 0)
