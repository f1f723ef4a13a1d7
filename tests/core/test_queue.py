"""Tasks share the fate of the business write; the worker's death loses none; schedules run once a turn."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from server.core import clock, config, queue
from server.core.database import transaction
from server.core.queue import Schedule
from tests.core import mortal_worker

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def tasks() -> int:
    with transaction() as session:
        return int(session.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one())


def run_worker() -> int:
    return subprocess.run(
        [sys.executable, "-m", "tests.core.mortal_worker"], check=False, capture_output=True
    ).returncode


def test_a_transaction_that_rolls_back_leaves_no_task(product: config.Config) -> None:
    with pytest.raises(ConnectionAbortedError), transaction() as session:
        queue.defer(session, mortal_worker.NAME, mark="nowhere")
        raise ConnectionAbortedError
    assert tasks() == 0


def test_a_task_outlives_the_process_that_wrote_it_and_the_worker_that_took_it(
    product: config.Config, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    writer = (
        "import os, signal\n"
        "from server.core import queue\n"
        "from server.core.database import transaction\n"
        "from tests.core import mortal_worker\n"
        "with transaction() as session:\n"
        f"    queue.defer(session, mortal_worker.NAME, mark={str(mark)!r})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", writer], check=False)
    assert tasks() == 1
    assert run_worker() < 0, "the first worker did not die"
    with transaction() as session:
        assert queue.rescue(session, silent_seconds=3600) == 0, "a worker heard of lately keeps its task"
    with transaction() as session:
        assert queue.rescue(session, silent_seconds=0) == 1
    assert run_worker() == 0
    assert mark.read_text() == "done"


def test_a_task_for_later_waits_by_the_products_clock(product: config.Config) -> None:
    clock.advance(seconds=86400)
    with transaction() as session:
        queue.defer(session, mortal_worker.NAME, at=clock.now() + timedelta(hours=1), mark="nowhere")
        assert queue.pending(session) == 0
        queue.bring_forward(session, seconds=3601)
        assert queue.pending(session) == 1


def test_a_schedule_that_is_put_off_is_not_due_by_a_leap_of_the_clock_until_that_is_taken_back(
    product: config.Config,
) -> None:
    hourly = [Schedule(task_name=mortal_worker.NAME, every=timedelta(hours=1))]
    later = NOW + timedelta(days=30)
    with transaction() as session:
        assert queue.defer_due(session, hourly, now=NOW) == [mortal_worker.NAME]
        queue.put_off(session, hourly, seconds=30 * 86400)
        assert queue.defer_due(session, hourly, now=later) == []
        queue.put_off(session, hourly, seconds=-30 * 86400)
        assert queue.defer_due(session, hourly, now=later) == [mortal_worker.NAME]


def test_a_schedule_runs_once_a_turn_however_many_workers_ask(product: config.Config) -> None:
    hourly = [Schedule(task_name=mortal_worker.NAME, every=timedelta(hours=1))]
    gate, deferred = threading.Barrier(8), []

    def ask(now: datetime) -> None:
        gate.wait()
        with transaction() as session:
            deferred.extend(queue.defer_due(session, hourly, now=now))

    for now in (NOW, NOW, NOW + timedelta(hours=1), NOW + timedelta(days=30)):
        workers = [threading.Thread(target=ask, args=(now,)) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(deferred) == 3, "once at the start, once an hour later, once after thirty days away"


def test_what_fails_for_one_holds_up_no_other_and_is_said_at_the_end() -> None:
    done = []

    def work(subject: str) -> None:
        if subject == "poison":
            raise LookupError(subject)
        done.append(subject)

    with pytest.raises(LookupError):
        queue.each(["a", "poison", "b"], work)
    assert done == ["a", "b"]
