"""Charge a saved card for a part of a payment plan."""

from __future__ import annotations

from datetime import datetime

from server.core.database import transaction
from server.core.errors import Problem
from server.dunning import operations
from server.payments import flows as payments

# These pass by themselves: another payment is under way, what the part was for is paid, or Stripe is away and nobody
# could close the page that the customer has open. No card was asked.
_PASSING = frozenset(
    {
        "payment_in_flight",
        "payment_outcome_unknown",
        "invoice_settled",
        "amount_too_high",
        "stripe_busy",
        "stripe_outcome_unknown",
        "refused_by_stripe",
    }
)


def charge_part(*, plan_id: str, now: datetime) -> None:
    """Charge what is due of a plan to its card, or go on where an earlier call was interrupted.

    What was written down first names the payment, so that however often this runs no attempt charges twice.
    """
    with transaction() as session:
        begun = operations.begin_charge(session, plan_id=plan_id, now=now)
    if begun is None:
        return
    charge, card_id = begun
    try:
        payments.charge_saved(
            payment_id=charge.payment_id,
            invoice_id=charge.invoice_id,
            saved_card_id=card_id,
            amount_minor=charge.amount_minor,
            taken_by="payment_plan",
            now=now,
        )
    except Problem as refused:
        with transaction() as session:
            operations.record_refusal(
                session, payment_id=charge.payment_id, code=refused.code, is_passing=refused.code in _PASSING
            )
