"""Stripe's events: verify on the raw bytes, store once, defer, answer 200."""

from __future__ import annotations

from flask import Blueprint, request

from server.access.rules import public
from server.core import clock
from server.core.database import transaction
from server.gateway import events
from server.payments import operations
from server.payments.rules import ABOUT_FEES

blueprint = Blueprint("webhooks", __name__)

OURS = (
    "payment_intent.succeeded",
    "payment_intent.amount_capturable_updated",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "terminal.reader.action_succeeded",
    "terminal.reader.action_failed",
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    *ABOUT_FEES,
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "payout.created",
    "payout.updated",
    "payout.paid",
    "payout.failed",
    "payout.canceled",
    "payout.reconciliation_completed",
)


@blueprint.post("/webhooks/stripe")
@public("Stripe proves itself by the signature of the body")
def receive() -> tuple[dict[str, bool], int]:
    """Take an event. A type we have no use for, and another account's, are taken and dropped."""
    now = clock.now()
    event = events.verify(request.get_data(), request.headers.get("Stripe-Signature", ""), now=now)
    if event.type in OURS and event.account is None:
        with transaction() as session:
            operations.keep_event(session, event=event, now=now)
    return {"received": True}, 200
