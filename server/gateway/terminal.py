"""Stripe Terminal's own objects, as Stripe shows them: for phones whose SDK and apps speak of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.gateway.client import call, client

Json = dict[str, Any]


def list_locations(*, after: str | None = None, limit: int = 100) -> tuple[list[Json], bool]:
    """Return places where readers are used, and whether there are more. Raises Refused, NotNow, OutcomeUnknown."""
    wanted: Any = {"limit": limit, **({"starting_after": after} if after else {})}
    with call():
        page = client().v1.terminal.locations.list(wanted)
    return [found.to_dict() for found in page.data], page.has_more


def create_location(*, name: str, address: Mapping[str, str | None], key: str) -> Json:
    """Register a place, its address in Stripe's parts. Same key, same place. Raises Refused, NotNow, OutcomeUnknown."""
    wanted: Any = {"display_name": name, "address": {part: value for part, value in address.items() if value}}
    with call():
        return client().v1.terminal.locations.create(wanted, {"idempotency_key": key}).to_dict()
