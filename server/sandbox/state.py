"""Everything the sandbox knows, behind one lock."""

import secrets
import string
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from server.sandbox.clock import Clock
from server.sandbox.errors import missing_resource

Json = dict[str, Any]

API_VERSION = "2026-10-28.endive"
JOURNAL_LENGTH = 20_000
_ALPHABET = string.ascii_letters + string.digits
# What a snapshot keeps. The journal is for the eyes of one run only.
KEPT = ("objects", "hidden", "timers", "deliveries", "replies", "faults", "fired_faults", "sequence", "settlement")


class State:
    """Objects by kind and id in order of creation, timers, webhook deliveries, kept answers, faults and the journal.

    Hold `lock` to read or change anything, never while something outside (a receiver, a delay) is waited for.
    `changed` wakes the background thread and whoever waits for it to have nothing left to do.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.dirty = False
        self.under_way = 0
        self.closed = False
        self.clear()

    def clear(self) -> None:
        """Forget everything except the time."""
        self.objects: dict[str, dict[str, Json]] = {}
        self.hidden: dict[str, Json] = {}
        self.timers: list[Json] = []
        self.deliveries: list[Json] = []
        self.replies: dict[str, Json] = {}
        self.faults: list[Json] = []
        self.fired_faults: list[Json] = []
        self.sequence = 0
        # Into which currency, and at which rate, what is charged in a currency is exchanged: {"eur": ["cad", 1.5]}.
        self.settlement: dict[str, tuple[str, float]] = {}
        self.journal: deque[Json] = deque(maxlen=JOURNAL_LENGTH)
        self.requests_seen = 0
        self.in_flight: set[str] = set()
        self.request: Json = {"id": None, "idempotency_key": None}

    def now(self) -> int:
        """The sandbox's time in whole seconds, as in every `created`."""
        return int(self.clock.now())

    def next_number(self) -> int:
        """A number that grows with every call: the order of what happens in the same second."""
        self.sequence += 1
        return self.sequence

    def add(self, thing: Json, **hidden: Any) -> Json:
        """Keep a new object, with what Stripe knows of it and does not show."""
        self.objects.setdefault(thing["object"], {})[thing["id"]] = thing
        self.hidden[thing["id"]] = hidden
        return thing

    def get(self, kind: str, id: str, param: str | None = None) -> Json:
        """The object, or Stripe's resource_missing (404 in a path, 400 in the parameter named)."""
        found = self.objects.get(kind, {}).get(id)
        if found is None:
            raise missing_resource(kind, id, param)
        return found

    def find(self, id: str) -> Json | None:
        """The object of any kind with this id, or None."""
        return next((things[id] for things in self.objects.values() if id in things), None)

    def all(self, kind: str) -> list[Json]:
        """Every object of a kind, newest first, as Stripe lists them."""
        return list(reversed(self.objects.get(kind, {}).values()))

    def schedule(self, kind: str, subject: str, *, due: float) -> None:
        """Have a thing happen to `subject` at a moment of the sandbox's clock (see `timers`)."""
        self.timers.append({"kind": kind, "subject": subject, "due": due, "number": self.next_number()})

    def wait(self, seconds: float) -> None:
        """Let the sandbox's clock run for so long. Others work meanwhile."""
        with self.lock:
            until = self.clock.now() + seconds
            self.changed.notify_all()
            while (left := until - self.clock.now()) > 0:
                self.changed.wait(left)

    def touched(self) -> None:
        """Something changed: wake the background thread, and have the snapshot written."""
        self.dirty = True
        self.changed.notify_all()

    def kept(self) -> Json:
        """What a snapshot holds, as JSON."""
        return {"clock_offset_seconds": self.clock.offset_seconds} | {name: getattr(self, name) for name in KEPT}

    def restore(self, snapshot: Json) -> None:
        """Become what a snapshot says. The clock moves forward to the snapshot's, never back."""
        self.clear()
        self.clock.offset_seconds = max(self.clock.offset_seconds, snapshot["clock_offset_seconds"])
        for name in KEPT:
            setattr(self, name, snapshot.get(name, getattr(self, name)))


Operation = Callable[[State, Json, tuple[str, ...]], Json]
"""What an endpoint does: the state, the checked parameters and the ids in the path; answers with an object."""


def new_id(prefix: str, length: int = 24) -> str:
    """An id in Stripe's form: prefix, underscore, letters and digits."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(length))}"
