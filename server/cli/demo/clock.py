"""The demo's clock: one address that moves the product's and the sandbox's time together."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import requests
from flask import Blueprint, Response, jsonify, request
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from server.core import clock, queue
from server.core.config import Config
from server.core.queue import Schedule

SETTLE_SECONDS = 60
NIGHTLY = timedelta(days=1)
FARTHEST_SECONDS = 10 * 366 * 24 * 3600


class DemoClock:
    """Moves time, and waits until everything due by then is done."""

    def __init__(self, settings: Config) -> None:
        clock.follow(settings.clock_file)
        self.engine = create_engine(settings.database_url, pool_size=1)
        self.sandbox = settings.stripe_api_base
        self.one_at_a_time = threading.Lock()

    def advance(self, *, seconds: int) -> bool:
        """Move `seconds` ahead. Say whether the work due by then was done in time."""
        from server import worker  # all of the product: loaded when first needed, so that the demo starts quickly

        by_night = [each for each in worker.SCHEDULES if each.every >= NIGHTLY]
        by_day = [each for each in worker.SCHEDULES if each.every < NIGHTLY]
        # What waited for its moment comes before what comes round: what Stripe told is learnt, then one plans; and one
        # plans by what the last night found.
        with self.one_at_a_time:
            with self._put_off(by_day, seconds=seconds):
                with self._put_off(by_night, seconds=seconds):
                    clock.advance(seconds=seconds)
                    self._sandbox("clock", {"advance_seconds": seconds})
                    with Session(self.engine) as session, session.begin():
                        queue.bring_forward(session, seconds=seconds)
                    done = self._waits_for_nothing() or self._settle()
                self._come_round(by_night)
                done = (self._waits_for_nothing() or self._settle()) and done
            self._come_round(by_day)
            return self._settle() and done

    @contextmanager
    def _put_off(self, schedules: Sequence[Schedule], *, seconds: int) -> Iterator[None]:
        """Keep schedules from coming round by a leap of the clock until the block ends, however it ends."""
        with Session(self.engine) as session, session.begin():
            queue.put_off(session, schedules, seconds=seconds)
        try:
            yield
        finally:
            with Session(self.engine) as session, session.begin():
                queue.put_off(session, schedules, seconds=-seconds)

    def _come_round(self, schedules: Sequence[Schedule]) -> None:
        """Let schedules take the turns that are due by now."""
        with Session(self.engine) as session, session.begin():
            queue.defer_due(session, schedules, now=clock.now())

    def _waits_for_nothing(self) -> bool:
        with Session(self.engine) as session:
            return queue.pending(session) == 0

    def _settle(self) -> bool:
        """Wait until the sandbox has nothing to deliver and the queue nothing to do, seen so twice in a row."""
        deadline = time.monotonic() + SETTLE_SECONDS
        quiet = 0
        while time.monotonic() < deadline:
            self._sandbox("quiesce", {})
            quiet = quiet + 1 if self._waits_for_nothing() else 0
            if quiet == 2:
                return True
            time.sleep(0.05)
        return False

    def _sandbox(self, what: str, wanted: dict[str, Any]) -> None:
        requests.post(f"{self.sandbox}/_sandbox/{what}", json=wanted, timeout=SETTLE_SECONDS).raise_for_status()


def address(demo_clock: DemoClock) -> Blueprint:
    """`GET /clock`; `POST /clock {"advance_seconds": N}`, answered when the work due by then is done, or 504."""
    blueprint = Blueprint("clock", __name__)

    @blueprint.get("/clock")
    def read() -> Response:
        return jsonify(now=clock.now().isoformat())

    @blueprint.post("/clock")
    def advance() -> tuple[Response, int]:
        wanted = request.get_json()
        seconds = wanted.get("advance_seconds") if isinstance(wanted, dict) else None
        if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds <= FARTHEST_SECONDS:
            wrong = f"advance_seconds is a whole number from 0 to {FARTHEST_SECONDS}"
            return jsonify(error=wrong), HTTPStatus.UNPROCESSABLE_ENTITY
        done = demo_clock.advance(seconds=seconds)
        answered = jsonify(now=clock.now().isoformat(), advanced_seconds=seconds)
        return answered, HTTPStatus.OK if done else HTTPStatus.GATEWAY_TIMEOUT

    return blueprint
