"""Look at what Stripe has of a payment's refunds."""

from __future__ import annotations

from datetime import datetime

from server.core.database import transaction
from server.gateway import refunds
from server.payments import operations, queries


def look(*, intent_id: str, now: datetime) -> None:
    """Write down every refund that Stripe has of a payment, those made in its dashboard too.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    found = refunds.list_refunds(intent_id)
    with transaction() as session:
        payment = queries.find_holder(session, intent_id)
        for seen in reversed(found if payment is not None else []):
            operations.record_card_refund(session, payment_id=payment.id if payment else "", seen=seen, now=now)
