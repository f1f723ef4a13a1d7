"""A deposit paid after the work was invoiced: on a page still open, on a reader still lit, by a debit under way."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from server.audit import flows as audit
from server.chargebacks import queries as chargebacks
from server.core.database import engine, transaction
from server.ledger.rules import Kind
from server.messages.rules import Kind as MessageKind
from server.office import queries as office
from server.payments import flows, queries, rules
from server.payments.operations import AmountTooHigh, PaymentInFlight
from server.payments.rules import Method, Status
from server.receipts import queries as receipts
from server.receipts import rules as receipt_rules
from tests.chargebacks import bank
from tests.payments.test_debits import debit, notices, take_back
from tests.payments.test_deposits import FIRST, SECOND, ask, assert_books_agree, finish, pay, plan
from tests.shop import Shop

_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
_FREE = text("SELECT id FROM invoices WHERE id = 'inv_final' FOR UPDATE SKIP LOCKED")


def test_a_card_that_pays_a_withdrawn_request_pays_the_invoice_of_the_work(shop: Shop) -> None:
    plan(shop)
    deposit = ask(shop, 1)
    shop.collect(deposit, "pay_1")
    final = finish(shop)
    shop.press("tap")
    paid = shop.ask("pay_1")
    assert (paid.invoice_id, paid.parts, paid.beyond_minor) == (deposit.id, {final.id: FIRST}, 0)
    assert (shop.status(deposit), shop.balance(deposit), shop.balance(final)) == ("void", 0, Shop.TOTAL - FIRST)
    assert final.number in shop.text_of("receipt")
    assert deposit.number not in shop.text_of("receipt")
    shop.work()
    assert (shop.refunded(), shop.books(Kind.CUSTOMER_CREDIT), shop.books(Kind.DEPOSITS)) == (0, 0, 0)
    assert_books_agree()
    again = flows.collect(
        payment_id="pay_1",
        invoice_id=deposit.id,
        method=Method.CARD_READER,
        amount_minor=FIRST,
        reader_id=shop.reader.id,
        taken_by="test",
        now=shop.now(),
    )
    assert again.status is Status.SUCCEEDED
    for invoice in (deposit, final):
        proof = audit.prove(invoice_id=invoice.id, now=shop.now())
        assert (proof.agrees, proof.captured_minor, proof.ledger_minor) == (True, FIRST, FIRST)
    shop.refund("pay_1", "ref_1", 1000)
    assert (shop.balance(final), shop.balance(deposit)) == (Shop.TOTAL - FIRST + 1000, 0)
    assert_books_agree()


def test_what_is_under_way_on_a_deposit_is_not_collected_again_on_the_invoice_of_the_work(shop: Shop) -> None:
    plan(shop)
    deposit = ask(shop, 1)
    shop.collect(deposit, "pay_1")
    final = finish(shop)
    with pytest.raises(PaymentInFlight):
        shop.collect(final, "pay_2", method=Method.CASH)
    shop.collect(final, "pay_2", method=Method.CASH, amount_minor=Shop.TOTAL - FIRST)
    shop.press("tap")
    assert (shop.ask("pay_1").beyond_minor, shop.status(final)) == (0, "paid")
    assert_books_agree()


def test_the_page_of_a_deposit_is_closed_before_the_invoice_of_the_work_is_collected(shop: Shop) -> None:
    plan(shop)
    left, paid = (shop.collect(ask(shop, at), f"pay_{at}", method=Method.PAY_LINK) for at in (1, 2))
    final = finish(shop)
    assert shop.pay_page(paid)
    with pytest.raises(AmountTooHigh):
        shop.collect(final, "pay_3", method=Method.CASH, amount_minor=Shop.TOTAL)
    assert (shop.balance(final), shop.pay_page(left)) == (Shop.TOTAL - SECOND, False)
    pay(shop, final, "pay_3", method=Method.CASH)
    assert (shop.status(final), shop.books(Kind.CUSTOMER_CREDIT)) == ("paid", 0)
    assert_books_agree()


def test_a_card_that_comes_after_all_goes_back_as_far_as_the_invoice_of_the_work_owes_nothing(shop: Shop) -> None:
    plan(shop)
    shop.collect(ask(shop, 1), "pay_1")
    flows.cancel(payment_id="pay_1", now=shop.now())
    final = finish(shop)
    pay(shop, final, "pay_2", method=Method.CASH, amount_minor=Shop.TOTAL - 2000)
    shop.process_late("pay_1")
    shop.press("tap")
    late = shop.ask("pay_1")
    assert (late.status, late.parts, late.beyond_minor) == (Status.SUCCEEDED, {final.id: FIRST}, FIRST - 2000)
    shop.work()
    assert (shop.balance(final), shop.refunded(), shop.books(Kind.CUSTOMER_CREDIT)) == (0, FIRST - 2000, 0)
    assert_books_agree()


def test_the_try_after_a_decline_uses_the_same_intent_although_the_work_was_invoiced_between(shop: Shop) -> None:
    plan(shop)
    shop.collect(ask(shop, 1), "pay_1")
    final = finish(shop)
    shop.press("decline")
    assert shop.ask("pay_1").status is Status.FAILED
    pay(shop, final, "pay_2")
    assert (len(shop.intents()), shop.captured(), shop.balance(final)) == (1, Shop.TOTAL, 0)
    assert audit.prove(invoice_id=final.id, now=shop.now()).agrees
    assert_books_agree()


def test_what_a_card_holds_for_a_deposit_is_taken_for_the_invoice_of_the_work(shop: Shop) -> None:
    plan(shop)
    shop.collect(ask(shop, 1), "pay_1", capture_later=True)
    shop.press("tap")
    shop.ask("pay_1")
    final = finish(shop)
    assert flows.capture(payment_id="pay_1", now=shop.now()).status is Status.SUCCEEDED
    assert (shop.balance(final), shop.captured()) == (Shop.TOTAL - FIRST, FIRST)
    assert_books_agree()


def test_the_rest_of_a_deposit_that_comes_late_is_told_apart_from_what_came_in_time(shop: Shop) -> None:
    plan(shop)
    ask(shop, 1)
    deposit = ask(shop, 2)
    pay(shop, deposit, "pay_1", method=Method.CASH, amount_minor=2000)
    shop.collect(deposit, "pay_2")
    final = finish(shop)
    shop.press("tap")
    assert shop.ask("pay_2").parts == {final.id: SECOND - 2000}
    assert (shop.status(deposit), shop.balance(final)) == ("paid", Shop.TOTAL - SECOND)
    shop.refund("pay_1", "ref_1", 500)
    assert shop.balance(final) == Shop.TOTAL - SECOND + 500
    with transaction() as session:
        given = receipts.list_for_payments(session, ["pay_1"])[-1]
    told = receipt_rules.read(given.facts)
    assert ([part.amount_minor for part in told.split], told.balance_minor) == ([2000, 500], shop.balance(final))
    assert_books_agree()


def test_two_late_deposits_paid_at_once_with_another_invoice_pay_the_invoice_of_the_work(shop: Shop) -> None:
    plan(shop)
    other = shop.invoice()
    first, second = ask(shop, 1), ask(shop, 2)
    shares = {other.id: 1000, first.id: FIRST, second.id: SECOND}
    shop.collect(other, "pay_1", shares=shares, amount_minor=sum(shares.values()))
    final = finish(shop)
    shop.press("tap")
    assert shop.ask("pay_1").parts == {final.id: FIRST + SECOND, other.id: 1000}
    owed = Shop.TOTAL - FIRST - SECOND, Shop.TOTAL - 1000
    assert (shop.balance(final), shop.balance(other)) == owed
    assert_books_agree()


def test_a_debit_under_way_pays_the_invoice_of_the_work_until_its_bank_takes_it_back(shop: Shop) -> None:
    plan(shop)
    debit(shop, ask(shop, 1))
    final = finish(shop)
    with pytest.raises(PaymentInFlight):
        shop.collect(final, "pay_2")
    shop.pass_time(days=4)
    shop.resolve_open()
    assert (shop.balance(final), shop.payment("pay_1").status) == (Shop.TOTAL - FIRST, Status.SUCCEEDED)
    flows.look_for_return(intent_id=take_back(shop), now=shop.now())
    assert (shop.balance(final), shop.books(Kind.CUSTOMER_CREDIT)) == (Shop.TOTAL, 0)
    assert final.number in notices(final, MessageKind.REVERSAL)[0]
    assert_books_agree()


def test_what_a_bank_takes_back_of_a_late_deposit_is_owed_on_the_invoice_of_the_work(shop: Shop) -> None:
    plan(shop)
    deposit = ask(shop, 1)
    shop.collect(deposit, "pay_1")
    final = finish(shop)
    shop.press("tap")
    shop.ask("pay_1")
    chargeback_id = bank.dispute(shop)
    bank.ask(chargeback_id)
    shop.control("POST", f"disputes/{chargeback_id}/lost")
    assert bank.ask(chargeback_id).reopened_minor == FIRST
    assert (shop.balance(final), shop.balance(deposit)) == (Shop.TOTAL, 0)
    assert bank.written(final, "chargeback_outcome") == ["lost"]
    assert_books_agree()
    lost = bank.get(chargeback_id)
    with transaction() as session:
        (sheet,) = chargebacks.sheets(session, [lost], locale="en")
        (newest,) = office.list_newest_payments(session)
    assert (sheet["invoice_id"], sheet["invoice_number"]) == (final.id, final.number)
    assert (newest["payment"].id, newest["invoice"].id) == ("pay_1", final.id)


def test_a_debit_that_fails_late_is_told_with_the_invoice_that_is_owed(shop: Shop) -> None:
    plan(shop)
    debit(shop, ask(shop, 1), fails=True)
    final = finish(shop)
    shop.pass_time(days=4)
    shop.resolve_open()
    assert (shop.payment("pay_1").status, shop.balance(final)) == (Status.FAILED, Shop.TOTAL)
    assert final.number in notices(final)[0]


def test_whoever_counts_money_for_a_deposit_waits_for_the_invoice_of_the_work_and_locks_it(shop: Shop) -> None:
    plan(shop)
    pay(shop, ask(shop, 1), "pay_1", method=Method.CASH)
    free: list[int] = []

    def count() -> None:
        with transaction() as session, engine().connect() as another:
            queries.get_locked(session, "pay_1")
            free.append(len(another.execute(_FREE).all()))

    counting = threading.Thread(target=count)
    finish(shop, meanwhile=lambda session: _begin(session, counting))
    counting.join()
    assert free == [0]


def _begin(session: Session, counting: threading.Thread) -> None:
    """Start counting, and return once it waits."""
    counting.start()
    while not session.scalar(_WAITING) and counting.is_alive():
        pass


def test_each_part_follows_its_deposit_and_the_sum_stays() -> None:
    assert rules.follow({"a": 3, "b": 4, "c": 5}, {"a": "z", "c": "z"}) == {"z": 8, "b": 4}
