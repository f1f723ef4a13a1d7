"""kill -9 at every step of collecting: nothing is lost, nothing is counted twice."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from server.invoices.models import Invoice
from server.ledger.rules import Kind
from server.payments import tasks
from server.payments.rules import Status
from tests.shop import Shop

MORE_STEPS_THAN_THERE_ARE = 40


def run(*arguments: object) -> bool:
    """Run the mortal process; return whether it was killed."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.payments.mortal", *map(str, arguments)], check=False, capture_output=True
    )
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr.decode()
    return ended.returncode != 0


def be_paid(shop: Shop, invoice: Invoice, payment_id: str) -> None:
    """Do what a technician does until the invoice is paid: tap, or try again when the phone says it failed."""
    if shop.payment(payment_id).status is Status.FAILED:
        payment_id = f"{payment_id}_again"
        shop.collect(invoice, payment_id)
    shop.press("tap")
    shop.ask(payment_id)


def assert_counted_once(shop: Shop, *, invoices: int) -> None:
    assert shop.books(Kind.STRIPE) == shop.captured() == invoices * Shop.TOTAL
    assert shop.books(Kind.CUSTOMER_CREDIT) == 0


@pytest.mark.timeout(180)
@pytest.mark.parametrize("recovery", ["the phone asks again", "nobody asks, the worker finds it"])
def test_a_web_process_killed_anywhere_in_collect_loses_nothing(shop: Shop, recovery: str) -> None:
    for step in range(1, MORE_STEPS_THAN_THERE_ARE):
        invoice, payment_id = shop.invoice(), f"pay_{step}"
        killed = run(step, "collect", payment_id, invoice.id, shop.reader.id, Shop.TOTAL)
        if not killed:
            assert step > 6, "the steps of collect were not seen"
            return
        written_down = shop.find_payment(payment_id) is not None
        if not written_down or recovery == "the phone asks again":
            shop.collect(invoice, payment_id)
        else:
            shop.pass_time(minutes=5)
            shop.resolve_open()
        be_paid(shop, invoice, payment_id)
        assert shop.balance(invoice) == 0
        assert_counted_once(shop, invoices=step)
    pytest.fail("collect has no end")


@pytest.mark.timeout(120)
def test_a_worker_killed_anywhere_in_asking_counts_the_money_once(shop: Shop) -> None:
    for step in range(1, MORE_STEPS_THAN_THERE_ARE):
        invoice, payment_id = shop.invoice(), f"pay_{step}"
        shop.collect(invoice, payment_id)
        shop.press("tap")
        killed = run(step, "ask", payment_id)
        shop.pass_time(minutes=1)
        shop.resolve_open()
        assert shop.balance(invoice) == 0
        assert_counted_once(shop, invoices=step)
        if not killed:
            assert step > 3, "the steps of asking were not seen"
            return
    pytest.fail("asking has no end")


@pytest.mark.timeout(120)
def test_a_worker_killed_anywhere_in_learning_a_fee_books_it_once(shop: Shop) -> None:
    for step in range(1, MORE_STEPS_THAN_THERE_ARE):
        invoice, payment_id = shop.invoice(), f"pay_{step}"
        shop.collect(invoice, payment_id)
        shop.press("tap")
        shop.ask(payment_id)
        shop.pass_time(minutes=3)
        killed = run(step, "fees", payment_id)
        tasks.learn_fees()
        assert shop.books(Kind.FEES) == step * 595
        assert shop.books(Kind.STRIPE) == shop.captured() - step * 595
        if not killed:
            assert step > 4, "the steps of learning a fee were not seen"
            return
    pytest.fail("learning a fee has no end")


@pytest.mark.timeout(120)
def test_a_process_killed_anywhere_in_a_refund_gives_the_money_back_once(shop: Shop) -> None:
    given = 0
    for step in range(1, MORE_STEPS_THAN_THERE_ARE):
        invoice, payment_id, refund_id = shop.invoice(), f"pay_{step}", f"ref_{step}"
        shop.collect(invoice, payment_id)
        shop.press("tap")
        shop.ask(payment_id)
        killed = run(step, "refund", payment_id, refund_id, 1000)
        if shop.find_refund(refund_id) is None:
            shop.refund(payment_id, refund_id, 1000)
        shop.pass_time(minutes=5)
        shop.resolve_open()
        given += 1000
        assert shop.refunded() == given
        assert shop.books(Kind.STRIPE) == shop.captured() - given
        assert shop.balance(invoice) == 1000
        if not killed:
            assert step > 4, "the steps of a refund were not seen"
            return
    pytest.fail("a refund has no end")
