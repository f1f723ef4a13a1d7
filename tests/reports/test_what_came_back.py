"""After money of a card with a tip went back in any way: whose tip it was, what the job cost, who holds what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.audit import flows as audit
from server.cash import queries as cash
from server.core.database import transaction
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.ledger.rules import Kind
from server.payments import flows, operations
from server.payments.rules import Method, Status
from tests.chargebacks.bank import DISPUTE_FEE, ask, dispute
from tests.payments.test_debits import debit, take_back
from tests.payments.test_tips import pay_out, rows_of, tip
from tests.shop import Shop

TIP = 1000
WHOLE = Shop.TOTAL + TIP
_FEE = 622  # 2.7 % of what the card paid, and 0.05


def given(shop: Shop, amount_minor: int, tip_minor: int) -> None:
    shop.refund("pay_1", f"ref_{amount_minor}", amount_minor, tip_minor=tip_minor)


def at_the_bank(shop: Shop, outcome: str | None = None, amount_minor: int | None = None) -> None:
    part: dict[str, Any] = {"amount": amount_minor} if amount_minor else {}
    taken = dispute(shop, **part)
    ask(taken)
    if outcome:
        shop.control("POST", f"disputes/{taken}/{outcome}")
        ask(taken)


def in_part_then_lost(shop: Shop) -> None:
    given(shop, 5400, 400)
    at_the_bank(shop, "lost", WHOLE - 5400)


def tip_alone_then_lost(shop: Shop) -> None:
    given(shop, TIP, TIP)
    at_the_bank(shop, "lost", Shop.TOTAL)


def paid_out_then_lost(shop: Shop) -> None:
    pay_out(shop, TIP)
    at_the_bank(shop, "lost")


# What happened; then of the tip what was given back, paid out and is held; what is owed, and paid, of the invoice;
# how often Stripe kept its fee of a dispute.
TABLE: list[tuple[str, Callable[[Shop], None], tuple[int, int, int], tuple[int, int], int]] = [
    ("nothing", lambda _shop: None, (0, 0, TIP), (0, Shop.TOTAL), 0),
    ("all of it refunded", lambda shop: given(shop, WHOLE, TIP), (TIP, 0, 0), (Shop.TOTAL, 0), 0),
    ("refunded without its tip", lambda shop: given(shop, Shop.TOTAL, 0), (0, 0, TIP), (Shop.TOTAL, 0), 0),
    ("a part refunded", lambda shop: given(shop, 5000, 0), (0, 0, TIP), (5000, Shop.TOTAL - 5000), 0),
    ("a part with a part of the tip", lambda shop: given(shop, 5400, 400), (400, 0, 600), (5000, Shop.TOTAL - 5000), 0),
    ("a chargeback begun", at_the_bank, (0, 0, TIP), (0, Shop.TOTAL), 1),
    ("a chargeback won", lambda shop: at_the_bank(shop, "won"), (0, 0, TIP), (0, Shop.TOTAL), 1),
    ("a chargeback lost", lambda shop: at_the_bank(shop, "lost"), (TIP, 0, 0), (Shop.TOTAL, 0), 1),
    (
        "a chargeback of a part lost",
        lambda shop: at_the_bank(shop, "lost", Shop.TOTAL),
        (0, 0, TIP),
        (Shop.TOTAL, 0),
        1,
    ),
    ("a part refunded and the rest lost", in_part_then_lost, (TIP, 0, 0), (Shop.TOTAL, 0), 1),
    ("the tip refunded and the rest lost", tip_alone_then_lost, (TIP, 0, 0), (Shop.TOTAL, 0), 1),
    ("lost after the tip was paid out", paid_out_then_lost, (TIP, TIP, -TIP), (Shop.TOTAL, 0), 1),
]


@pytest.mark.parametrize(
    ("happens", "tips", "stands", "disputes"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_a_tip_is_its_technicians_and_the_cost_is_the_jobs(
    shop: Shop, happens: Callable[[Shop], None], tips: tuple[int, int, int], stands: tuple[int, int], disputes: int
) -> None:
    invoice = tip(shop, TIP)
    happens(shop)
    shop.pass_time(seconds=5)
    flows.learn_fees(payment_id="pay_1", now=shop.now())
    assert rows_of(shop) == {shop.technician.id: (TIP, *tips)}
    assert stands_at(invoice) == (*stands, _FEE + disputes * DISPUTE_FEE)
    assert list(audit.check(now=shop.now())) == []


def stands_at(invoice: Invoice) -> tuple[int, int, int]:
    """What is owed, what is paid, and what Stripe kept of it."""
    with transaction() as session:
        [sheet] = invoices.sheets(session, [invoices.get_invoice(session, invoice.id)])
    return sheet["balance_minor"], sheet["paid_minor"], sheet["fee_minor"]


def test_a_card_that_pays_several_jobs_costs_each_its_share(shop: Shop) -> None:
    three = [shop.invoice() for _ in range(3)]
    shares = {each.id: minor for each, minor in zip(three, (Shop.TOTAL, Shop.TOTAL, 3000), strict=True)}
    said: dict[str, Any] = {
        "payment_id": "pay_1",
        "method": Method.CARD_READER,
        "reader_id": shop.reader.id,
        "taken_by": "test",
    }
    flows.collect(**said, amount_minor=sum(shares.values()), shares=shares, now=shop.now())
    shop.press("tap")
    shop.ask("pay_1")
    shop.pass_time(seconds=5)
    flows.learn_fees(payment_id="pay_1", now=shop.now())
    costs = [stands_at(each)[2] for each in three]
    assert costs == [592, 593, 81]
    assert sum(costs) == shop.books(Kind.FEES)
    at_the_bank(shop, "lost")
    assert [stands_at(each)[0] for each in three] == [Shop.TOTAL] * 3
    assert sum(stands_at(each)[2] for each in three) == shop.books(Kind.FEES) == sum(costs) + DISPUTE_FEE


def test_a_debit_that_its_bank_takes_back_costs_its_job_and_no_technician(shop: Shop) -> None:
    invoice = shop.invoice()
    debit(shop, invoice)
    shop.pass_time(days=4)
    shop.resolve_open()
    shop.pass_time(seconds=5)
    flows.learn_fees(payment_id="pay_1", now=shop.now())
    owed, paid, cost_minor = stands_at(invoice)
    assert (owed, paid) == (0, Shop.TOTAL)
    flows.look_for_return(intent_id=take_back(shop), now=shop.now())
    flows.learn_fees(payment_id="pay_1", now=shop.now())
    assert stands_at(invoice)[:2] == (Shop.TOTAL, 0)
    assert stands_at(invoice)[2] >= cost_minor > 0
    assert rows_of(shop) == {}
    assert shop.payment("pay_1").status is Status.SUCCEEDED


@pytest.mark.parametrize("taken_by", ["test", "office"])
def test_a_cheque_that_bounces_is_held_by_nobody_and_costs_no_card(shop: Shop, taken_by: str) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.CHEQUE, reference="4471", taken_by=taken_by)
    with transaction() as session:
        said: dict[str, Any] = {
            "payment_id": "pay_1",
            "reversal_id": "rev_1",
            "reason": "No funds",
            "reversed_by": "staff:anne",
        }
        operations.reverse_payment(session, **said, fee_minor=700, now=shop.now())
    assert stands_at(invoice) == (Shop.TOTAL, 0, 0)
    with transaction() as session:
        assert all(not held["cheques"] for held in cash.list_floats(session))
    assert rows_of(shop) == {}
