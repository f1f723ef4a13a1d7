"""The simulation can fail: mistakes that such a product easily makes are planted, and found within a few histories."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from server.core.database import transaction
from server.gateway import intents, readers
from server.payments import flows, operations, queries, tasks
from server.payments.models import Payment
from server.payments.rules import Status, Verdict
from tests.messages.conftest import MailServer
from tests.shop import Shop
from tests.simulation import truths
from tests.simulation.history import History

HISTORIES = 25
Plant = Callable[[pytest.MonkeyPatch], None]


def trust_the_reader_over_the_intent(patch: pytest.MonkeyPatch) -> None:
    look = flows._see_reader

    def trusting(payment: Payment, known: set[str], *, now: datetime) -> Any:
        state = readers.get(payment.reader_id or "")
        if state.action_intent_id == payment.stripe_intent_id and state.action_status == "failed":
            return Verdict(status=Status.FAILED, failure_code=state.failure_code), None
        return look(payment, known, now=now)

    patch.setattr(flows, "_see_reader", trusting)


def leave_the_page_open_for_the_reader(patch: pytest.MonkeyPatch) -> None:
    def forget(payment: Payment, *, now: datetime) -> None:
        with transaction() as session:
            verdict = Verdict(status=Status.CANCELED)
            operations.record_verdict(session, payment_id=payment.id, verdict=verdict, now=now)

    patch.setattr(flows, "_close_page", forget)


def call_a_lost_answer_a_failure(patch: pytest.MonkeyPatch) -> None:
    conclude = flows._conclude

    def certain(payment_id: str, verdict: Verdict, *, now: datetime) -> Payment:
        lost = verdict.status is Status.UNKNOWN
        return conclude(payment_id, Verdict(status=Status.FAILED) if lost else verdict, now=now)

    patch.setattr(flows, "_conclude", certain)


def cancel_without_stopping_the_reader(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(flows, "_shut", lambda payment, *, now: None)


def believe_events_in_the_order_they_come(patch: pytest.MonkeyPatch) -> None:
    def believe(*, event_id: str) -> None:
        with transaction() as session:
            event = queries.get_event(session, event_id)
            payment = queries.find_concerned(session, event)
            if payment is not None and event.type.endswith("failed"):
                verdict = Verdict(status=Status.FAILED)
                operations.record_verdict(session, payment_id=payment.id, verdict=verdict, now=event.received_at)

    patch.setattr(tasks.learn, "func", believe)


def count_without_looking_who_counted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(queries, "find_counted", lambda session, intent_id: None)


def make_a_new_key_for_every_try(patch: pytest.MonkeyPatch) -> None:
    make = intents.create_intent
    patch.setattr(intents, "create_intent", lambda *, key, **more: make(key=f"{key}:{uuid.uuid4()}", **more))


def keep_the_amount_of_the_last_attempt(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(intents, "change_intent", lambda intent_id, **_: intents.get_intent(intent_id))


@pytest.mark.parametrize(
    "plant",
    [
        trust_the_reader_over_the_intent,
        leave_the_page_open_for_the_reader,
        call_a_lost_answer_a_failure,
        cancel_without_stopping_the_reader,
        believe_events_in_the_order_they_come,
        count_without_looking_who_counted,
        make_a_new_key_for_every_try,
        keep_the_amount_of_the_last_attempt,
    ],
)
def test_a_planted_bug_is_found(
    business: Shop, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, plant: Plant
) -> None:
    plant(monkeypatch)
    for seed in range(1, HISTORIES + 1):
        history = History(business, seed)
        try:
            history.live()
            truths.require(truths.Outcome(history, mail_server))
        except Exception as error:
            with open("/tmp/w/found.txt", "a") as f:
                f.write(f"{plant.__name__} {seed} {type(error).__name__} {error}\n")
            return
    pytest.fail(f"{plant.__name__} was not found in {HISTORIES} histories")
