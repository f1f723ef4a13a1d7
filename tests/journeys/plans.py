"""Another version of the treatment plan, switched on for a while as the owner does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from server.cli.story.players import Json, Players
from tests.journeys.desk import Desk

_WRITTEN = ("name", "basis", "min_gap_days", "large_accounts", "steps", "modifiers", "exits")


def in_force(street: Players) -> Json:
    """The version that is switched on."""
    plans: list[Json] = street.office("GET", "/dunning/plans")["items"]
    return next(plan for plan in plans if plan["in_force"])


@contextmanager
def treating(street: Players, owner: Desk, **changed: Any) -> Iterator[str]:
    """Have a version in force that differs so; yield what its page says. Afterwards what was holds
    again."""
    before = {name: in_force(street)[name] for name in _WRITTEN}
    differs = _switch_on(street, owner, {**before, **changed})
    try:
        yield differs
    finally:
        _switch_on(street, owner, before)


def _switch_on(street: Players, owner: Desk, wanted: Json) -> str:
    """Write a version, see at the desk how it differs and what it would do, and switch it on."""
    before = in_force(street)["plan_id"]
    plan_id = street.office("POST", "/dunning/plans", wanted, status=201)["plan_id"]
    page = f"/chase/plans/{plan_id}"
    street.office("POST", f"/dunning/plans/{plan_id}/switch", status=409)  # nobody saw it dry
    shown = owner.read(page, other_id=before)
    assert "nothing was sent" in owner.send(f"{page}/dry-run", on=page, as_of=street.now()[:10])
    assert "Switched on" in owner.send(f"{page}/switch", on=page)
    return shown
