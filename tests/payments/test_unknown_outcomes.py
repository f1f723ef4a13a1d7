"""When the reader or Stripe does not answer: an unknown outcome is a state, and the PaymentIntent decides."""

from __future__ import annotations

import pytest

from server.ledger.rules import Kind
from server.payments import flows
from server.payments.operations import PaymentOutcomeUnknown
from server.payments.rules import Method, Status
from tests.shop import Shop

PROCESS = "/v1/terminal/readers/*/process_payment_intent"


def test_a_lost_answer_leaves_the_payment_unknown_and_stops_a_second_attempt(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_after", PROCESS, times=3)
    assert shop.collect(invoice, "pay_1").status is Status.UNKNOWN
    shop.press("tap")
    with pytest.raises(PaymentOutcomeUnknown):
        shop.collect(invoice, "pay_2")
    with pytest.raises(PaymentOutcomeUnknown):
        shop.collect(invoice, "pay_2", method=Method.CASH)
    with pytest.raises(PaymentOutcomeUnknown):
        shop.collect(invoice, "pay_2", method=Method.PAY_LINK)


def test_an_unknown_outcome_resolves_itself_and_is_counted_once(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_after", PROCESS, times=3)
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    shop.pass_time(seconds=5)
    shop.work()
    assert shop.payment("pay_1").status is Status.SUCCEEDED
    assert shop.books(Kind.STRIPE) == shop.captured() == Shop.TOTAL


def test_a_command_that_never_arrived_is_believed_lost_only_after_a_while(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_before", PROCESS, times=3)
    assert shop.collect(invoice, "pay_1").status is Status.UNKNOWN
    assert shop.ask("pay_1").status is Status.UNKNOWN
    shop.pass_time(minutes=1)
    lost = shop.ask("pay_1")
    assert (lost.status, lost.failure_code) == (Status.FAILED, "reader_interrupted")
    assert shop.collect(invoice, "pay_2").status is Status.WAITING


@pytest.mark.parametrize("kind", ["reader_busy", "reader_offline"])
def test_a_reader_that_refuses_fails_the_attempt_with_words(shop: Shop, kind: str) -> None:
    shop.fault(kind, PROCESS)
    refused = shop.collect(shop.invoice(), "pay_1")
    assert (refused.status, refused.failure_code) == (Status.FAILED, f"terminal_{kind}")


def test_a_timed_out_command_that_arrived_still_takes_the_card_once(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("reader_timeout_delivered", PROCESS)
    assert shop.collect(invoice, "pay_1").status is Status.UNKNOWN
    assert shop.ask("pay_1").status is Status.WAITING
    shop.press("tap")
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    assert shop.captured() == Shop.TOTAL


def test_a_connection_error_on_the_reader_does_not_hide_a_charge(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("connection_error_authorized", PROCESS)
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    assert shop.books(Kind.STRIPE) == shop.captured() == Shop.TOTAL


def test_a_reader_stuck_in_progress_charged_nothing_and_is_freed_by_canceling(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("stuck_in_progress", PROCESS)
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    assert shop.ask("pay_1").status is Status.WAITING
    assert flows.cancel(payment_id="pay_1", now=shop.now()).status is Status.CANCELED
    shop.collect(invoice, "pay_2")
    shop.press("tap")
    assert shop.ask("pay_2").status is Status.SUCCEEDED
    assert shop.books(Kind.STRIPE) == shop.captured() == Shop.TOTAL


def test_a_busy_card_service_charges_nothing(shop: Shop) -> None:
    shop.fault("error_429", "/v1/payment_intents")
    busy = shop.collect(shop.invoice(), "pay_1")
    assert (busy.status, busy.failure_code) == (Status.FAILED, "stripe_busy")


def test_a_lost_answer_to_making_the_intent_makes_no_second_intent(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_after", "/v1/payment_intents", times=2)
    assert shop.collect(invoice, "pay_1").status is Status.WAITING
    assert len(shop.intents()) == 1


def test_while_stripe_is_away_an_unknown_payment_stays_unknown_and_is_asked_about_again(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_after", PROCESS, times=3)
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    shop.fault("drop_before", "/v1/payment_intents/*", times=3)
    assert shop.ask("pay_1").status is Status.UNKNOWN
    shop.pass_time(minutes=1)
    shop.work()
    assert shop.payment("pay_1").status is Status.SUCCEEDED


def test_money_that_came_after_all_is_counted_even_when_given_up(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_before", PROCESS, times=3)
    shop.collect(invoice, "pay_1")
    shop.pass_time(minutes=1)
    assert shop.ask("pay_1").status is Status.FAILED
    # The command arrives although everybody gave it up.
    shop.process_late("pay_1")
    shop.press("tap")
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    assert shop.books(Kind.STRIPE) == shop.captured() == Shop.TOTAL


def test_what_is_paid_beyond_the_balance_is_the_customers_credit(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_before", PROCESS, times=3)
    shop.collect(invoice, "pay_1")
    shop.pass_time(minutes=1)
    shop.ask("pay_1")
    shop.collect(invoice, "pay_2", method=Method.CASH)
    shop.process_late("pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    assert shop.balance(invoice) == 0
    assert shop.books(Kind.CUSTOMER_CREDIT) == Shop.TOTAL
