"""Keep cards at Stripe and let them go, and see what became of a charge: write down, call, write down."""

from __future__ import annotations

from datetime import datetime

from server.core.database import transaction
from server.customers import queries as customers
from server.gateway import customers as stripe_customers
from server.gateway import intents
from server.gateway.client import Refused
from server.gateway.intents import Intent
from server.payments import operations, queries, rules
from server.payments.models import Payment
from server.payments.rules import Status, Verdict


def customer_to_keep_for(payment: Payment) -> str | None:
    """Return Stripe's id of the customer who lets us keep the card they pay with, known to Stripe from now on; None
    where they did not agree. Raises Refused, NotNow, OutcomeUnknown."""
    with transaction() as session:
        consent = queries.find_consent(session, payment.id)
        if consent is None or consent.withdrawn_at is not None:
            return None
        known = consent.stripe_customer_id or queries.find_stripe_customer(session, consent.customer_id)
        customer = customers.get_customer(session, consent.customer_id)
    stripe_customer_id = known or stripe_customers.create_customer(
        key=f"{consent.id}:customer", customer_id=customer.id, name=customer.name, email=customer.email
    )
    if consent.stripe_customer_id is None:
        with transaction() as session:
            operations.attach_customer(session, card_id=consent.id, stripe_customer_id=stripe_customer_id)
    return stripe_customer_id


def let_card_go(*, card_id: str) -> None:
    """Have Stripe forget a card whose customer took their consent back. Raises NotNow, OutcomeUnknown, Refused."""
    with transaction() as session:
        card = queries.get_saved_card(session, card_id)
    if card.stripe_method_id is None:
        return
    try:
        stripe_customers.detach_card(card.stripe_method_id)
    except Refused as refusal:
        if refusal.reason not in ("resource_missing", "payment_method_unexpected_state", "invalid_request"):
            raise  # anything else than: it is let go already


def see_charge(payment: Payment, *, now: datetime) -> tuple[Verdict, Intent | None]:
    """Return what became of a charge. One that was never confirmed is ended, so that it cannot be any more.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    settling = rules.is_settling(
        payment.status,
        created_at=payment.created_at,
        sent_at=payment.sent_at,
        unknown_since=payment.unknown_since,
        now=now,
    )
    if payment.stripe_intent_id is None:
        # The card is only charged after the intent is written down.
        nothing = Verdict(status=Status.FAILED, failure_code="interrupted")
        return Verdict(status=payment.status) if settling else nothing, None
    intent = intents.get_intent(payment.stripe_intent_id)
    charge = intent.charge
    failure_code = (charge.decline_code or charge.failure_code) if charge else None
    verdict = rules.read_charge(intent.status, failure_code=failure_code)
    if verdict is not None:
        return verdict, intent
    if settling:
        return Verdict(status=payment.status), intent
    ended = intents.cancel_intent(intent.id)
    return rules.read_charge(ended.status, failure_code=None) or Verdict(status=payment.status), ended
