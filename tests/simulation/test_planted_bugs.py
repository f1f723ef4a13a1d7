"""The simulation can fail: mistakes that such a product easily makes are planted, and found within a few histories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from server.core.database import transaction
from server.gateway import intents, readers
from server.payments import operations, queries
from server.payments.flows import collecting
from server.payments.models import Payment
from server.payments.rules import Status, Verdict
from tests.messages.conftest import MailServer
from tests.shop import Shop
from tests.simulation import truths
from tests.simulation.history import History

HISTORIES = 25
Plant = Callable[[pytest.MonkeyPatch], None]


def trust_the_reader_over_the_intent(patch: pytest.MonkeyPatch) -> None:
    look = collecting._see_reader

    def trusting(payment: Payment, sharing: list[Payment], *, now: datetime) -> Any:
        state = readers.find(payment.reader_id or "")
        if state and state.action_intent_id == payment.stripe_intent_id and state.action_status == "failed":
            return Verdict(status=Status.FAILED, failure_code=state.failure_code), None
        return look(payment, sharing, now=now)

    patch.setattr(collecting, "_see_reader", trusting)


def leave_the_page_open_for_the_reader(patch: pytest.MonkeyPatch) -> None:
    def forget(payment: Payment, *, now: datetime) -> None:
        with transaction() as session:
            verdict = Verdict(status=Status.CANCELED)
            operations.record_verdict(session, payment_id=payment.id, verdict=verdict, now=now)

    patch.setattr(collecting, "_close_page", forget)


def cancel_without_stopping_the_reader(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(collecting, "_shut", lambda payment, *, now: None)


def count_without_looking_who_counted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(queries, "find_holder", lambda session, intent_id: None)


def keep_the_amount_of_the_last_attempt(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(intents, "change_intent", lambda intent_id, **_: intents.get_intent(intent_id))


@pytest.mark.parametrize(
    "plant",
    [
        trust_the_reader_over_the_intent,
        leave_the_page_open_for_the_reader,
        cancel_without_stopping_the_reader,
        count_without_looking_who_counted,
        keep_the_amount_of_the_last_attempt,
    ],
)
def test_a_planted_bug_is_found(
    business: Shop, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, plant: Plant
) -> None:
    plant(monkeypatch)
    assert any(fails(business, mail_server, seed) for seed in range(1, HISTORIES + 1))


def fails(business: Shop, mail: MailServer, seed: int) -> bool:
    """Play a history on a business that goes on from one to the next; a crash is a find too."""
    try:
        history = History(business, seed)
        history.live()
        truths.require(truths.Outcome(history, mail))
    except Exception:  # noqa: BLE001
        return True
    return False
