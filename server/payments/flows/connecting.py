"""Make readers and phones known to Stripe."""

from __future__ import annotations

from datetime import datetime

from server.business import operations as business_operations
from server.business import queries as business
from server.core.database import transaction
from server.gateway import readers
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
    state = readers.register(registration_code=registration_code, label=label, location_id=location_id)
    with transaction() as session:
        return operations.add_reader(session, state=state, location_id=location_id, now=now)


def connection_token() -> str:
    """Return a secret by which the mobile SDK connects a phone to its reader, once. Never cached: each works once.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    return readers.connection_token()
