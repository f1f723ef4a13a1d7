"""The number of a receipt is taken when nothing else is waited for, so that no two wait for each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select, text

from server.access.rules import Role
from server.audit import flows as audit
from server.core.database import transaction
from server.customers import queries as customers
from server.invoices import queries as invoices
from server.jobs import queries as jobs
from server.payments import operations as payments
from server.payments.rules import Method, RefundStatus
from server.receipts.models import Receipt
from server.statements.rules import LineStatus
from tests.payments import test_deposits as deposits
from tests.shop import Shop
from tests.statements.test_taking_in import bank as bank
from tests.statements.test_taking_in import reference, take_in, transfer

_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")


def test_a_statement_that_holds_a_payment_and_a_return_lets_a_refund_of_the_customer_pass(bank: Shop) -> None:
    returned, paid, refunded = bank.invoice(), bank.invoice(), bank.invoice()
    bank.collect(refunded, "pay_1", method=Method.CASH)
    take_in(bank, transfer(bank, reference=reference(returned), end_to_end="E1", bank_reference="B1"))
    said = [
        transfer(bank, reference=reference(paid), bank_reference="B2"),
        transfer(bank, way="DBIT", returned=True, end_to_end="E1", bank_reference="B3"),
    ]
    with ThreadPoolExecutor(1) as other:
        with transaction() as session:
            customers.lock_credit(session, "cus_1")  # as the refund does, before it takes a number
            taking = other.submit(take_in, bank, *said)
            while not session.scalar(_WAITING):
                assert not taking.done()
            refund = payments.open_refund(
                session,
                refund_id="ref_1",
                payment_id="pay_1",
                amount_minor=500,
                reason="Too much",
                reader_id=None,
                requested_by="staff:anne",
                role=Role.OFFICE,
                now=bank.now(),
            )
        assert [line.status for line in taking.result()] == [LineStatus.MATCHED, LineStatus.REVERSED]
    assert refund.status is RefundStatus.SUCCEEDED
    assert [bank.balance(each) for each in (returned, paid, refunded)] == [Shop.TOTAL, 0, 500]
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Receipt)) == 4
    assert list(audit.check(now=bank.now())) == []


def test_a_deposit_that_is_returned_lets_the_work_be_invoiced_in_the_same_moment(bank: Shop) -> None:
    deposits.plan(bank)
    asked = deposits.ask(bank, 1)
    take_in(bank, transfer(bank, f"{asked.total_minor / 100}", reference=reference(asked), bank_reference="B1"))
    assert bank.balance(asked) == 0
    back = transfer(bank, f"{asked.total_minor / 100}", way="DBIT", returned=True, end_to_end="B1", bank_reference="B2")
    with ThreadPoolExecutor(1) as other:
        with transaction() as session:
            jobs.get_for_update(session, "job_s")  # as invoicing does, before it locks what was asked for
            taking = other.submit(take_in, bank, back)
            while not session.scalar(_WAITING):
                assert not taking.done()
            invoices.list_requests(session, ["job_s"], lock=True)
        assert [line.status for line in taking.result()] == [LineStatus.REVERSED]
    assert bank.balance(asked) == asked.total_minor
