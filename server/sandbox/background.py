"""The background thread: timers, webhook deliveries and the snapshot file."""

import json
import threading
import time
from pathlib import Path

from server.sandbox import deliveries, timers
from server.sandbox.state import State

SAVE_EVERY_SECONDS = 0.5
SAVING_SHARE = 20  # a large state is saved less often: at most a twentieth of the time goes into it
LONGEST_WAIT_SECONDS = 3600.0
IDLE_WITHIN_SECONDS = 60.0


class Background(threading.Thread):
    """Does what is due by the sandbox's clock, then sleeps until the next thing is, or until something changes."""

    def __init__(self, state: State, snapshot: Path | None) -> None:
        super().__init__(name="sandbox-background", daemon=True)
        self.state = state
        self.snapshot = snapshot
        self.stopping = False
        self.save_again_at = 0.0

    def run(self) -> None:
        """Loop until stopped. The lock is free while a receiver is being called."""
        while not self.stopping:
            with self.state.lock:
                timers.fire_due(self.state)
                delivery = deliveries.next_due(self.state)
                if delivery is None:
                    self._rest()
                    continue
                message = deliveries.signed(self.state, delivery)
                self.state.under_way += 1
            delivered = message is None or deliveries.send(*message)
            with self.state.lock:
                deliveries.settle(self.state, delivery, delivered=delivered)
                self.state.under_way -= 1
                self.state.touched()

    def stop(self) -> None:
        """Stop after what is under way, and write the snapshot."""
        with self.state.lock:
            self.stopping = True
            self.state.changed.notify_all()
        self.join(timeout=2)
        with self.state.lock:
            self._save()

    def _rest(self) -> None:
        if self.stopping:
            return
        wait = min(
            [thing["due"] - self.state.clock.now() for thing in self.state.timers + self.state.deliveries],
            default=LONGEST_WAIT_SECONDS,
        )
        if self.snapshot and self.state.dirty:
            rest = self.save_again_at - time.monotonic()
            if rest <= 0:
                self._save()
            wait = min(wait, max(rest, 0))
        self.state.changed.wait(timeout=max(0, min(wait, LONGEST_WAIT_SECONDS)))

    def _save(self) -> None:
        """Write the whole snapshot beside the file, then put it in its place."""
        if self.snapshot is None or not self.state.dirty:
            return
        began = time.monotonic()
        beside = self.snapshot.with_suffix(".new")
        beside.write_text(json.dumps(self.state.kept()))
        beside.replace(self.snapshot)
        self.state.dirty = False
        ended = time.monotonic()
        self.save_again_at = ended + max(SAVE_EVERY_SECONDS, SAVING_SHARE * (ended - began))


def wait_until_idle(state: State) -> int:
    """Wait until no timer and no delivery is due or under way; answers with how many deliveries still are.

    That is 0 unless a receiver did not answer for a minute. Receivers may call the sandbox meanwhile.
    """

    def idle() -> bool:
        timers.fire_due(state)
        return not state.under_way and deliveries.next_due(state) is None

    with state.lock:
        if state.changed.wait_for(idle, timeout=IDLE_WITHIN_SECONDS):
            return 0
        return sum(bool(delivery["due"] <= state.clock.now()) for delivery in state.deliveries)
