"""Make readers and phones known to Stripe."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from server.business import operations as business_operations
from server.business import queries as business
from server.core import ids
from server.core.database import transaction
from server.gateway import readers, terminal
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.gateway.readers import ReaderState
from server.payments import queries
from server.payments.models import Reader
from server.payments.operations import readers as operations


def register_reader(*, registration_code: str, label: str, location_id: str | None, now: datetime) -> Reader:
    """Register a card reader, at the business's own address where no location is named.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    with transaction() as session:
        profile = business.get_profile(session)
        location_id = location_id or profile.stripe_location_id
    if location_id is None:
        location_id = readers.create_location(name=profile.name, address=profile.address, key="location:bus_1")
        with transaction() as session:
            business_operations.set_location(session, location_id=location_id)
    try:
        state = readers.register(registration_code=registration_code, label=label, location_id=location_id)
    except (Refused, OutcomeUnknown):
        # A code is good once: when its answer was lost, the reader is at Stripe and its code refused from then on.
        found = _find_unknown(label=label, location_id=location_id)
        if found is None:
            raise
        state = found
    with transaction() as session:
        return operations.add_reader(session, state=state, location_id=location_id, now=now)


def _find_unknown(*, label: str, location_id: str) -> ReaderState | None:
    """Return the one reader of this name and place that Stripe knows and we do not, or None."""
    try:
        at_stripe = readers.list_all()
    except (Refused, NotNow, OutcomeUnknown):
        return None
    with transaction() as session:
        known = {reader.id for reader in session.scalars(queries.readers_statement())}
    found = [
        state
        for state in at_stripe.values()
        if state.id not in known and (state.label, state.location_id) == (label, location_id)
    ]
    return found[0] if len(found) == 1 else None


def connection_token() -> str:
    """Return a secret by which the mobile SDK connects a phone to its reader, once. Never cached: each works once.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    return readers.connection_token()


def list_locations(*, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the places where readers are used. Raises Refused, NotNow, OutcomeUnknown."""
    found, more = terminal.list_locations(after=cursor, limit=limit)
    return {"items": [_location(each) for each in found], "next_cursor": found[-1]["id"] if more else None}


def create_location(*, display_name: str, address: dict[str, str | None]) -> dict[str, Any]:
    """Register a place where readers are used; the same again within a day is the same place.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    parts = {"state" if part == "region" else part: value for part, value in address.items()}
    key = ids.derived("loc", display_name, json.dumps(parts, sort_keys=True))
    return _location(terminal.create_location(name=display_name, address=parts, key=key))


def _location(found: dict[str, Any]) -> dict[str, Any]:
    address = {"region" if part == "state" else part: value for part, value in found["address"].items()}
    return {"id": found["id"], "display_name": found["display_name"], "address": address}
