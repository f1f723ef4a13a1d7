"""A call whose request to Stripe is under way while other things happen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server.payments.rules import Status
from tests.shop import Shop

PATIENCE = 20_000


@dataclass
class Begun:
    """A call in a thread of its own, whose request to Stripe waits for the sandbox's clock."""

    calling: threading.Thread
    answers: list[Any]

    def status(self) -> Status:
        """What the call answered in the end."""
        self.calling.join()
        found: Status = self.answers[0].status
        return found


def begin(shop: Shop, path: str, call: Callable[[], Any], *, hours: int = 1) -> Begun:
    """Make a call; return once its request has arrived at the sandbox, where it takes so many hours."""
    before = delayed(shop)
    shop.fault("latency", path, seconds=3600 * hours)
    answers: list[Any] = []
    calling = threading.Thread(target=lambda: answers.append(call()))
    calling.start()
    for _ in range(PATIENCE):
        if delayed(shop) > before:
            return Begun(calling, answers)
    raise AssertionError("The call never came.")


def delayed(shop: Shop) -> int:
    return sum("latency" in request["faults"] for request in shop.control("GET", "journal")["items"])
