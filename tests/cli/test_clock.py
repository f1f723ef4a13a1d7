"""The demo's clock leaves the schedules as they were when a leap does not end well."""

from __future__ import annotations

from datetime import datetime

import pytest
import requests
from sqlalchemy import select

from server import worker
from server.cli.demo.clock import DemoClock
from server.core import clock, config, queue
from server.core.database import transaction
from server.core.queue import ScheduledRun


def turns() -> dict[str, datetime]:
    with transaction() as session:
        return {each.task_name: each.due_at for each in session.scalars(select(ScheduledRun))}


def test_a_leap_whose_sandbox_does_not_answer_puts_no_schedule_off(product: config.Config) -> None:
    moving = DemoClock(product)
    with transaction() as session:
        queue.defer_due(session, worker.SCHEDULES, now=clock.now())
    before = turns()
    with pytest.raises(requests.ConnectionError):
        moving.advance(seconds=86400)
    assert turns() == before
    assert len(before) == len(worker.SCHEDULES)
    moving.engine.dispose()
