"""A bank takes a payment back: booked once, answered with what was signed, won or lost; whatever is lost on the way."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import text

from server.business import operations as business
from server.chargebacks import flows, operations, queries, rules, tasks
from server.chargebacks.rules import Slot, Status
from server.core import clock
from server.core.database import transaction
from server.gateway import disputes
from server.ledger.rules import Kind
from server.payments import flows as payment_flows
from server.payments import operations as payments
from server.payments.operations import RefundTooHigh
from server.payments.rules import Method, RefundStatus
from tests.chargebacks.bank import DISPUTE_FEE, FEE, ask, books, dispute, get, owed, pay, written
from tests.payments.test_credit import give_back, keep_as_credit, pay_twice
from tests.payments.test_mobile_reader import forward, learn, show
from tests.payments.test_several_invoices import collect
from tests.poison import unwritable
from tests.shop import Shop


def test_what_a_bank_takes_it_owes_us_until_it_decides(shop: Shop) -> None:
    invoice = pay(shop)
    chargeback_id = dispute(shop)
    for _ in range(2):
        chargeback = ask(chargeback_id)
    assert (chargeback.status, chargeback.payment_id) == (Status.NEEDS_RESPONSE, "pay_1")
    assert books(shop) == {
        "stripe": -FEE - DISPUTE_FEE,
        "chargebacks": Shop.TOTAL,
        "fees": FEE + DISPUTE_FEE,
        "receivable": 0,
    }
    assert (shop.status(invoice), owed(invoice)) == ("paid", 0), "the customer is left in peace until the bank decides"
    assert written(invoice, "chargeback") == ["needs_response"]


def test_lost_the_customer_owes_it_again_and_the_chase_sees_it(shop: Shop) -> None:
    invoice = pay(shop)
    chargeback_id = dispute(shop)
    ask(chargeback_id)
    shop.control("POST", f"disputes/{chargeback_id}/lost")
    for _ in range(2):
        chargeback = ask(chargeback_id)
    assert (chargeback.status, chargeback.reopened_minor) == (Status.LOST, Shop.TOTAL)
    assert books(shop)["chargebacks"] == 0
    assert shop.balance(invoice) == owed(invoice) == Shop.TOTAL
    assert shop.status(invoice) == "issued"
    assert written(invoice, "chargeback") == ["lost", "needs_response"]
    assert written(invoice, "chargeback_outcome") == ["lost"]


def test_won_the_money_comes_back_and_nothing_is_owed(shop: Shop) -> None:
    invoice = pay(shop)
    chargeback_id = dispute(shop)
    ask(chargeback_id)
    shop.control("POST", f"disputes/{chargeback_id}/won")
    for _ in range(2):
        ask(chargeback_id)
    assert books(shop) == {
        "stripe": Shop.TOTAL - FEE - DISPUTE_FEE,
        "chargebacks": 0,
        "fees": FEE + DISPUTE_FEE,
        "receivable": 0,
    }
    assert (shop.status(invoice), owed(invoice)) == ("paid", 0)
    assert written(invoice, "chargeback_outcome") == ["won"]


def test_a_part_that_is_lost_is_a_part_that_is_owed(shop: Shop) -> None:
    invoice = pay(shop)
    chargeback_id = dispute(shop, amount=5000)
    shop.control("POST", f"disputes/{chargeback_id}/lost")
    ask(chargeback_id)
    assert (shop.balance(invoice), shop.status(invoice)) == (5000, "partly_paid")


def test_lost_goes_first_out_of_the_credit_that_this_payment_left(shop: Shop) -> None:
    invoice = shop.invoice()
    link = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    with transaction() as session:  # the customer pays on the page while the office takes cash all the same
        session.execute(text("UPDATE payments SET status = 'canceled', settled_at = now() WHERE id = 'pay_1'"))
    shop.collect(invoice, "pay_cash", method=Method.CASH, amount_minor=5000)
    shop.pay_page(link)
    shop.ask("pay_1")
    assert shop.books(Kind.CUSTOMER_CREDIT) == 5000
    chargeback_id = dispute(shop)
    shop.control("POST", f"disputes/{chargeback_id}/lost")
    ask(chargeback_id)
    assert (shop.books(Kind.CUSTOMER_CREDIT), shop.balance(invoice)) == (0, Shop.TOTAL - 5000)


def test_credit_of_a_payment_that_its_bank_took_back_is_not_paid_out_by_hand(shop: Shop) -> None:
    keep_as_credit()
    invoice = shop.invoice()
    payment_id = pay_twice(shop, invoice)
    with transaction() as session:
        business.change_settings(session, {"office_refund_limit_minor": 5000})
    assert give_back(shop, payment_id, 9000, by_hand=Method.CASH).status is RefundStatus.AWAITING_APPROVAL
    chargeback_id = dispute(shop, payment_id)
    ask(chargeback_id)
    with pytest.raises(RefundTooHigh):
        give_back(shop, payment_id, 1000, "ref_2", by_hand=Method.CASH)
    for outcome in ("under way", "lost"):
        with pytest.raises(RefundTooHigh):
            payment_flows.approve_refund(refund_id="ref_1", approved_by="staff:paul", now=shop.now())
        if outcome == "under way":
            shop.control("POST", f"disputes/{chargeback_id}/lost")
            ask(chargeback_id)
    assert (shop.books(Kind.CASH), shop.books(Kind.CUSTOMER_CREDIT), shop.balance(invoice)) == (Shop.TOTAL, 0, 0)


def test_an_inquiry_moves_no_money_and_may_become_a_chargeback(shop: Shop) -> None:
    invoice = pay(shop)
    chargeback_id = dispute(shop, inquiry=True)
    assert ask(chargeback_id).status is Status.WARNING_NEEDS_RESPONSE
    flows.submit(chargeback_id=chargeback_id, statement=None, asked_by="staff:sam", now=clock.now())
    assert get(chargeback_id).status is Status.WARNING_UNDER_REVIEW
    assert shop.books(Kind.CHARGEBACKS) == 0
    shop.control("POST", f"disputes/{chargeback_id}/escalated")
    assert ask(chargeback_id).status is Status.NEEDS_RESPONSE
    assert shop.books(Kind.CHARGEBACKS) == Shop.TOTAL
    tasks.look()
    assert get(chargeback_id).status is Status.NEEDS_RESPONSE, "what was answered before is not handed in by itself"
    flows.submit(chargeback_id=chargeback_id, statement=None, asked_by="staff:sam", now=clock.now())
    assert get(chargeback_id).status is Status.UNDER_REVIEW
    assert written(invoice, "chargeback") == ["needs_response", "warning_needs_response"]


def test_what_is_handed_in_twice_within_a_second_reaches_the_bank_twice(shop: Shop) -> None:
    pay(shop)
    chargeback_id = dispute(shop, inquiry=True)
    ask(chargeback_id)
    moment = clock.now().replace(microsecond=0)
    flows.submit(chargeback_id=chargeback_id, statement=None, asked_by="staff:sam", now=moment)
    shop.control("POST", f"disputes/{chargeback_id}/escalated")
    ask(chargeback_id)
    again = moment + timedelta(milliseconds=1)
    flows.submit(chargeback_id=chargeback_id, statement=None, asked_by="staff:sam", now=again)
    assert get(chargeback_id).status is Status.UNDER_REVIEW


def test_an_inquiry_that_is_closed_leaves_everything_as_it_was(shop: Shop) -> None:
    invoice = pay(shop)
    chargeback_id = dispute(shop, inquiry=True)
    ask(chargeback_id)
    shop.control("POST", f"disputes/{chargeback_id}/closed")
    assert ask(chargeback_id).status is Status.WARNING_CLOSED
    assert (books(shop)["chargebacks"], shop.balance(invoice)) == (0, 0)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_news_in_any_order_end_the_same(shop: Shop, order: tuple[int, ...]) -> None:
    invoice = pay(shop)
    chargeback_id = dispute(shop)
    early = disputes.get(chargeback_id)
    flows.ask(chargeback_id=chargeback_id, now=clock.now())
    flows.go_on(chargeback_id=chargeback_id, now=clock.now())
    flows.submit(chargeback_id=chargeback_id, statement=None, asked_by="staff:sam", now=clock.now())
    between = disputes.get(chargeback_id)
    shop.control("POST", f"disputes/{chargeback_id}/lost")
    late = disputes.get(chargeback_id)
    for seen in ((early, between, late)[place] for place in order):
        with transaction() as session:
            operations.record(session, payment_id="pay_1", seen=seen, now=clock.now())
    assert get(chargeback_id).status is Status.LOST
    assert (shop.balance(invoice), shop.books(Kind.CHARGEBACKS)) == (Shop.TOTAL, 0)


def test_a_bank_that_changes_its_mind_settles_it_again(shop: Shop) -> None:
    invoice = pay(shop)
    chargeback_id = dispute(shop)
    shop.control("POST", f"disputes/{chargeback_id}/lost")
    ask(chargeback_id)
    shop.collect(invoice, "pay_cash", method=Method.CASH, amount_minor=1000)
    state = shop.sandbox.state
    with state.lock:
        from server.sandbox import disputes as at_the_bank

        state.get("dispute", chargeback_id)["status"] = "under_review"
        at_the_bank.win(state, chargeback_id)
    for _ in range(2):
        ask(chargeback_id)
    assert (shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT), shop.books(Kind.CHARGEBACKS)) == (0, 1000, 0)


def test_what_a_bank_gives_back_after_the_invoice_was_paid_again_goes_back_out_of_the_credit(shop: Shop) -> None:
    invoice = pay(shop)
    chargeback_id = dispute(shop)
    shop.control("POST", f"disputes/{chargeback_id}/lost")
    ask(chargeback_id)
    shop.collect(invoice, "pay_2", method=Method.CASH)
    state = shop.sandbox.state
    with state.lock:
        state.get("dispute", chargeback_id)["status"] = "under_review"
    shop.control("POST", f"disputes/{chargeback_id}/won")
    ask(chargeback_id)
    assert (shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT)) == (0, Shop.TOTAL)
    shop.refund("pay_1", amount_minor=Shop.TOTAL)
    assert (shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT)) == (0, 0)


def test_what_two_chargebacks_keep_of_one_payment_is_owed_on_each_of_its_invoices(shop: Shop) -> None:
    two = [shop.invoice() for _ in range(2)]
    collect(shop, two)
    shop.press("tap")
    charge_id = shop.ask("pay_1").stripe_charge_id or ""
    for _ in range(2):
        chargeback_id = dispute(shop, amount=Shop.TOTAL)
        shop.control("POST", f"disputes/{chargeback_id}/lost")
        ask(chargeback_id)
        state = shop.sandbox.state
        with state.lock:  # a bank may take several parts of one charge back, one after the other
            state.get("charge", charge_id)["disputed"] = False
    assert [shop.balance(each) for each in two] == [Shop.TOTAL] * 2


def test_a_chargeback_that_we_fail_over_holds_up_no_other(shop: Shop) -> None:
    begun = {}
    for payment_id in ("pay_1", "pay_2", "pay_3"):
        pay(shop, payment_id)
        begun[payment_id] = dispute(shop, payment_id)
    with unwritable("chargebacks", "payment_id = 'pay_2'"):
        tasks.look()
    assert all(get(begun[each]).status == "needs_response" for each in ("pay_1", "pay_3"))
    tasks.look()
    assert get(begun["pay_2"]).status == "needs_response"


def test_what_no_event_told_is_looked_for(shop: Shop) -> None:
    tasks.look()
    assert "/v1/disputes" not in {row["path"] for row in shop.control("GET", "journal")["items"]}
    invoice = pay(shop)
    chargeback_id = dispute(shop)
    tasks.look()
    assert get(chargeback_id).staged_at is not None
    shop.control("POST", f"disputes/{chargeback_id}/lost")
    shop.fault("error_500", "/v1/disputes", times=3)
    tasks.look()
    assert shop.balance(invoice) == 0
    tasks.look()
    assert shop.balance(invoice) == Shop.TOTAL


def test_what_a_bank_took_before_the_office_gave_the_money_a_name_is_looked_for(shop: Shop) -> None:
    invoice = shop.invoice()
    stranger = forward(shop)
    learn(shop, stranger)
    charge = show(shop, stranger).charge
    shop.control("POST", "disputes", {"charge": charge.id if charge else ""})
    shop.pass_time(days=1)
    with transaction() as session:
        payments.assign(
            session, unassigned_id=stranger, invoice_id=invoice.id, assigned_by="staff:anne", now=shop.now()
        )
    tasks.look()
    assert shop.books(Kind.CHARGEBACKS) == Shop.TOTAL


def test_a_dispute_of_somebody_elses_payment_is_let_be(shop: Shop) -> None:
    pay(shop)
    chargeback_id = dispute(shop)
    with transaction() as session:
        session.execute(text("UPDATE payments SET stripe_intent_id = 'pi_other'"))
    flows.ask(chargeback_id=chargeback_id, now=clock.now())
    with pytest.raises(queries.NoSuchChargeback):
        get(chargeback_id)


def test_files_that_do_not_fit_are_left_out_the_weightiest_kept() -> None:
    sizes = {Slot.CUSTOMER_SIGNATURE: 4_000_000, Slot.SERVICE_DOCUMENTATION: 600_000, Slot.RECEIPT: 400_000}
    assert rules.files_that_fit(sizes) == [Slot.CUSTOMER_SIGNATURE, Slot.RECEIPT]


def test_texts_are_cut_to_what_the_bank_takes() -> None:
    said = {f"text_{number}": "x" * 30_000 for number in range(9)}
    kept = rules.texts_that_fit({**said, "empty": " "})
    assert (max(map(len, kept.values())), sum(map(len, kept.values())), len(kept)) == (20_000, 150_000, 8)


@pytest.mark.parametrize("before", list(Status))
def test_a_chargeback_never_goes_back(before: Status) -> None:
    for after in Status:
        if rules.may_become(before, after) and after not in rules.CLOSED:
            assert not rules.may_become(after, before)
    assert not rules.may_become(before, before)
