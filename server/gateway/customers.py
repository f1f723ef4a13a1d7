"""Customers at Stripe, and the cards they let us keep: charged without them there."""

from __future__ import annotations

from typing import Any

from server.gateway.amounts import to_stripe
from server.gateway.client import call, client
from server.gateway.intents import EXPAND, Intent, read


def create_customer(*, key: str, customer_id: str, name: str, email: str | None) -> str:
    """Make a customer; return Stripe's id. Same key, same customer. Raises Refused, NotNow, OutcomeUnknown."""
    wanted: Any = {"name": name, "metadata": {"customer_id": customer_id}} | ({"email": email} if email else {})
    with call():
        return client().v1.customers.create(wanted, {"idempotency_key": key}).id


def detach_card(method_id: str) -> None:
    """Let go of a kept card: nobody can charge it again. Raises Refused, NotNow, OutcomeUnknown."""
    with call():
        client().v1.payment_methods.detach(method_id)


def prepare_charge(
    *,
    key: str,
    payment_id: str,
    invoice_id: str,
    amount_minor: int,
    currency: str,
    words: str,
    stripe_customer_id: str,
    method_id: str,
) -> Intent:
    """Make a PaymentIntent for a kept card that charges nothing until it is confirmed. Same key, same intent.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    with call():
        made = client().v1.payment_intents.create(
            {
                "amount": to_stripe(amount_minor, currency),
                "currency": currency.lower(),
                "allowed_payment_method_types": ["card"],
                "customer": stripe_customer_id,
                "payment_method": method_id,
                "description": words,
                "metadata": {"payment_id": payment_id, "invoice_id": invoice_id},
                "expand": EXPAND,
            },
            {"idempotency_key": key},
        )
    return read(made)


def confirm_charge(intent_id: str, *, key: str) -> Intent:
    """Charge the kept card, off-session. Same key, same answer. Raises Refused with the bank's reason where it
    declined, NotNow, OutcomeUnknown."""
    with call():
        confirmed = client().v1.payment_intents.confirm(
            intent_id, {"off_session": True, "expand": EXPAND}, {"idempotency_key": key}
        )
    return read(confirmed)
