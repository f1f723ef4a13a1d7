"""Learn what Stripe kept of a payment."""

from __future__ import annotations

from datetime import datetime

from server.core import log, queue
from server.core.database import transaction
from server.gateway import balance
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.payments import operations, queries, rules
from server.payments.operations import fees as fee_operations
from server.payments.rules import Status

_log = log.get("payments")


def learn_fees(*, payment_id: str, now: datetime) -> None:
    """Ask Stripe what it kept of a card payment and its refunds, and book it. Safe at any moment, any number of times.

    Raises NoSuchPayment, Refused, NotNow, OutcomeUnknown.
    """
    log.bind(payment_id=payment_id)
    with transaction() as session:
        payment = queries.get_payment(session, payment_id)
    intent_id = payment.stripe_intent_id
    if payment.status is not Status.SUCCEEDED or payment.method not in rules.BY_CARD or intent_id is None:
        return
    lines = balance.list_of_payment(intent_id)
    with transaction() as session:
        operations.book_fees(session, payment_id=payment_id, lines=lines, now=now)


def learn_missing_fees(*, now: datetime) -> None:
    """Ask about every card payment whose fee did not come by an event, and ever less often the longer Stripe does not
    tell it."""
    with transaction() as session:
        silent = queries.list_without_fee(session, now=now)
    queue.each(silent, lambda payment_id: _learn_missing(payment_id, now=now))


def _learn_missing(payment_id: str, *, now: datetime) -> None:
    with transaction() as session:
        fee_operations.note_asked(session, payment_id=payment_id, now=now)
    try:
        learn_fees(payment_id=payment_id, now=now)
    except (Refused, NotNow, OutcomeUnknown) as failure:
        _log.warning("fees_not_learned", payment_id=payment_id, reason=failure.code)
