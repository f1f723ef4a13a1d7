"""Take what a card holds: write down, call, write down."""

from __future__ import annotations

from datetime import datetime

from server.core import log, queue
from server.core.database import transaction
from server.gateway import amounts, intents
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.payments import operations, queries
from server.payments.flows import asking, collecting
from server.payments.models import Payment
from server.payments.operations import CannotCancel, InvoiceSettled
from server.payments.rules import OPEN, Status, Verdict

_log = log.get("payments")


def capture(
    *, payment_id: str, amount_minor: int | None = None, technician_id: str | None = None, now: datetime
) -> Payment:
    """Take what a card holds for a payment, or a part of it; the bank lets go of the rest.

    What Interac or a card took at once is answered as it is. Raises AmountNotChargeable, Refused, and what
    operations.open_capture raises.
    """
    log.bind(payment_id=payment_id)
    with transaction() as session:
        currency = queries.get_payment(session, payment_id, technician_id=technician_id).currency
        if amount_minor is not None:
            amounts.require_steps(amount_minor, currency)
        asked = operations.open_capture(
            session, payment_id=payment_id, amount_minor=amount_minor, step_minor=amounts.step_minor(currency)
        )
    return asked if asked.status is Status.SUCCEEDED else _send(asked, now=now)


def _send(asked: Payment, *, now: datetime) -> Payment:
    """Ask Stripe for the amount. An intent is captured once, whatever the key: the next look has a key of its own, so
    that an error kept under the one before does not stand until the bank lets go. The tip is taken on top: what the
    card holds includes it."""
    try:
        held = intents.get_intent(asked.stripe_intent_id or "")
    except (NotNow, OutcomeUnknown):
        return asked  # nothing was sent: the worker tries again
    try:
        intents.capture_intent(
            held.id,
            key=f"{asked.id}:capture:{asked.checks}",
            amount_minor=(asked.capture_minor or 0) + held.tip_minor,
            currency=asked.currency,
        )
    except Refused:
        found = asking.ask(payment_id=asked.id, now=now)
        if found.status in OPEN:
            with transaction() as session:
                operations.withdraw_capture(session, payment_id=asked.id)
            raise
        return found
    except NotNow:
        return asked  # it never ran: the worker sends it again
    except OutcomeUnknown:
        with transaction() as session:
            verdict = Verdict(status=Status.UNKNOWN)
            return operations.record_verdict(session, payment_id=asked.id, verdict=verdict, now=now)
    return asking.ask(payment_id=asked.id, now=now)


def capture_due(*, now: datetime) -> None:
    """Take what was asked for and not taken yet, and what a bank is about to let go. Safe any number of times; what
    fails for one holds up no other, whose hold may run out."""
    with transaction() as session:
        due = queries.list_to_capture(session, now=now)
    queue.each(due, lambda payment_id: _try(payment_id, now=now))


def _try(payment_id: str, *, now: datetime) -> None:
    try:
        _capture_by_itself(payment_id, now=now)
    except (Refused, NotNow, OutcomeUnknown, CannotCancel) as failure:
        _log.error("hold_not_captured", payment_id=payment_id, reason=failure.code)


def _capture_by_itself(payment_id: str, *, now: datetime) -> None:
    """Never take more than is owed by now, and nothing of what was paid another way meanwhile."""
    found = asking.ask(payment_id=payment_id, now=now)
    if found.status is not Status.PROCESSING or found.capture_before is None:
        return
    try:
        capture(payment_id=payment_id, now=now)
    except InvoiceSettled:
        _log.info("hold_released", payment_id=payment_id)
        collecting.cancel(payment_id=payment_id, now=now)
