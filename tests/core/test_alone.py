"""One at a time, across processes, outside any transaction."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from server.core import config, database
from server.core.database import InUse, alone, transaction

HOLD = "from server.core.database import alone\nwith alone('x'):\n    print('held', flush=True)\n    input()"


def test_a_second_one_is_told_or_waits_in_vain(product: config.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LOCK_TIMEOUT_MS", 50)
    database.engine.cache_clear()
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
