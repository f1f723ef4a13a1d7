"""What Stripe keeps is booked when Stripe tells, once for each line of its balance, and shown where it was spent."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.core import clock
from server.core.database import transaction
from server.gateway.balance import BalanceLine
from server.invoices import queries as invoices
from server.ledger.rules import Kind
from server.payments import flows, operations, queries, tasks
from server.payments.rules import Method
from tests.shop import Shop

FEE = 595  # 2.7 % of 218.45, and 5 cents


def learn(payment_id: str = "pay_1") -> None:
    flows.learn_fees(payment_id=payment_id, now=clock.now())


def fee_of(shop: Shop, payment_id: str = "pay_1") -> int | None:
    payment = shop.payment(payment_id)
    with transaction() as session:
        return queries.fees_minor(session, [payment]).get(payment_id)


def pay(shop: Shop, payment_id: str = "pay_1") -> str:
    invoice = shop.invoice()
    shop.collect(invoice, payment_id)
    shop.press("tap")
    shop.ask(payment_id)
    return invoice.id


def line(fee_minor: int, line_id: str = "txn_1") -> BalanceLine:
    return BalanceLine(
        id=line_id,
        type="charge",
        amount_minor=Shop.TOTAL,
        fee_minor=fee_minor,
        currency="CAD",
        source_id="ch_1",
        happened_at=datetime(2026, 3, 2, tzinfo=UTC),
    )


def test_a_fee_is_unknown_until_stripe_tells_and_then_booked_once(shop: Shop) -> None:
    invoice_id = pay(shop)
    learn()
    assert (fee_of(shop), shop.books(Kind.FEES)) == (None, 0)
    shop.pass_time(seconds=5)
    learn()
    learn()
    assert fee_of(shop) == shop.books(Kind.FEES) == FEE
    assert shop.books(Kind.STRIPE) == shop.captured() - FEE
    with transaction() as session:
        sheet = invoices.sheets(session, [invoices.get_invoice(session, invoice_id)])[0]
    assert (sheet["fee_minor"], sheet["balance_minor"]) == (FEE, 0)


def test_a_fee_whose_event_was_lost_is_asked_for(shop: Shop) -> None:
    pay(shop)
    tasks.learn_fees()
    assert fee_of(shop) is None
    shop.pass_time(minutes=3)
    tasks.learn_fees()
    assert fee_of(shop) == FEE
    asked = len(shop.control("GET", "journal")["items"])
    tasks.learn_fees()
    assert len(shop.control("GET", "journal")["items"]) == asked, "what is known is not asked about again"


def test_the_longer_stripe_does_not_tell_the_less_it_is_asked(shop: Shop) -> None:
    pay(shop)
    path = f"/v1/payment_intents/{shop.payment('pay_1').stripe_intent_id}"
    shop.fault("error_500", path, method="GET", times=300)
    asked = []
    for minute in range(5, 200, 5):
        shop.pass_time(minutes=5)
        seen = len(shop.control("GET", "journal")["items"])
        tasks.learn_fees()
        if len(shop.control("GET", "journal")["items"]) > seen:
            asked.append(minute)
    assert 4 <= len(asked) <= 7
    assert all(later >= 2 * earlier - 5 for earlier, later in itertools.pairwise(asked))
    shop.control("DELETE", "faults")
    shop.pass_time(days=1)
    tasks.learn_fees()
    assert fee_of(shop) == FEE


def test_one_payment_stripe_says_nothing_of_does_not_hide_the_others(shop: Shop) -> None:
    pay(shop)
    pay(shop, "pay_2")
    shop.pass_time(minutes=3)
    shop.fault("error_500", f"/v1/payment_intents/{shop.payment('pay_2').stripe_intent_id}", times=3)
    tasks.learn_fees()
    assert (fee_of(shop, "pay_2"), fee_of(shop)) == (None, FEE)
    shop.pass_time(minutes=4)
    tasks.learn_fees()
    assert fee_of(shop, "pay_2") == FEE


def test_the_line_of_a_refund_is_learnt_too_and_its_fee_stays(shop: Shop) -> None:
    pay(shop)
    shop.pass_time(seconds=5)
    learn()
    shop.refund("pay_1", amount_minor=Shop.TOTAL)
    shop.pass_time(minutes=3)
    tasks.learn_fees()
    with transaction() as session:
        told = {fee.type: fee.amount_minor for fee in queries.list_fees(session, "pay_1")}
    assert told == {"charge": FEE, "refund": 0}
    assert shop.books(Kind.STRIPE) == -FEE


def test_money_that_came_by_hand_costs_nothing(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1", method=Method.CASH)
    learn()
    assert fee_of(shop) == 0


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-300, 900), min_size=1, max_size=5))
def test_however_a_fee_changes_the_books_have_the_last(shop: Shop, told: list[int]) -> None:
    payment_id = f"pay_{len(shop.control('GET', 'journal')['items'])}"
    pay(shop, payment_id)
    before = shop.books(Kind.FEES)
    for fee_minor in [each for each in told for _ in range(2)]:
        with transaction() as session:
            lines = [line(fee_minor, f"txn_{payment_id}")]
            operations.book_fees(session, payment_id=payment_id, lines=lines, now=clock.now())
    assert fee_of(shop, payment_id) == shop.books(Kind.FEES) - before == told[-1]
