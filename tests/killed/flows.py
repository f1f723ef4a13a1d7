"""What every flow is asked while its process is killed, and what must have come of it in the end.

A flow is one that `server/*/flows` offers: found by listing, so that a new one fails `test_every_flow.py` until it has
a function here that is marked `@kills(...)`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import server
from server.core import clock
from server.core.database import transaction
from server.gateway.events import Event
from server.invoices.models import Invoice
from server.payments import operations
from tests.messages.conftest import MailServer
from tests.shop import Shop

Flow = Callable[..., Any]
FEE = 595  # 2.7 % of 218.45, and 5 cents


@dataclass(frozen=True)
class Plan:
    """What the flow is asked, and what people do when it is over: it asserts what must have come of it."""

    wanted: dict[str, Any]
    finish: Callable[[], None]


Scenario = Callable[[Shop, MailServer, int], Plan]
SCENARIOS: list[tuple[Flow, Scenario]] = []
# They do, for all that there is, what another does that is killed in every run: `make soak` kills them.
IN_SOAK: set[Flow] = set()


def every_flow() -> set[Flow]:
    """Every function that `server/*/flows` offers."""
    found: set[Flow] = set()
    for package in pkgutil.iter_modules(server.__path__, "server."):
        if package.ispkg and f"{package.name}.flows" in _inside(package.name):
            offered = importlib.import_module(f"{package.name}.flows")
            names = getattr(offered, "__all__", [name for name in vars(offered) if not name.startswith("_")])
            functions = (getattr(offered, name) for name in names)
            found |= {each for each in functions if inspect.isfunction(each) and ".flows" in each.__module__}
    return found


def _inside(package: str) -> set[str]:
    return {each.name for each in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}.")}


def kills(flow: Flow, *, in_soak: bool = False) -> Callable[[Scenario], Scenario]:
    """Say which flow a scenario is about."""

    def add(scenario: Scenario) -> Scenario:
        SCENARIOS.append((flow, scenario))
        if in_soak:
            IN_SOAK.add(flow)
        return scenario

    return add


def ids(number: int) -> tuple[str, str]:
    return f"pay_{number}", f"ref_{number}"


def now(**wanted: Any) -> dict[str, Any]:
    return {**wanted, "now": clock.now()}


def paid(shop: Shop, payment_id: str) -> Invoice:
    """An invoice that a card has paid."""
    invoice = shop.invoice()
    shop.collect(invoice, payment_id)
    shop.press("tap")
    shop.ask(payment_id)
    return invoice


def event(number: int, type: str, object_id: str, **about: str | None) -> str:
    """Keep an event as if Stripe had sent it; return its id."""
    known = {"intent_id": None, "payment_id": None, **about}
    event = Event(id=f"evt_{number}", type=type, account=None, object_id=object_id, happened_at=clock.now(), **known)
    with transaction() as session:
        operations.keep_event(session, event=event, now=clock.now())
    return event.id
