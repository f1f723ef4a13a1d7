"""When the reader or Stripe does not answer: an unknown outcome is a state, and the PaymentIntent decides."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from server.access import operations as access
from server.core import queue
from server.core.database import transaction
from server.dunning import queries as dunning
from server.gateway.client import Refused
from server.gateway.client import client as stripe_client
from server.ledger.rules import Kind
from server.payments import flows
from server.payments.operations import PaymentOutcomeUnknown
from server.payments.rules import Method, Status
from server.worker import SCHEDULES
from tests.payments.slowly import begin
from tests.poison import unwritable
from tests.shop import Shop

OUR_FAULT = "id = 'pay_1' AND status = 'succeeded'"
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
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL


def test_a_command_that_never_arrived_is_believed_lost_only_after_a_while(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_before", PROCESS, times=3)
    assert shop.collect(invoice, "pay_1").status is Status.UNKNOWN
    assert shop.ask("pay_1").status is Status.UNKNOWN
    shop.pass_time(minutes=1)
    lost = shop.ask("pay_1")
    assert (lost.status, lost.failure_code) == (Status.FAILED, "reader_interrupted")
    assert shop.collect(invoice, "pay_2").status is Status.WAITING


def test_a_command_that_arrives_after_the_attempt_was_given_up_asks_for_no_card(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_before", PROCESS, times=3)
    assert shop.collect(invoice, "pay_1").status is Status.UNKNOWN
    canceled = flows.cancel(payment_id="pay_1", now=shop.now())
    assert (canceled.status, canceled.failure_code) == (Status.CANCELED, "intent_canceled")
    with pytest.raises(Refused):
        shop.process_late("pay_1")
    assert shop.collect(invoice, "pay_2").status is Status.WAITING
    shop.press("tap")
    assert shop.ask("pay_2").status is Status.SUCCEEDED


def test_a_lost_answer_settles_from_when_it_was_lost_not_from_when_the_payment_began(shop: Shop) -> None:
    invoice = shop.invoice()
    slow = begin(shop, "/v1/payment_intents", lambda: shop.collect(invoice, "pay_1"))
    shop.fault("drop_before", PROCESS, times=3)
    shop.pass_time(hours=1)
    assert slow.status() is Status.UNKNOWN
    assert shop.ask("pay_1").status is Status.UNKNOWN
    shop.process_late("pay_1")
    assert shop.ask("pay_1").status is Status.WAITING


def test_what_the_reader_says_of_an_earlier_attempt_is_not_believed_of_this_one(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("cancel")
    assert shop.ask("pay_1").failure_code == "customer_canceled"
    shop.fault("drop_before", PROCESS, times=3)
    assert shop.collect(invoice, "pay_2").status is Status.UNKNOWN
    assert shop.ask("pay_2").status is Status.UNKNOWN
    shop.process_late("pay_2")
    shop.press("tap")
    assert shop.ask("pay_2").status is Status.SUCCEEDED


def test_an_intent_canceled_at_stripe_is_not_used_again(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("decline")
    shop.ask("pay_1")
    stripe_client().v1.payment_intents.cancel(shop.payment("pay_1").stripe_intent_id or "")
    canceled = shop.collect(invoice, "pay_2")
    assert (canceled.status, canceled.failure_code) == (Status.CANCELED, "intent_canceled")
    assert shop.collect(invoice, "pay_3").status is Status.WAITING
    shop.press("tap")
    assert shop.ask("pay_3").status is Status.SUCCEEDED
    assert len(shop.intents()) == 2


def test_an_intent_paid_elsewhere_is_counted_instead_of_lighting_the_reader(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("cancel")
    shop.ask("pay_1")
    shop.process_late("pay_1")
    shop.press("tap")
    assert shop.collect(invoice, "pay_2").status is Status.SUCCEEDED
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL


def test_a_reader_deleted_at_stripe_leaves_the_intent_to_decide(shop: Shop) -> None:
    paid, unpaid, waiting = shop.invoice(), shop.invoice(), shop.invoice()
    shop.collect(paid, "pay_1")
    shop.press("tap")
    shop.collect(unpaid, "pay_2")
    stripe_client().v1.terminal.readers.delete(shop.reader.id)
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    gone = shop.ask("pay_2")
    assert (gone.status, gone.failure_code) == (Status.FAILED, "reader_gone")
    refused = shop.collect(waiting, "pay_3")
    assert (refused.status, refused.failure_code) == (Status.FAILED, "reader_gone")


def test_an_attempt_on_a_deleted_reader_can_be_given_up(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1")
    stripe_client().v1.terminal.readers.delete(shop.reader.id)
    assert flows.cancel(payment_id="pay_1", now=shop.now()).status is Status.CANCELED


def test_an_outcome_unknown_for_too_long_raises_the_alarm(shop: Shop, client: FlaskClient) -> None:
    shop.fault("drop_after", PROCESS, times=3)
    shop.collect(shop.invoice(), "pay_1")
    shop.fault("error_500", "/v1/payment_intents/*", times=30)
    shop.pass_time(minutes=14)
    assert [line["event"] for line in asked(shop)] == ["payment_not_resolved"]
    unknown, seconds = gauges(client)
    assert (unknown, 840 <= seconds < 850) == (1, True)
    shop.pass_time(minutes=2)
    assert [(line["event"], line["log_level"]) for line in asked(shop)] == [("payment_unknown_too_long", "error")]
    shop.control("DELETE", "faults")
    shop.press("tap")
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    assert gauges(client) == (0, 0)


def asked(shop: Shop) -> list[MutableMapping[str, Any]]:
    """Return what was logged while Stripe was asked."""
    with capture_logs() as lines:
        shop.ask("pay_1")
    return lines


def gauges(client: FlaskClient) -> tuple[float, float]:
    """Return how many payments are unknown, and for how many seconds."""
    found = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines() if "#" not in line)
    return float(found["payments_unknown"]), float(found["oldest_unknown_seconds"])


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
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL


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
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL


def test_a_busy_card_service_charges_nothing(shop: Shop) -> None:
    shop.fault("error_429", "/v1/payment_intents")
    busy = shop.collect(shop.invoice(), "pay_1")
    assert (busy.status, busy.failure_code) == (Status.FAILED, "stripe_busy")


def test_a_reader_that_may_have_lit_has_not_failed_where_the_next_try_was_one_too_many(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_after", PROCESS)
    shop.fault("error_429", PROCESS, nth=2, times=2)
    assert shop.collect(invoice, "pay_1").status is Status.UNKNOWN
    with pytest.raises(PaymentOutcomeUnknown):
        shop.collect(invoice, "pay_2", method=Method.CASH)
    assert shop.can_tap()
    assert (shop.ask("pay_1").status, shop.balance(invoice)) == (Status.SUCCEEDED, 0)


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
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL


def test_what_came_after_all_is_counted_though_no_event_tells(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("decline")
    shop.ask("pay_1")
    shop.collect(invoice, "pay_2")
    shop.press("cancel")
    assert shop.ask("pay_2").status is Status.CANCELED
    shop.process_late("pay_2")
    shop.press("tap")
    for _ in range(2):
        flows.look_for_untold(now=shop.now())
    assert [shop.payment(each).status for each in ("pay_1", "pay_2")] == [Status.FAILED, Status.SUCCEEDED]
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL


def test_what_came_after_all_by_an_intent_made_long_before_is_found_too(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("decline")
    shop.ask("pay_1")
    shop.pass_time(days=6)
    shop.collect(invoice, "pay_2")
    shop.press("cancel")
    assert shop.ask("pay_2").status is Status.CANCELED
    shop.process_late("pay_2")
    shop.press("tap")
    for _ in range(2):
        flows.look_for_untold(now=shop.now())
    assert [shop.payment(each).status for each in ("pay_1", "pay_2")] == [Status.FAILED, Status.SUCCEEDED]
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL


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


def test_one_attempt_that_we_cannot_take_in_holds_up_no_other(shop: Shop) -> None:
    poisoned, other = shop.invoice(), shop.invoice()
    shop.collect(poisoned, "pay_1")
    shop.press("tap")
    page = shop.collect(other, "pay_2", method=Method.PAY_LINK)
    shop.pay_page(page)
    break_off("pay_1", shop)
    shop.pass_time(hours=1)
    with capture_logs() as lines:
        shop.resolve_open()
    assert shop.payment("pay_2").status is Status.SUCCEEDED
    broken = shop.payment("pay_1")
    assert (broken.status, broken.failure_code) == (Status.UNKNOWN, "not_taken_in")
    told = {line["event"]: line for line in lines}
    assert told["payment_not_taken_in"]["payment_id"] == "pay_1"
    assert (told["open_payments_asked"]["asked"], told["open_payments_asked"]["failed"]) == (2, 1)
    with transaction() as session:
        assert dunning.stale_since(session, now=shop.now()) is None
        session.execute(text("DELETE FROM payments WHERE id = 'pay_broken'"))
    shop.pass_time(hours=1)
    shop.resolve_open()
    assert shop.payment("pay_1").status is Status.SUCCEEDED
    assert shop.at_stripe() == shop.captured() == 2 * Shop.TOTAL


def test_whoever_asks_about_what_we_fail_over_reads_that_the_fault_is_ours(shop: Shop, client: FlaskClient) -> None:
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap")
    with transaction() as session:
        _, key = access.create_api_key(session, name="Bureau", now=shop.now())
    said = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}
    with unwritable("payments", OUR_FAULT):
        told = client.post("/api/v1/payments/pay_1/check", headers=said)
        assert (told.status_code, told.get_json()["status"]) == (200, "unknown")
        assert told.get_json()["failure"]["code"] == "not_taken_in"
        assert told.get_json()["advice"]["what_to_do"] == "Do not charge again, and tell the office."
    assert client.post("/api/v1/payments/pay_1/check", headers=said).get_json()["status"] == "succeeded"
    assert client.post("/api/v1/payments/pay_9/check", headers=said).status_code == 404


def test_what_was_given_up_is_not_called_unknown_when_we_fail_over_what_came_after_all(shop: Shop) -> None:
    shop.fault("drop_before", PROCESS, times=3)
    shop.collect(shop.invoice(), "pay_1")
    shop.pass_time(minutes=1)
    assert shop.ask("pay_1").status is Status.FAILED
    shop.process_late("pay_1")
    shop.press("tap")
    with unwritable("payments", OUR_FAULT), pytest.raises(IntegrityError):
        flows.check(payment_id="pay_1", now=shop.now())
    assert shop.payment("pay_1").status is Status.FAILED


def test_what_cannot_even_be_written_down_leaves_the_feed_behind(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1")
    page = shop.collect(shop.invoice(), "pay_2", method=Method.PAY_LINK)
    shop.pay_page(page)
    begun_at = shop.now()
    with transaction() as session:
        queue.defer_due(session, SCHEDULES, now=begun_at)
    shop.pass_time(hours=1)
    with unwritable("payments", "id = 'pay_1'"), pytest.raises(IntegrityError):
        shop.resolve_open()
    assert shop.payment("pay_2").status is Status.SUCCEEDED
    with transaction() as session:
        assert dunning.stale_since(session, now=shop.now()) == begun_at


def break_off(payment_id: str, shop: Shop) -> None:
    """Let what Stripe says of a payment contradict what is written down: its charge is another payment's already."""
    intent = stripe_client().v1.payment_intents.retrieve(shop.payment(payment_id).stripe_intent_id or "")
    with transaction() as session:
        queue.defer_due(session, SCHEDULES, now=shop.now())
        session.execute(
            text(
                "INSERT INTO payments (id, invoice_id, method, status, amount_minor, currency, taken_by, created_at,"
                " settled_at, stripe_charge_id) SELECT 'pay_broken', invoice_id, 'cash', 'failed', 1, currency,"
                " taken_by, created_at, created_at, :charge FROM payments WHERE id = :id"
            ),
            {"charge": intent.latest_charge, "id": payment_id},
        )
