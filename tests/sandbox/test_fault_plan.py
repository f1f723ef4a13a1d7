"""Every kind of fault does what it says, when it says, and is written down."""

import threading
from typing import Any

import pytest
import stripe

from tests.sandbox.bench import Bench

INTENTS = "/v1/payment_intents"
NEW = {"amount": 10_000, "currency": "cad"}


def _calls(bench: Bench, path: str = INTENTS) -> list[Any]:
    return [call for call in bench.control("GET", "journal")["items"] if call["path"] == path]


def test_latency_holds_the_answer_back_by_the_sandboxs_clock(bench: Bench) -> None:
    bench.faults({"kind": "latency", "seconds": 600})
    made: list[Any] = []
    slow = threading.Thread(target=lambda: made.append(bench.intent()))
    slow.start()
    state = bench.sandbox.state
    with state.lock:
        assert state.changed.wait_for(lambda: state.in_flight, timeout=10)
    assert made == []
    bench.advance(600)
    slow.join(timeout=10)
    assert made[0].status == "requires_payment_method"


def test_drop_before_does_nothing_and_the_sdks_retry_does_it(bench: Bench) -> None:
    bench.faults({"kind": "drop_before", "path": INTENTS})
    bench.intent()
    assert [(call["status"], call["dropped"]) for call in _calls(bench)] == [(None, True), (200, False)]
    assert len(bench.stripe.payment_intents.list().data) == 1


def test_drop_before_can_outlast_the_sdks_retries(bench: Bench) -> None:
    bench.faults({"kind": "drop_before", "path": INTENTS, "times": 3})
    assert isinstance(bench.refused(bench.intent), stripe.APIConnectionError)
    assert bench.stripe.payment_intents.list().data == []


def test_drop_after_is_done_once_however_often_the_answer_is_lost(bench: Bench) -> None:
    bench.faults({"kind": "drop_after", "path": INTENTS, "method": "POST", "times": 3})
    error = bench.refused(bench.stripe.payment_intents.create, NEW, {"idempotency_key": "one"})
    assert isinstance(error, stripe.APIConnectionError)
    assert [(call["replayed"], call["dropped"]) for call in _calls(bench)] == [
        (False, True),
        (True, True),
        (True, True),
    ]
    again = bench.stripe.payment_intents.create(NEW, {"idempotency_key": "one"})
    assert [intent.id for intent in bench.stripe.payment_intents.list().data] == [again.id]


@pytest.mark.parametrize(("kind", "status", "calls"), [("error_409", 409, 3), ("error_429", 429, 1)])
def test_a_refusal_for_now_leaves_nothing_behind(bench: Bench, kind: str, status: int, calls: int) -> None:
    bench.faults({"kind": kind, "path": INTENTS, "times": calls})
    error = bench.refused(bench.stripe.payment_intents.create, NEW, {"idempotency_key": "one"})
    assert (error.http_status, len(_calls(bench))) == (status, calls)
    assert bench.stripe.payment_intents.create(NEW, {"idempotency_key": "one"}).amount == 10_000


def test_error_500_is_replayed_for_its_key(bench: Bench) -> None:
    bench.faults({"kind": "error_500", "path": INTENTS})
    for _ in range(2):
        error = bench.refused(bench.stripe.payment_intents.create, NEW, {"idempotency_key": "one"})
        assert (error.http_status, type(error)) == (500, stripe.APIError)
    assert [call["replayed"] for call in _calls(bench)] == [False] + [True] * 5
    assert bench.stripe.payment_intents.create(NEW, {"idempotency_key": "two"}).amount == 10_000


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("reader_busy", "terminal_reader_busy"),
        ("reader_offline", "terminal_reader_offline"),
        ("reader_timeout", "terminal_reader_timeout"),
    ],
)
def test_a_reader_that_refuses_was_not_reached(bench: Bench, kind: str, code: str) -> None:
    reader, intent = bench.reader(), bench.intent()
    bench.faults({"kind": kind})
    assert bench.refused(bench.process, reader.id, intent.id).code == code
    assert bench.stripe.terminal.readers.retrieve(reader.id).action is None
    assert bench.process(reader.id, intent.id).action.status == "in_progress"


def test_a_timeout_may_be_a_false_negative(bench: Bench) -> None:
    reader, intent = bench.reader(), bench.intent()
    bench.faults({"kind": "reader_timeout_delivered"})
    assert bench.refused(bench.process, reader.id, intent.id).code == "terminal_reader_timeout"
    action = bench.stripe.terminal.readers.retrieve(reader.id).action
    assert (action.status, action.process_payment_intent.payment_intent) == ("in_progress", intent.id)
    bench.present(reader.id)
    assert bench.retrieve(intent.id).status == "succeeded"


PRESENT = "*/present_payment_method"


@pytest.mark.parametrize("path", [{}, {"path": PRESENT}])
def test_a_reader_may_fail_although_the_card_was_charged(bench: Bench, path: dict[str, str]) -> None:
    bench.faults({"kind": "connection_error_authorized"} | path)
    reader, intent = bench.waiting()
    action = bench.present(reader.id).action
    assert (action.status, action.failure_code) == ("failed", "connection_error")
    assert bench.retrieve(intent.id).status == "succeeded"
    assert bench.events()[-1] == "terminal.reader.action_failed"


@pytest.mark.parametrize("path", [{}, {"path": PRESENT}])
def test_a_reader_may_stay_in_progress_for_ever(bench: Bench, path: dict[str, str]) -> None:
    bench.faults({"kind": "stuck_in_progress"} | path)
    reader, intent = bench.waiting()
    before = bench.events()
    assert bench.present(reader.id).action.status == "in_progress"
    bench.advance(24 * 3600)
    assert bench.stripe.terminal.readers.retrieve(reader.id).action.status == "in_progress"
    assert bench.retrieve(intent.id).status == "requires_payment_method"
    assert bench.events() == before
    assert bench.stripe.terminal.readers.cancel_action(reader.id).action is None
    bench.process(reader.id, intent.id)
    assert bench.present(reader.id).action.status == "succeeded"


def test_a_lost_webhook_never_comes(bench: Bench) -> None:
    bench.faults({"kind": "webhook_lost", "event": "payment_intent.created"})
    with bench.receiver() as accepted:
        bench.intent()
        bench.advance(4 * 24 * 3600)
        assert accepted == []
        assert bench.events() == ["payment_intent.created"]


def test_a_late_webhook_comes_late(bench: Bench) -> None:
    bench.faults({"kind": "webhook_late", "path": "payment_intent.*", "seconds": 900})
    with bench.receiver() as accepted:
        bench.intent()
        bench.advance(800)
        assert accepted == []
        bench.advance(200)
        assert len(accepted) == 1


@pytest.mark.parametrize(("times", "copies"), [({}, 2), ({"times": 5}, 5)])
def test_a_duplicated_webhook_comes_as_often_as_told(bench: Bench, times: dict[str, int], copies: int) -> None:
    bench.faults({"kind": "webhook_duplicate", "event": "payment_intent.created"} | times)
    with bench.receiver() as accepted:
        bench.intent()
        bench.intent()
        bench.control("POST", "quiesce")
        assert len(accepted) == copies + 1
        assert len({event.id for event in accepted}) == 2


def test_a_reordered_webhook_comes_behind_the_next(bench: Bench) -> None:
    bench.faults({"kind": "webhook_reorder", "event": "charge.succeeded"})
    with bench.receiver(events=["charge.succeeded", "payment_intent.succeeded"]) as accepted:
        bench.paid()
        bench.control("POST", "quiesce")
        assert [event.type for event in accepted] == ["payment_intent.succeeded", "charge.succeeded"]


def test_a_reordered_webhook_with_nothing_behind_it_comes_by_itself(bench: Bench) -> None:
    bench.faults({"kind": "webhook_reorder"})
    with bench.receiver() as accepted:
        bench.intent()
        bench.advance(30)
        assert len(accepted) == 1


def test_the_nth_request_is_counted_from_now(bench: Bench) -> None:
    bench.intent()
    bench.faults({"kind": "error_429", "method": "post", "path": INTENTS, "nth": 2, "times": 2})
    outcomes = []
    for _ in range(4):
        answer = bench.post(INTENTS, {"amount": "10000", "currency": "cad"})
        outcomes.append(answer.status_code)
        bench.stripe.payment_intents.list()
    assert outcomes == [200, 429, 429, 200]
    plan = bench.control("GET", "faults")
    assert (plan["armed"], [fault["kind"] for fault in plan["fired"]]) == ([], ["error_429"])


def test_armed_faults_are_cleared(bench: Bench) -> None:
    bench.faults({"kind": "error_500"}, {"kind": "webhook_lost"})
    assert len(bench.control("GET", "faults")["armed"]) == 2
    assert bench.control("DELETE", "faults") == {"armed": [], "fired": []}
    assert bench.intent().amount == 10_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "error_500"},
        [{"kind": "meteorite"}],
        [{}],
        ["error_500"],
        [{"kind": "error_500", "colour": "red"}],
        [{"kind": "error_500", "nth": 0}],
        [{"kind": "error_500", "nth": "1"}],
        [{"kind": "latency", "seconds": -1}],
        [{"kind": "error_500", "path": 5}],
        [{"kind": "error_500"}, {"kind": "meteorite"}],
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_whole(bench: Bench, wrong: Any) -> None:
    bench.control("POST", "faults", wrong, status=400)
    assert bench.control("GET", "faults")["armed"] == []
