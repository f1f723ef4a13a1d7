"""Look at what Stripe shows of an attempt: its page, or its intent and the reader."""

from __future__ import annotations

from datetime import datetime

from server.gateway import checkout, intents, readers
from server.gateway.intents import Charge, Intent
from server.payments import rules
from server.payments.models import Payment
from server.payments.rules import Seen, Status, Verdict

# The reader does not show the attempt: it never came there, or something took its place.
_ABSENT = ("reader_interrupted", "reader_replaced")


def new_charge(intent: Intent | None, others: list[Payment]) -> Charge | None:
    """Return the intent's latest charge, unless it is another attempt's."""
    if intent is None or intent.charge is None:
        return None
    return None if intent.charge.id in {other.stripe_charge_id for other in others} else intent.charge


def see_page(payment: Payment) -> tuple[Verdict, Intent | None]:
    """Return what became of an attempt by its page. Raises Refused, NotNow, OutcomeUnknown."""
    if payment.stripe_session_id is None:
        # Its address never reached us, let alone the customer.
        return Verdict(status=Status.CANCELED, failure_code="interrupted"), None
    page = checkout.get_session(payment.stripe_session_id)
    charge = page.intent.charge if page.intent else None
    verdict = rules.read_page(
        page.status,
        intent_status=page.intent.status if page.intent else None,
        was_on_its_way=rules.is_debit(payment.method, payment.status),
        failure_code=(charge.decline_code or charge.failure_code) if charge else None,
    )
    return verdict, page.intent


def see_reader(payment: Payment, others: list[Payment], *, now: datetime) -> tuple[Verdict, Intent | None]:
    """Return what became of an attempt on a reader; `others` shared its intent. Raises Refused, NotNow,
    OutcomeUnknown.
    """
    if payment.stripe_intent_id is None:
        # The reader is only lit after the intent is written down: nothing was charged.
        return Verdict(status=Status.FAILED, failure_code="interrupted"), None
    intent = intents.get_intent(payment.stripe_intent_id)
    if intent.status == "succeeded":
        return Verdict(status=Status.SUCCEEDED), intent
    state = readers.find(payment.reader_id or "")
    is_ours = state is not None and state.action_intent_id == intent.id
    if state is None or not is_ours or state.action_status != "in_progress":
        # A card may have been read since: of a reader that is done, the intent says what came of it.
        intent = intents.get_intent(payment.stripe_intent_id)
    charge = new_charge(intent, others)
    settling = rules.is_settling(
        payment.status,
        created_at=payment.created_at,
        sent_at=payment.sent_at,
        unknown_since=payment.unknown_since,
        now=now,
    )
    verdict = rules.read_reader(
        Seen(
            intent_status=intent.status,
            reader_is_gone=state is None,
            action_is_ours=is_ours,
            action_may_be_older=bool(others) and payment.status in (Status.CREATED, Status.UNKNOWN),
            action_status=state.action_status if state else None,
            action_failure=state.failure_code if state else None,
            charge_is_new=charge is not None,
            charge_failure=(charge.decline_code or charge.failure_code) if charge else None,
            capture_before=intent.capture_before,
            cancellation=intent.cancellation,
            was_held=payment.capture_before is not None,
        )
    )
    if settling and verdict.failure_code in _ABSENT:
        return Verdict(status=payment.status), intent
    return verdict, intent
