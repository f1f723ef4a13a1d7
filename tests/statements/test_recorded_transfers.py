"""A transfer that a person wrote down is shown by one line of the bank, however many are taken for it at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from server.core.database import transaction
from server.payments.rules import Method
from server.statements import operations
from server.statements.models import BankLine
from server.statements.queries import TransferShown
from server.statements.rules import LineStatus
from tests.shop import Shop
from tests.statements.test_taking_in import bank, lines, reference, take_in, transfer

__all__ = ["bank"]

_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")


def recorded(shop: Shop) -> str:
    """The reference of an invoice that a transfer was written down for, as pay_1."""
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.BANK_TRANSFER, reference="Seen on their phone")
    return reference(invoice)


def recognize(shop: Shop, session: Session, line_id: str) -> BankLine:
    said: dict[str, Any] = {"payment_id": "pay_1", "decided_by": "staff:anne", "now": shop.now()}
    return operations.recognize(session, line_id=line_id, **said)


def recognize_alone(shop: Shop, line_id: str) -> BankLine:
    with transaction() as session:
        return recognize(shop, session, line_id)


def while_recognizing(shop: Shop, line_id: str, act: Callable[[], BankLine]) -> BankLine:
    """Do it while a transaction that says this line shows pay_1 is open; return what it answers after that."""
    with ThreadPoolExecutor(1) as other:
        with transaction() as session:
            recognize(shop, session, line_id)
            waits = other.submit(act)
            while not session.scalar(_WAITING):
                pass
        return waits.result()


def test_of_two_lines_taken_for_one_transfer_at_once_the_second_is_refused(bank: Shop) -> None:
    recorded(bank)
    first, second = take_in(bank, transfer(bank, bank_reference="B1"), transfer(bank, bank_reference="B2"))
    with pytest.raises(TransferShown):
        while_recognizing(bank, first.id, lambda: recognize_alone(bank, second.id))
    with pytest.raises(TransferShown):
        recognize_alone(bank, second.id)
    kept = {line.id: (line.status, line.payment_id) for line in lines()}
    assert kept == {first.id: (LineStatus.MATCHED, "pay_1"), second.id: (LineStatus.WAITING, None)}


def test_a_statement_that_names_a_transfer_recognized_this_moment_is_taken_in_and_its_line_waits(bank: Shop) -> None:
    said = recorded(bank)
    (first,) = take_in(bank, transfer(bank, bank_reference="B1"))

    def name_it() -> BankLine:
        other, named = take_in(
            bank, transfer(bank, "5.00", bank_reference="B2"), transfer(bank, bank_reference="B3", reference=said)
        )
        assert other.status is LineStatus.WAITING
        return named

    named = while_recognizing(bank, first.id, name_it)
    assert (named.status, named.payment_id) == (LineStatus.WAITING, None)
