"""Cards that a phone's app takes through the mobile SDK: what it collects by, and what became of it."""

from __future__ import annotations

from datetime import datetime

from server.core import log, queue
from server.core.database import transaction
from server.gateway import intents
from server.gateway.intents import Intent
from server.payments import operations, queries, rules
from server.payments.models import Payment
from server.payments.rules import OPEN, Method, SdkSeen, Status, Verdict

_log = log.get("payments")


def client_secret(payment: Payment, *, asked_by: str) -> str | None:
    """Return the secret by which the SDK collects a payment, for whoever began it and while it is open; else None.

    It is kept nowhere. Raises Refused, NotNow, OutcomeUnknown.
    """
    ours = payment.method is Method.MOBILE_READER and payment.taken_by == asked_by and payment.status in OPEN
    return intents.get_secret(payment.stripe_intent_id) if ours and payment.stripe_intent_id else None


def see(payment: Payment, *, now: datetime) -> tuple[Verdict, Intent | None]:
    """Return what Stripe shows of an attempt. One that nobody finished in time is closed first.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    if payment.stripe_intent_id is None:
        # Its secret was told to nobody.
        return Verdict(status=Status.FAILED, failure_code="interrupted"), None
    intent = intents.get_intent(payment.stripe_intent_id)
    if intent.status not in rules.MONEY and now - payment.created_at > rules.SDK_PATIENCE:
        intent = intents.cancel_intent(payment.stripe_intent_id)
    charge = intent.charge
    seen = SdkSeen(
        intent_status=intent.status,
        charge_failure=(charge.decline_code or charge.failure_code) if charge and charge.status == "failed" else None,
        capture_before=intent.capture_before,
        cancellation=intent.cancellation,
        was_held=payment.capture_before is not None,
    )
    return rules.read_sdk(seen), intent


def take_up(*, intent_id: str, now: datetime) -> Payment | None:
    """Count a card that a phone took without us, or say that it was declined, and let go of what must not take money
    any more. Safe any number of times. Returns the payment it is, or None. Raises Refused, NotNow, OutcomeUnknown.
    """
    intent = intents.get_intent(intent_id)
    if intent.status not in rules.MONEY:
        with transaction() as session:
            operations.note_declined(session, intent=intent, now=now)
            operations.end_hold(session, intent_id=intent_id, now=now)
        return None
    with transaction() as session:
        taken = operations.take_up(session, intent=intent, now=now)
    if taken.to_cancel is not None:
        intents.cancel_intent(taken.to_cancel)
    _log.info("intent_taken_up", payment_id=taken.payment.id if taken.payment else None)
    return taken.payment


def look_for_forwarded(*, now: datetime) -> None:
    """Take up cards that phones took, or hold an amount on, without us and whose events were lost, and see what became
    of those held for nothing of ours. Safe any number of times; what fails for one holds up no other.

    Raises Refused, NotNow, OutcomeUnknown.
    """
    in_person = [found for found in intents.list_with_money(now - rules.FORWARDED_WITHIN) if found.in_person]
    with transaction() as session:
        strangers = queries.list_strangers(session, {found.id: found.payment_id or "" for found in in_person})
        held = [hold.id for hold in session.scalars(queries.unnamed_holds_statement(now=now))]
    queue.each(dict.fromkeys([*strangers, *held]), lambda intent_id: take_up(intent_id=intent_id, now=now))
