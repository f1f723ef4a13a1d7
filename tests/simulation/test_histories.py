"""Random histories: whatever happens on the way, in the end the money, the books and what people were told agree."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from server.payments.rules import Status
from tests.messages.conftest import MailServer
from tests.shop import Shop
from tests.simulation import truths
from tests.simulation.history import History

# A few for every run; `python -m tests.simulation` plays as many as wanted.
SEEDS = range(1, 11)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play the seeds that were asked for."""
    metafunc.parametrize("seed", metafunc.config.getoption("seeds", default=SEEDS))


def test_money_books_and_words_agree_after_any_history(
    business: Shop, mail_server: MailServer, seed: int, record_property: Callable[[str, object], None]
) -> None:
    history = History(business, seed)
    history.live()
    outcome = truths.Outcome(history, mail_server)
    print(history.story())  # noqa: T201  (seen when it fails, and when it is played again)
    truths.require(outcome)
    record_property("steps", len(history.steps))
    record_property("faults", history.faults)
    record_property("payments", len(outcome.payments))
    record_property("captured charges", len(outcome.charges))
    record_property("shown as unknown", len({s.about for s in history.shown if s.status is Status.UNKNOWN}))
