"""A statement taken in: each line once, what is sure is counted, the rest waits for a person."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from server.audit import flows as audit
from server.business import operations as business
from server.cash import operations as cash
from server.core import clock
from server.core.database import transaction
from server.core.errors import Problem
from server.invoices import operations as invoices
from server.invoices.models import Invoice
from server.invoices.rules import rf_reference
from server.jobs import operations as jobs
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments.operations import InvoicesDiffer, InvoiceSettled, reverse_payment
from server.payments.queries import NoSuchPayment, list_for_invoices
from server.payments.rules import Method, Status
from server.statements import flows, operations, queries
from server.statements.models import BankLine, BankStatement
from server.statements.operations import LineDecided, LineNotIncoming, LineOfOtherCurrency
from server.statements.queries import AccountNotOurs
from server.statements.rules import LineStatus, StatementWrongSum
from tests import quebec
from tests.shop import Shop
from tests.statements.files import ACCOUNT, camt, entry

TOTAL = "218.45"
_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")


@pytest.fixture
def bank(shop: Shop) -> Shop:
    """A business with an account in dollars."""
    with transaction() as session:
        business.set_bank_account(session, currency="CAD", holder="Roy", routing="815-30000", account_number=ACCOUNT)
    return shop


def reference(invoice: Invoice) -> str:
    return rf_reference(invoice.number) or ""


def take_in(shop: Shop, *entries: str, **more: str) -> list[BankLine]:
    """Take a statement in that is of today; return the new lines."""
    return flows.take_in(content=camt(entries, **more), currency="CAD", imported_by="staff:anne", now=shop.now())[1]


def transfer(shop: Shop, amount: str = TOTAL, **more: Any) -> str:
    """An entry of the shop's today."""
    return entry(amount, day=clock.local_date(shop.now(), "America/Toronto"), **more)


def lines() -> list[BankLine]:
    with transaction() as session:
        return list(session.scalars(select(BankLine).order_by(BankLine.created_at, BankLine.id)))


def assign(shop: Shop, line: BankLine, *paid: Invoice) -> BankLine:
    ids = [invoice.id for invoice in paid]
    return flows.assign(line_id=line.id, invoice_ids=ids, decided_by="staff:anne", now=shop.now())


def test_a_transfer_with_its_reference_pays_at_once_dated_by_the_bank(bank: Shop) -> None:
    invoice = bank.invoice()
    booked = clock.local_date(bank.now(), "America/Toronto")
    bank.pass_time(days=3)
    (line,) = take_in(bank, entry(TOTAL, reference=reference(invoice), bank_reference="B1", day=booked))
    assert line.status is LineStatus.MATCHED
    payment = bank.payment(line.payment_id or "")
    assert (payment.method, payment.status, payment.reference) == (
        Method.BANK_TRANSFER,
        Status.SUCCEEDED,
        reference(invoice),
    )
    assert payment.settled_at is not None
    assert clock.local_date(payment.settled_at, "America/Toronto") == booked
    assert (bank.status(invoice), bank.books(Kind.BANK)) == ("paid", Shop.TOTAL)


def test_the_same_lines_again_add_nothing_in_whichever_file(bank: Shop) -> None:
    first, second = bank.invoice(), bank.invoice()
    one = transfer(bank, reference=reference(first), bank_reference="B1")
    two = transfer(bank, reference=reference(second), bank_reference="B2")
    assert len(take_in(bank, one)) == 1
    assert take_in(bank, one) == []
    assert [line.bank_reference for line in take_in(bank, one, two)] == ["B2"]
    assert bank.books(Kind.BANK) == 2 * Shop.TOTAL
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(BankStatement)) == 2


def test_a_place_in_a_file_is_no_name_of_a_line(bank: Shop) -> None:
    """A bank that numbers the entries of each file from 1, and gives them no other reference."""
    one, other = bank.invoice(), bank.invoice()

    def shown(invoice: Invoice, place: int) -> str:
        said = transfer(bank, reference=reference(invoice), end_to_end=invoice.id)
        return said.replace("<Ntry>", f"<Ntry><NtryRef>{place}</NtryRef>")

    assert len(take_in(bank, shown(one, 1))) == 1
    assert len(take_in(bank, shown(other, 1))) == 1, "another transfer, the first of a file as well"
    assert take_in(bank, shown(one, 1), shown(other, 2)) == [], "the same two, in the file of the whole day"
    assert (bank.balance(one), bank.balance(other), bank.books(Kind.BANK)) == (0, 0, 2 * Shop.TOTAL)


def test_of_many_at_once_each_line_counts_once(bank: Shop) -> None:
    owed = [bank.invoice() for _ in range(3)]
    said = [transfer(bank, reference=reference(each), bank_reference=each.id) for each in owed]
    with ThreadPoolExecutor(4) as crowd:
        brought = list(crowd.map(lambda _: len(take_in(bank, *said)), range(4)))
    assert sorted(brought) == [0, 0, 0, 3]
    assert bank.books(Kind.BANK) == 3 * Shop.TOTAL


def test_what_is_too_much_is_credit_and_too_little_leaves_a_rest(bank: Shop) -> None:
    rich, poor = bank.invoice(), bank.invoice()
    take_in(
        bank,
        transfer(bank, "300.00", reference=reference(rich), bank_reference="B1"),
        transfer(bank, "100.00", reference=reference(poor), bank_reference="B2"),
    )
    assert bank.books(Kind.CUSTOMER_CREDIT) == 30000 - Shop.TOTAL
    assert (bank.status(rich), bank.balance(poor)) == ("paid", Shop.TOTAL - 10000)


def test_the_second_transfer_for_a_paid_invoice_is_for_a_person(bank: Shop) -> None:
    invoice = bank.invoice()
    twice = [transfer(bank, reference=reference(invoice), bank_reference=f"B{n}") for n in (1, 2)]
    assert [line.status for line in take_in(bank, *twice)] == [LineStatus.MATCHED, LineStatus.WAITING]
    assert bank.books(Kind.BANK) == Shop.TOTAL


def test_a_page_the_customer_has_open_is_closed(bank: Shop) -> None:
    invoice = bank.invoice()
    bank.collect(invoice, "pay_link", method=Method.PAY_LINK)
    take_in(bank, transfer(bank, reference=reference(invoice)))
    assert bank.payment("pay_link").status is Status.CANCELED
    assert not bank.pay_page(bank.payment("pay_link"))


def test_money_that_is_there_counts_though_a_reader_is_lit_and_both_is_credit(bank: Shop) -> None:
    invoice = bank.invoice()
    bank.collect(invoice, "pay_card")
    take_in(bank, transfer(bank, reference=reference(invoice)))
    bank.press("tap")
    bank.ask("pay_card")
    assert (bank.status(invoice), bank.books(Kind.CUSTOMER_CREDIT)) == ("paid", Shop.TOTAL)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"closing": "1.00"}, StatementWrongSum),
        ({"account": "999"}, AccountNotOurs),
        ({"currency": "EUR"}, AccountNotOurs),
    ],
)
def test_a_file_that_is_not_right_leaves_nothing(bank: Shop, more: dict[str, str], problem: type[Problem]) -> None:
    invoice = bank.invoice()
    with pytest.raises(problem):
        take_in(bank, transfer(bank, reference=reference(invoice), currency=more.get("currency", "CAD")), **more)
    assert (lines(), bank.books(Kind.BANK)) == ([], 0)


def test_a_transfer_that_comes_back_is_reversed(bank: Shop) -> None:
    invoice = bank.invoice()
    take_in(bank, transfer(bank, reference=reference(invoice), end_to_end="E1", bank_reference="B1"))
    (back,) = take_in(bank, transfer(bank, way="DBIT", returned=True, end_to_end="E1", bank_reference="B2"))
    assert (back.status, back.payment_id) == (LineStatus.REVERSED, lines()[0].payment_id)
    assert bank.payment(back.payment_id or "").reversal_reason == "La banque a retourné le virement."
    assert (bank.balance(invoice), bank.books(Kind.BANK)) == (Shop.TOTAL, 0)
    assert list(audit.check(now=bank.now())) == []


def test_a_transfer_that_a_person_wrote_down_before_the_bank_showed_it_counts_once(bank: Shop) -> None:
    invoice = bank.invoice()
    bank.collect(invoice, "pay_1", method=Method.BANK_TRANSFER, amount_minor=10000, reference="Seen on their phone")
    said = {"reference": reference(invoice)}
    (same,) = take_in(bank, transfer(bank, "100.00", bank_reference="B1", **said))
    assert (same.status, same.payment_id, bank.balance(invoice)) == (LineStatus.MATCHED, "pay_1", Shop.TOTAL - 10000)
    (another,) = take_in(bank, transfer(bank, "100.00", bank_reference="B2", **said))
    assert (another.status, bank.balance(invoice)) == (LineStatus.MATCHED, Shop.TOTAL - 20000)
    second = bank.invoice()
    bank.collect(second, "pay_2", method=Method.BANK_TRANSFER, reference="Nobody knows")
    (unnamed,) = take_in(bank, transfer(bank, bank_reference="B4"))
    with transaction() as session:
        proposed = queries.list_proposals(session, [unnamed])[unnamed.id]
        assert [(it["why"], it["payment_id"]) for it in proposed] == [("recorded", "pay_2")]
        about: dict[str, Any] = {"line_id": unnamed.id, "decided_by": "staff:anne", "now": bank.now()}
        with pytest.raises(NoSuchPayment):
            operations.recognize(session, payment_id="pay_1", **about)
        for _again in range(2):
            unnamed = operations.recognize(session, payment_id="pay_2", **about)
    (paid_again,) = take_in(bank, transfer(bank, bank_reference="B5", reference=reference(second)))
    assert (unnamed.payment_id, paid_again.status) == ("pay_2", LineStatus.WAITING)
    (back,) = take_in(bank, transfer(bank, "100.00", way="DBIT", returned=True, bank_reference="B3", end_to_end="B1"))
    assert (back.payment_id, bank.books(Kind.BANK)) == ("pay_1", 10000 + Shop.TOTAL)
    assert list(audit.check(now=bank.now())) == []


def test_what_we_gave_back_and_comes_again_is_for_a_person(bank: Shop) -> None:
    """It bears the reference of the transfer that we gave back."""
    invoice = bank.invoice()
    (paid,) = take_in(bank, transfer(bank, reference=reference(invoice), bank_reference="B1"))
    (ours,) = take_in(bank, transfer(bank, way="DBIT", reference=reference(invoice), bank_reference="B2"))
    (again,) = take_in(bank, transfer(bank, returned=True, reference=reference(invoice), bank_reference="B3"))
    assert (paid.status, ours.status, again.status) == (LineStatus.MATCHED, LineStatus.OUTGOING, LineStatus.WAITING)
    assert (bank.balance(invoice), bank.books(Kind.BANK)) == (0, Shop.TOTAL)


def test_what_came_back_of_nobody_known_waits_and_what_we_paid_ourselves_does_not(bank: Shop) -> None:
    back, rent = take_in(
        bank,
        transfer(bank, way="DBIT", returned=True, end_to_end="E9", bank_reference="B1"),
        transfer(bank, way="DBIT", text="Rent", bank_reference="B2"),
    )
    assert (back.status, rent.status) == (LineStatus.WAITING, LineStatus.OUTGOING)
    with pytest.raises(LineNotIncoming):
        assign(bank, back, bank.invoice())


def test_proposals_name_the_customer_and_the_amount(bank: Shop) -> None:
    with transaction() as session:
        quebec.add_customer(session, "cus_2", name="Paul Gagnon")
    first, _ = bank.invoice(), bank.invoice()
    named, exact, both, nothing = take_in(
        bank,
        transfer(bank, "1.00", text=f"acompte {first.number}", bank_reference="B1"),
        transfer(bank, name="M TREMBLAY", bank_reference="B2"),
        transfer(bank, "436.90", bank_reference="B3"),
        transfer(bank, "7.77", bank_reference="B4"),
    )
    with transaction() as session:
        found = queries.list_proposals(session, [named, exact, both, nothing])
    assert [(it["why"], it["numbers"]) for it in found[named.id]] == [("named", [first.number])]
    assert {it["why"] for it in found[exact.id]} == {"amount"}
    assert [(it["why"], it["balance_minor"]) for it in found[both.id]] == [("customer", 2 * Shop.TOTAL)]
    assert found[nothing.id] == []


def test_what_was_paid_in_is_known_and_not_counted_twice(bank: Shop) -> None:
    bank.collect(bank.invoice(), "pay_1", method=Method.CASH)
    with transaction() as session:
        cash.pay_in(
            session,
            banking_id="bnk_1",
            amount_minor=Shop.TOTAL,
            currency="CAD",
            reference="Slip 7",
            paid_in_by="a",
            now=bank.now(),
        )
    (line,) = take_in(bank, transfer(bank, bank_reference="B1"))
    with transaction() as session:
        (proposal,) = queries.list_proposals(session, [line])[line.id]
    assert (proposal["why"], proposal["numbers"], proposal["invoice_ids"]) == ("paid_in", ["Slip 7"], [])


def test_a_person_assigns_a_line_to_several_invoices_once(bank: Shop) -> None:
    first, second = bank.invoice(), bank.invoice()
    (line,) = take_in(bank, transfer(bank, "500.00", text="merci"))
    for _twice in range(2):
        assert assign(bank, line, first, second).status is LineStatus.MATCHED
    assert (bank.status(first), bank.status(second)) == ("paid", "paid")
    assert bank.books(Kind.CUSTOMER_CREDIT) == 50000 - 2 * Shop.TOTAL
    with transaction() as session:
        assert len(list_for_invoices(session, [first.id, second.id])) == 1
    with pytest.raises(LineDecided):
        assign(bank, line, bank.invoice())
    assert list(audit.check(now=bank.now())) == []


def test_what_cannot_be_assigned_is_refused(bank: Shop) -> None:
    paid, open_one = bank.invoice(), bank.invoice()
    bank.collect(paid, "pay_1", method=Method.CASH)
    (line,) = take_in(bank, transfer(bank, "7.77"))
    with pytest.raises(InvoiceSettled):
        assign(bank, line, paid)
    with pytest.raises(LineOfOtherCurrency):
        assign(bank, line, issued(bank, "job_eur", currency="EUR"))
    with transaction() as session:
        quebec.add_customer(session, "cus_2", name="Paul Gagnon")
    with pytest.raises(InvoicesDiffer):
        assign(bank, line, open_one, issued(bank, "job_paul", customer_id="cus_2"))
    assert lines()[0].status is LineStatus.WAITING


def issued(shop: Shop, job_id: str, **said: str) -> Invoice:
    """An invoice of another customer, or in another currency."""
    now = shop.now()
    with transaction() as session:
        quebec.plan_job(session, job_id, **said)
        job, _ = jobs.complete(session, job_id=job_id, completion_id=f"cmp_{job_id}", completed_at=now, now=now)
        return invoices.issue(session, job=job, invoice_id=f"inv_{job_id}", now=now)


def test_money_is_held_for_a_customer_or_left_alone(bank: Shop) -> None:
    held, alone = take_in(
        bank, transfer(bank, "5.00", bank_reference="B1"), transfer(bank, "6.00", bank_reference="B2")
    )
    for _twice in range(2):
        with transaction() as session:
            operations.credit(session, line_id=held.id, customer_id="cus_1", decided_by="a", now=bank.now())
            operations.ignore(session, line_id=alone.id, reason="A card payout", decided_by="a", now=bank.now())
    with transaction() as session:
        assert ledger.credit_of(session, ["cus_1"]) == {"cus_1": {"CAD": 500}}
    assert bank.books(Kind.BANK) == 500
    with pytest.raises(LineDecided):
        assign(bank, alone, bank.invoice())


def test_the_books_stand_beside_the_closing_balance(bank: Shop) -> None:
    invoice = bank.invoice()
    take_in(bank, transfer(bank, reference=reference(invoice)), opening="0.00", closing=TOTAL)
    with transaction() as session:
        kept = list(session.scalars(queries.statements_statement()))
        (sheet,) = queries.statement_sheets(session, kept, time_zone="America/Toronto")
    assert (sheet["closing_minor"], sheet["books_minor"], sheet["lines"], sheet["waiting"]) == (
        Shop.TOTAL,
        Shop.TOTAL,
        1,
        0,
    )
    assert sheet["to_on"] - sheet["from_on"] == timedelta()


def test_what_is_held_or_returned_counts_from_the_banks_day_too(bank: Shop) -> None:
    invoice = bank.invoice()
    booked = clock.local_date(bank.now(), "America/Toronto")
    bank.pass_time(days=3)
    paid = entry(TOTAL, reference=reference(invoice), end_to_end="E-1", day=booked)
    back = entry(TOTAL, way="DBIT", end_to_end="E-1", returned=True, day=booked)
    held = entry("5.00", day=booked)
    _, returned, waiting = take_in(bank, paid, back, held, opening="0.00", closing="5.00")
    assert returned.status is LineStatus.REVERSED
    with transaction() as session:
        operations.credit(session, line_id=waiting.id, customer_id="cus_1", decided_by="a", now=bank.now())
    with transaction() as session:
        kept = list(session.scalars(queries.statements_statement()))
        (sheet,) = queries.statement_sheets(session, kept, time_zone="America/Toronto")
    assert (sheet["closing_minor"], sheet["books_minor"]) == (500, 500)
    assert (bank.status(invoice), bank.balance(invoice)) == ("issued", Shop.TOTAL)


def test_a_transfer_that_is_reversed_while_the_bank_shows_it_is_not_taken_for_what_the_bank_shows(bank: Shop) -> None:
    invoice = bank.invoice()
    bank.collect(invoice, "pay_1", method=Method.BANK_TRANSFER)
    found: list[BankLine] = []
    taking = threading.Thread(target=lambda: found.extend(take_in(bank, transfer(bank, reference=reference(invoice)))))
    with transaction() as session:
        about: dict[str, Any] = {"payment_id": "pay_1", "reversal_id": "rev_1", "reason": "It never came"}
        reverse_payment(session, **about, reversed_by="staff:anne", now=bank.now())
        taking.start()
        while not session.scalar(_WAITING) and taking.is_alive():
            pass
    taking.join()
    assert [line.status for line in found] == [LineStatus.WAITING]
    assert (bank.books(Kind.BANK), bank.balance(invoice)) == (0, Shop.TOTAL)
    bank_line = assign(bank, found[0], invoice)
    assert (bank_line.status, bank.books(Kind.BANK), bank.balance(invoice)) == (LineStatus.MATCHED, Shop.TOTAL, 0)
