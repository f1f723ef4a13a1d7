"""Collecting on a reader, by a page and by hand, when all goes as it should."""

from __future__ import annotations

import pytest

from server.ledger.rules import Kind
from server.payments import flows
from server.payments.operations import AmountTooHigh, InvoiceSettled, PaymentExists, PaymentInFlight
from server.payments.operations.collecting import NothingToCollect
from server.payments.queries import NoSuchReader
from server.payments.rules import Method, Status
from tests.shop import Shop


def test_a_tapped_card_pays_the_invoice(shop: Shop) -> None:
    invoice = shop.invoice()
    assert shop.collect(invoice, "pay_1").status is Status.WAITING
    shop.press("tap")
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    assert (shop.balance(invoice), shop.status(invoice)) == (0, "paid")
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL


def test_money_is_counted_once_however_often_we_ask(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    for _ in range(5):
        shop.ask("pay_1")
    assert shop.at_stripe() == Shop.TOTAL


def test_after_a_decline_the_next_attempt_uses_the_same_intent(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("decline")
    declined = shop.ask("pay_1")
    assert (declined.status, declined.failure_code) == (Status.FAILED, "generic_decline")
    assert shop.collect(invoice, "pay_2").status is Status.WAITING
    shop.press("tap")
    assert shop.ask("pay_2").status is Status.SUCCEEDED
    assert len(shop.intents()) == 1
    assert shop.payment("pay_1").status is Status.FAILED
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL


def test_an_attempt_of_another_amount_changes_the_intent_before_the_reader_lights(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("decline")
    shop.ask("pay_1")
    shop.collect(invoice, "pay_2", amount_minor=10000)
    shop.press("tap")
    shop.ask("pay_2")
    assert shop.captured() == 10000
    assert shop.balance(invoice) == Shop.TOTAL - 10000


def test_cash_then_card_split_an_invoice(shop: Shop) -> None:
    invoice = shop.invoice()
    cash = shop.collect(invoice, "pay_1", method=Method.CASH, amount_minor=10000)
    assert cash.status is Status.SUCCEEDED
    assert (shop.balance(invoice), shop.status(invoice)) == (Shop.TOTAL - 10000, "partly_paid")
    shop.collect(invoice, "pay_2")
    shop.press("tap")
    shop.ask("pay_2")
    assert (shop.books(Kind.CASH), shop.at_stripe()) == (10000, Shop.TOTAL - 10000)
    assert shop.status(invoice) == "paid"


@pytest.mark.parametrize(
    ("method", "kind"), [(Method.CHEQUE, Kind.CHEQUES), (Method.BANK_TRANSFER, Kind.BANK), (Method.CASH, Kind.CASH)]
)
def test_each_method_lands_in_its_own_account(shop: Shop, method: Method, kind: Kind) -> None:
    shop.collect(shop.invoice(), "pay_1", method=method, reference="4471")
    assert shop.books(kind) == Shop.TOTAL


def test_the_same_id_again_is_the_same_payment(shop: Shop) -> None:
    invoice = shop.invoice()
    first = shop.collect(invoice, "pay_1", method=Method.CASH, amount_minor=5000)
    again = shop.collect(invoice, "pay_1", method=Method.CASH, amount_minor=5000)
    assert (again.id, again.settled_at) == (first.id, first.settled_at)
    assert shop.books(Kind.CASH) == 5000


def test_the_same_id_for_other_money_is_refused(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.CASH, amount_minor=5000)
    with pytest.raises(PaymentExists):
        shop.collect(invoice, "pay_1", method=Method.CASH, amount_minor=5001)


def test_more_than_is_owed_is_refused(shop: Shop) -> None:
    with pytest.raises(AmountTooHigh):
        shop.collect(shop.invoice(), "pay_1", method=Method.CASH, amount_minor=Shop.TOTAL + 1)


@pytest.mark.parametrize("method", [Method.CASH, Method.CARD_READER])
def test_an_amount_of_nothing_is_refused(shop: Shop, method: Method) -> None:
    with pytest.raises(NothingToCollect):
        shop.collect(shop.invoice(), "pay_1", method=method, amount_minor=0)
    assert shop.find_payment("pay_1") is None


def test_nothing_is_collected_on_a_paid_invoice(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.CASH)
    with pytest.raises(InvoiceSettled):
        shop.collect(invoice, "pay_2", amount_minor=1000)


def test_a_reader_nobody_registered_is_refused_before_anything_is_written(shop: Shop) -> None:
    with pytest.raises(NoSuchReader):
        shop.collect(shop.invoice(), "pay_1", reader_id="tmr_of_somebody_else")


def test_one_open_card_attempt_at_a_time(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    with pytest.raises(PaymentInFlight):
        shop.collect(invoice, "pay_2")


def test_cash_may_take_what_the_card_does_not(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", amount_minor=15000)
    with pytest.raises(PaymentInFlight):
        shop.collect(invoice, "pay_2", method=Method.CASH, amount_minor=7000)
    rest = shop.collect(invoice, "pay_2", method=Method.CASH, amount_minor=Shop.TOTAL - 15000)
    assert rest.status is Status.SUCCEEDED


def test_canceling_frees_the_reader_and_the_money(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    assert flows.cancel(payment_id="pay_1", now=shop.now()).status is Status.CANCELED
    assert shop.collect(invoice, "pay_2").status is Status.WAITING
    assert len(shop.intents()) == 1


def test_canceling_does_not_stop_a_colleagues_payment(shop: Shop) -> None:
    mine, theirs = shop.invoice(), shop.invoice()
    shop.collect(mine, "pay_1")
    shop.collect(theirs, "pay_2")  # replaces what waits on the shared reader
    flows.cancel(payment_id="pay_1", now=shop.now())
    shop.press("tap")
    assert shop.ask("pay_2").status is Status.SUCCEEDED
    assert shop.balance(mine) == Shop.TOTAL


def test_a_card_taken_in_the_same_moment_wins_over_canceling(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    assert flows.cancel(payment_id="pay_1", now=shop.now()).status is Status.SUCCEEDED
    assert shop.balance(invoice) == 0


def test_a_card_declined_in_the_same_moment_is_this_attempts_and_not_the_next_ones(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("decline")
    declined = flows.cancel(payment_id="pay_1", now=shop.now())
    assert (declined.status, declined.failure_code) == (Status.FAILED, "generic_decline")
    shop.fault("drop_before", "*/process_payment_intent", times=3)
    shop.collect(invoice, "pay_2")
    assert shop.ask("pay_2").status is Status.UNKNOWN


def test_a_customer_who_cancels_on_the_reader_may_try_again(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("cancel")
    canceled = shop.ask("pay_1")
    assert (canceled.status, canceled.failure_code) == (Status.CANCELED, "customer_canceled")
    assert shop.collect(invoice, "pay_2").status is Status.WAITING
