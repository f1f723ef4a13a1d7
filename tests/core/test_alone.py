"""One at a time, across processes, outside any transaction."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from server.core import config, database
from server.core.database import InUse, alone, transaction
from tests.databases import EMPTIER, disconnect

HOLD = "from server.core.database import alone\nwith alone('x'):\n    print('held', flush=True)\n    input()"


@pytest.fixture(autouse=True)
def connected_anew(product: config.Config) -> Iterator[None]:
    """Connections that this test alone makes."""
    disconnect()
    yield
    disconnect()


def test_a_second_one_is_told_or_waits_in_vain(product: config.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOCK_TIMEOUT_MS", 50)
    with alone("x") as first, alone("x", wait=False) as second, alone("y", wait=False) as other:
        assert (first, second, other) == (True, False, True)
        with pytest.raises(InUse), alone("x"):
            pass
    with alone("x", wait=False) as again:
        assert again is True


def test_it_is_not_for_the_inside_of_a_transaction(product: config.Config) -> None:
    with transaction(), pytest.raises(AssertionError), alone("x"):
        pass


def test_a_process_that_is_killed_lets_go(product: config.Config) -> None:
    holding = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    assert holding.stdout is not None
    assert holding.stdout.readline() == "held\n"
    with alone("x", wait=False) as free:
        assert free is False
    holding.send_signal(signal.SIGKILL)
    holding.wait()
    with alone("x") as freed:
        assert freed is True
    for pipe in (holding.stdin, holding.stdout):
        assert pipe is not None
        pipe.close()


def test_one_goes_on_alone_on_the_connections_there_are(product: config.Config) -> None:
    def connections() -> int:
        with transaction() as session:
            count = text(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name <> :emptier"
            )
            return int(session.scalar(count, {"emptier": EMPTIER}) or 0)

    for _ in range(2):
        with alone("x"):
            before = connections()
    assert connections() == before == 2


def test_a_lock_is_let_go_when_what_was_done_fails(product: config.Config) -> None:
    with pytest.raises(ValueError, match="no"), alone("x"):
        raise ValueError("no")
    with alone("x", wait=False) as free:
        assert free
