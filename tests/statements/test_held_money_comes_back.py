"""What the bank takes back of money that is held for a customer is held no longer; spent, it is made credit again."""

from __future__ import annotations

import pytest

from server.audit import flows as audit
from server.core.database import transaction
from server.ledger.rules import Kind
from server.statements import operations
from server.statements.operations import CreditSpent
from server.statements.rules import LineStatus
from tests.payments.test_credit import use
from tests.payments.test_withdrawing_credit import withdraw
from tests.shop import Shop
from tests.statements.test_taking_in import bank, take_in, transfer

__all__ = ["bank"]


def test_money_held_for_a_customer_that_comes_back_is_held_no_longer(bank: Shop) -> None:
    held, spent = take_in(
        bank,
        transfer(bank, "5.00", bank_reference="B1", end_to_end="E1"),
        transfer(bank, "6.00", bank_reference="B2", end_to_end="E2"),
    )
    with transaction() as session:
        for line in (held, spent):
            operations.credit(session, line_id=line.id, customer_id="cus_1", decided_by="a", now=bank.now())
    back = {"way": "DBIT", "returned": True}
    (first,) = take_in(bank, transfer(bank, "5.00", bank_reference="B3", end_to_end="E1", **back))
    assert (first.status, first.customer_id) == (LineStatus.CREDITED, "cus_1")
    (again,) = take_in(bank, transfer(bank, "5.00", bank_reference="B4", end_to_end="E1", **back))
    assert again.status is LineStatus.WAITING, "it went back before"
    use(bank, bank.invoice(), 200)
    (late,) = take_in(bank, transfer(bank, "6.00", bank_reference="B5", end_to_end="E2", **back))
    assert late.status is LineStatus.WAITING, "a part of it is spent"
    assert (bank.books(Kind.BANK), bank.books(Kind.CUSTOMER_CREDIT)) == (600, 400)
    assert list(audit.check(now=bank.now())) == []
    with transaction() as session, pytest.raises(CreditSpent):
        operations.credit(session, line_id=late.id, customer_id="cus_1", decided_by="a", now=bank.now())
    withdraw(bank)
    with transaction() as session:
        done = operations.credit(session, line_id=late.id, customer_id="cus_1", decided_by="a", now=bank.now())
    assert done.status is LineStatus.CREDITED
    assert (bank.books(Kind.BANK), bank.books(Kind.CUSTOMER_CREDIT)) == (0, 0)
    assert list(audit.check(now=bank.now())) == []
