"""Offer tips on the readers, or stop: call, write down."""

from __future__ import annotations

from typing import Any

from server.business import operations as business_operations
from server.business import queries as business
from server.core.database import transaction
from server.gateway import tipping
from server.payments import queries
from server.payments.models import Payment


def offered_with(payment: Payment) -> bool:
    """Say whether the customer is offered a tip."""
    with transaction() as session:
        return payment.currency in business.get_profile(session).tips


def set_tips(*, tips: dict[str, Any]) -> None:
    """Offer these tips on every reader, or none. Asked for again it is done again, and changes nothing.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    with transaction() as session:
        locations = {reader.location_id for reader in session.scalars(queries.readers_statement())}
    configuration_id = tipping.configure(tips) if tips else None
    for location_id in sorted(locations):
        tipping.follow(location_id, configuration_id)
    with transaction() as session:
        business_operations.change_settings(session, {"tips": tips})
