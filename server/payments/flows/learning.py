"""Act on what Stripe's events are about, by asking Stripe."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.core import queue
from server.core.database import transaction
from server.gateway import intents, refunds
from server.payments import queries, rules
from server.payments.flows import asking, debits, fees, mobile, refunding
from server.payments.flows.looking import look
from server.payments.models import Payment, StripeEvent


def learn(*, event_id: str, now: datetime) -> None:
    """Act on an event that was stored: ask Stripe about the attempt it concerns, if it is one of ours, and about its
    refunds and fees where the event is about them.

    Raises Refused, NotNow, OutcomeUnknown, so that the task is tried again.
    """
    with transaction() as session:
        event = queries.get_event(session, event_id)
        payment = queries.find_concerned(session, event)
        forwarded = _is_forwarded(session, event, payment)
    if forwarded:
        mobile.take_up(intent_id=event.intent_id or "", now=now)
        return
    if payment is None:
        return
    asking.ask(payment_id=payment.id, now=now)
    if event.type in rules.ABOUT_REFUNDS and event.intent_id is not None:
        look(intent_id=event.intent_id, now=now)
    if event.type in rules.ABOUT_FEES and event.intent_id is not None:
        _learn_fees(event.intent_id, now=now)
    if event.type in rules.ABOUT_RETURNS and event.intent_id is not None:
        debits.look_for_return(intent_id=event.intent_id, now=now)
    _learn_refunds_at_reader(payment.id, now=now)


def look_for_untold(*, now: datetime) -> None:
    """Count what Stripe took for attempts that were given up, and what was given back in its dashboard, where the
    events were lost. Safe any number of times; what fails for one holds up no other. Raises Refused, NotNow,
    OutcomeUnknown.
    """
    since = now - rules.FORWARDED_WITHIN
    taken = {intent.id: intent.payment_id or "" for intent in intents.list_succeeded(since)}
    given = {refund.id: refund.intent_id for refund in refunds.list_since(since)}
    with transaction() as session:
        # Stripe lists by when an intent was made: one that was used again lately may be older.
        given_up = queries.list_given_up(session, [*taken, *queries.list_older_intents(session, since=since)])
        given_up += queries.list_closed_pages(session, taken)
        unknown = queries.list_refunded_untold(session, given)
    queue.each(
        [*given_up, *unknown],
        lambda each: asking.ask(payment_id=each, now=now) if each in given_up else look(intent_id=each, now=now),
    )


def _is_forwarded(session: Session, event: StripeEvent, payment: Payment | None) -> bool:
    """Say whether an event tells of a card taken, or let go, by an intent that we did not make."""
    if payment is None and event.intent_id is not None and event.type == "payment_intent.canceled":
        return True
    if event.type not in rules.ABOUT_FORWARDED or event.intent_id is None:
        return False
    in_person = payment is None or payment.method in rules.IN_PERSON
    return in_person and not queries.is_known_intent(session, event.intent_id)


def _learn_fees(intent_id: str, *, now: datetime) -> None:
    with transaction() as session:
        holder = queries.find_holder(session, intent_id)
    if holder is not None:
        fees.learn_fees(payment_id=holder.id, now=now)


def _learn_refunds_at_reader(payment_id: str, *, now: datetime) -> None:
    with transaction() as session:
        waiting = queries.list_waiting_refunds(session, payment_id)
    for refund_id in waiting:
        refunding.ask_about_refund(refund_id=refund_id, now=now)
