"""What arrives at the bank is reconciled line by line, booked once, and taken back when the bank refuses it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from server.core import clock
from server.core.database import transaction
from server.gateway import balance, payouts
from server.ledger.rules import Kind
from server.payments import flows as payments
from server.payments import operations as payment_operations
from server.payouts import flows, operations, queries, tasks
from server.payouts.rules import LineKind, Status, kind_of, may_become
from tests.payments.test_mobile_reader import forward, learn
from tests.poison import unwritable
from tests.shop import Shop

FEE = 595  # 2.7 % of 218.45, and 5 cents
NET = Shop.TOTAL - FEE


def pay(shop: Shop, payment_id: str = "pay_1") -> None:
    shop.collect(shop.invoice(), payment_id)
    shop.press("tap")
    shop.ask(payment_id)


def pay_out(shop: Shop, *, ends: str = "paid") -> str:
    """Wait until the money is available, and let Stripe send it."""
    shop.pass_time(seconds=5)
    shop.pass_time(days=2)
    return str(shop.control("POST", "payouts", {"ends": ends})["id"])


def ask(payout_id: str) -> dict[str, Any]:
    flows.ask(payout_id=payout_id, now=clock.now())
    with transaction() as session:
        return queries.get_sheet(session, payout_id)


def test_a_payout_is_reconciled_to_gross_fee_and_net(shop: Shop) -> None:
    pay(shop)
    pay(shop, "pay_2")
    shop.refund("pay_2", amount_minor=1000)
    sheet = ask(pay_out(shop))
    assert (sheet["gross_minor"], sheet["refunds_minor"], sheet["fees_minor"]) == (2 * Shop.TOTAL, -1000, 2 * FEE)
    assert sheet["net_minor"] == 2 * NET - 1000
    assert (sheet["adds_up"], sheet["unexplained_count"]) == (True, 0)
    about = {(line["kind"], line["subject_id"], line["payment_id"]) for line in sheet["lines"]}
    assert about == {("payment", "pay_1", "pay_1"), ("payment", "pay_2", "pay_2"), ("refund", "ref_1", "pay_2")}
    assert shop.books(Kind.FEES) == 2 * FEE, "fees whose events were lost are booked with the payout"
    assert (shop.books(Kind.STRIPE), shop.books(Kind.BANK)) == (sheet["net_minor"], 0)


def test_the_money_is_the_banks_once_it_is_paid_and_booked_once(shop: Shop) -> None:
    pay(shop)
    payout_id = pay_out(shop)
    assert ask(payout_id)["status"] == "in_transit"
    shop.pass_time(days=1)
    assert ask(payout_id)["status"] == ask(payout_id)["status"] == "paid"
    assert (shop.books(Kind.STRIPE), shop.books(Kind.BANK)) == (0, NET)


@pytest.mark.parametrize(
    ("ends", "why", "seen_before"),
    [("failed", "account_closed", True), ("failed", "account_closed", False), ("canceled", None, True)],
)
def test_a_payout_that_comes_back_is_stripes_again(shop: Shop, ends: str, why: str | None, seen_before: bool) -> None:
    pay(shop)
    payout_id = pay_out(shop, ends=ends)
    if seen_before:
        ask(payout_id)
    shop.pass_time(days=1)
    sheet = ask(payout_id)
    assert (sheet["status"], sheet["failure_code"]) == (ends, why)
    assert (shop.books(Kind.STRIPE), shop.books(Kind.BANK)) == (NET, 0)
    again = ask(str(shop.control("POST", "payouts", {})["id"]))
    assert (again["net_minor"], again["adjustments_minor"], again["unexplained_count"]) == (NET, NET, 0)
    assert [line["subject_id"] for line in again["lines"]] == [payout_id]


def test_a_payout_that_was_paid_and_then_came_back_is_reversed_once(shop: Shop) -> None:
    pay(shop)
    payout_id = pay_out(shop)
    shop.pass_time(days=1)
    ask(payout_id)
    state = shop.sandbox.state
    with state.lock:
        state.get("payout", payout_id).update(status="failed", failure_code="could_not_process")
    for _ in range(2):
        ask(payout_id)
    assert (shop.books(Kind.STRIPE), shop.books(Kind.BANK)) == (NET, 0)


def test_what_stripe_fetches_from_the_bank_leaves_it_and_holds_up_no_other_payout(shop: Shop) -> None:
    pay(shop)
    pay_out(shop)
    shop.control("POST", "disputes", {"charge": shop.payment("pay_1").stripe_charge_id})
    fetched = pay_out(shop)
    pay(shop, "pay_2")
    pay_out(shop)
    shop.pass_time(days=2)
    tasks.look()
    with transaction() as session:
        sheet = queries.get_sheet(session, fetched)
    assert (sheet["status"], sheet["net_minor"], sheet["adds_up"]) == ("paid", -Shop.TOTAL - 1500, True)
    assert shop.books(Kind.BANK) == 2 * NET - Shop.TOTAL - 1500
    state = shop.sandbox.state
    with state.lock:
        state.get("payout", fetched).update(status="failed", failure_code="insufficient_funds")
    ask(fetched)
    assert shop.books(Kind.BANK) == 2 * NET


def test_news_that_arrive_out_of_order_change_nothing(shop: Shop) -> None:
    pay(shop)
    payout_id = pay_out(shop)
    early = payouts.get(payout_id)
    shop.pass_time(days=1)
    ask(payout_id)
    with transaction() as session:
        operations.record(session, seen=early, lines=[], now=clock.now())
        assert queries.get_payout(session, payout_id).status is Status.PAID
    assert shop.books(Kind.BANK) == NET


def test_a_payout_whose_events_were_lost_is_looked_for(shop: Shop) -> None:
    tasks.look()
    assert "/v1/payouts" not in {row["path"] for row in shop.control("GET", "journal")["items"]}
    pay(shop)
    payout_id = pay_out(shop)
    tasks.look()
    shop.pass_time(days=1)
    shop.fault("error_500", "/v1/payouts", times=3)
    tasks.look()
    assert shop.books(Kind.BANK) == 0
    tasks.look()
    assert shop.books(Kind.BANK) == NET
    tasks.look()
    asked = [row["path"] for row in shop.control("GET", "journal")["items"]][-1]
    assert asked == "/v1/payouts", f"{payout_id} is as it was: nothing more is asked"


def test_a_payout_that_we_fail_over_holds_up_no_other(shop: Shop) -> None:
    pay(shop)
    first = pay_out(shop)
    pay(shop, "pay_2")
    second = pay_out(shop)
    shop.pass_time(days=1)
    with unwritable("payouts", f"id = '{second}'"):
        tasks.look()
    assert shop.books(Kind.BANK) == NET, f"{first} is older, and looked at last"
    tasks.look()
    assert shop.books(Kind.BANK) == 2 * NET


def test_money_that_nothing_explains_is_set_aside_until_something_does(shop: Shop) -> None:
    pay(shop)
    shop.collect(shop.invoice(), "pay_2")
    shop.press("tap")  # and nobody tells us: the payment is not counted yet
    payout_id = pay_out(shop)
    for _ in range(2):
        sheet = ask(payout_id)
    assert (sheet["unexplained_count"], shop.books(Kind.UNEXPLAINED)) == (1, NET)
    assert shop.books(Kind.STRIPE) == 2 * NET == sheet["net_minor"]
    shop.ask("pay_2")
    for _ in range(2):
        tasks.look()
    assert ask(payout_id)["unexplained_count"] == shop.books(Kind.UNEXPLAINED) == 0
    assert shop.books(Kind.STRIPE) == 2 * NET


def test_what_stripe_charges_by_itself_is_a_cost_of_the_business(shop: Shop) -> None:
    pay(shop)
    state = shop.sandbox.state
    with state.lock:
        charge = state.all("charge")[0]
        from server.sandbox import balance as entries

        entries.enter(state, "stripe_fee", source={**charge, "id": None}, amount=-200)
    sheet = ask(pay_out(shop))
    assert (sheet["fees_minor"], sheet["net_minor"], sheet["unexplained_count"]) == (FEE + 200, NET - 200, 0)
    assert shop.books(Kind.FEES) == FEE + 200
    assert shop.books(Kind.STRIPE) == sheet["net_minor"]


def test_the_fee_a_payout_tells_is_the_last_word(shop: Shop) -> None:
    pay(shop)
    shop.pass_time(seconds=5)
    payments.learn_fees(payment_id="pay_1", now=clock.now())
    state = shop.sandbox.state
    with state.lock:
        state.all("balance_transaction")[0].update(fee=700, net=Shop.TOTAL - 700)
    sheet = ask(pay_out(shop))
    assert (sheet["fees_minor"], shop.books(Kind.FEES)) == (700, 700)
    assert shop.books(Kind.STRIPE) == sheet["net_minor"] == balance.get_total()["CAD"] + sheet["net_minor"]


def test_the_bookkeeper_gets_every_line_and_no_formula(shop: Shop) -> None:
    pay(shop)
    payout_id = pay_out(shop)
    sheet = ask(payout_id)
    sheet["lines"][0]["customer_name"] = "=cmd()"
    row = next(csv.DictReader(io.StringIO(queries.as_csv(sheet))))
    assert (row["amount"], row["fee"], row["net"], row["currency"]) == ("218.45", "5.95", "212.50", "CAD")
    assert (row["payout_id"], row["kind"], row["payment_id"]) == (payout_id, "payment", "pay_1")
    assert row["customer_name"] == "'=cmd()"


@pytest.mark.parametrize(
    ("line_type", "source_id", "kind"),
    [
        ("charge", "ch_1", LineKind.PAYMENT),
        ("refund_failure", "re_1", LineKind.REFUND),
        ("adjustment", "du_1", LineKind.CHARGEBACK),
        ("adjustment", None, LineKind.OTHER),
        ("stripe_fee", None, LineKind.FEE),
        ("payout_failure", "po_1", LineKind.RETURNED_PAYOUT),
        ("something_new", "xx_1", LineKind.OTHER),
    ],
)
def test_a_line_is_what_stripe_says_it_is(line_type: str, source_id: str | None, kind: LineKind) -> None:
    assert kind_of(line_type, source_id) is kind


def test_a_payout_only_goes_on() -> None:
    assert may_become(Status.PAID, Status.FAILED)
    assert not may_become(Status.PAID, Status.IN_TRANSIT)
    assert not any(may_become(Status.FAILED, wanted) for wanted in Status)


def test_money_that_gets_its_name_long_after_it_arrived_is_explained(shop: Shop) -> None:
    pay(shop)
    invoice = shop.invoice()
    stranger = forward(shop)
    learn(shop, stranger)
    pay_out(shop)
    shop.pass_time(days=1)
    tasks.look()
    assert shop.books(Kind.UNEXPLAINED) == NET
    shop.pass_time(days=40)
    with transaction() as session:
        payment_operations.assign(
            session, unassigned_id=stranger, invoice_id=invoice.id, assigned_by="staff:anne", now=shop.now()
        )
    shop.work()
    for _ in range(2):
        tasks.look()
        payments.learn_missing_fees(now=shop.now())
        shop.pass_time(minutes=5)
    assert (shop.books(Kind.UNEXPLAINED), shop.books(Kind.STRIPE), shop.books(Kind.BANK)) == (0, 0, 2 * NET)
