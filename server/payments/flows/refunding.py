"""Give money back: write down, call, write down."""

from __future__ import annotations

from datetime import datetime

from server.access.rules import Role
from server.core import log
from server.core.database import transaction
from server.gateway import refunds
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.payments import operations, queries, rules
from server.payments.flows import interac
from server.payments.flows.looking import look
from server.payments.models import Refund
from server.payments.operations import readers as sharing
from server.payments.rules import Method, RefundStatus

_log = log.get("payments")


def refund(
    *,
    payment_id: str,
    refund_id: str,
    amount_minor: int,
    tip_minor: int = 0,
    reason: str,
    reader_id: str | None = None,
    from_credit: bool = False,
    by_hand: Method | None = None,
    reference: str | None = None,
    requested_by: str,
    role: Role,
    technician_id: str | None = None,
    now: datetime,
) -> Refund:
    """Give a payment back, in full or in part, or go on where an earlier call with this id was interrupted.

    Above the caller's limit it waits for a second person. Money that came by hand goes back by hand and is recorded
    at once; `from_credit` gives back the customer's credit alone, perhaps `by_hand`. Interac goes back at a reader,
    which is held, and then waits for the card that paid. Raises NoSuchPayment, NoSuchReader, ReaderHeld, and what
    operations.open_refund raises.
    """
    log.bind(payment_id=payment_id, refund_id=refund_id)
    with transaction() as session:
        queries.get_payment(session, payment_id, technician_id=technician_id)
        if reader_id is not None:
            queries.get_reader(session, reader_id)
        opened = operations.open_refund(
            session,
            refund_id=refund_id,
            payment_id=payment_id,
            amount_minor=amount_minor,
            tip_minor=tip_minor,
            reason=reason,
            reader_id=reader_id,
            from_credit=from_credit,
            by_hand=by_hand,
            reference=reference,
            requested_by=requested_by,
            role=role,
            now=now,
        )
        sharing.hold_for_refund(session, opened, is_office=role is not Role.TECHNICIAN, now=now)
    return _go_on(opened, now=now)


def approve_refund(*, refund_id: str, approved_by: str, now: datetime) -> Refund:
    """Be the second person: let a refund that waits go ahead.

    Raises NoSuchRefund, SecondPersonNeeded, RefundDecided, RefundTooHigh, ReaderHeld.
    """
    log.bind(refund_id=refund_id)
    with transaction() as session:
        approved = operations.approve_refund(session, refund_id=refund_id, approved_by=approved_by, now=now)
        sharing.hold_for_refund(session, approved, now=now)
    return _go_on(approved, now=now)


def _go_on(opened: Refund, *, now: datetime) -> Refund:
    if opened.status is not RefundStatus.CREATED or opened.released_at is None:
        return opened
    if now - opened.released_at > rules.KEY_LIFE:
        return ask_about_refund(refund_id=opened.id, now=now)
    return interac.light(opened, now=now) if opened.reader_id is not None else _send(opened, now=now)


def _send(opened: Refund, *, now: datetime) -> Refund:
    """Ask Stripe to give the money back. The key follows from the refund's id, written down before the call."""
    with transaction() as session:
        payment = queries.get_payment(session, opened.payment_id)
    intent_id = payment.stripe_intent_id or ""
    try:
        seen = refunds.create_refund(
            key=f"{opened.id}:create",
            refund_id=opened.id,
            intent_id=intent_id,
            amount_minor=opened.amount_minor,
            currency=opened.currency,
        )
    except Refused as refusal:
        _log.warning("refund_refused", refund_id=opened.id, reason=refusal.reason)
        return _conclude_refused(opened, intent_id, refusal, now=now)
    except NotNow:
        return opened  # it never ran: the worker sends it again
    except OutcomeUnknown:
        with transaction() as session:
            return operations.suspect_refund(session, refund_id=opened.id, now=now)
    with transaction() as session:
        operations.record_card_refund(session, payment_id=payment.id, seen=seen, now=now)
        return queries.get_refund(session, opened.id)


def _conclude_refused(opened: Refund, intent_id: str, refusal: Refused, *, now: datetime) -> Refund:
    """Write down that Stripe said no, unless it gives this money back already: the same key sent at the same time."""
    try:
        look(intent_id=intent_id, now=now)
    except (Refused, NotNow, OutcomeUnknown):
        with transaction() as session:
            return operations.suspect_refund(session, refund_id=opened.id, now=now)
    with transaction() as session:
        return operations.give_up_refund(session, refund_id=opened.id, failure_code=refusal.reason, now=now)


def ask_about_refund(*, refund_id: str, now: datetime) -> Refund:
    """Ask Stripe what became of a refund, and write it down. Safe at any moment, any number of times.

    One that Stripe never got is sent again under its key, as long as Stripe remembers keys; after that it has failed.
    """
    log.bind(refund_id=refund_id)
    with transaction() as session:
        known = queries.get_refund(session, refund_id)
        payment = queries.get_payment(session, known.payment_id)
    if known.released_at is None or payment.method not in rules.BY_CARD or known.by_hand:
        return known
    if known.reader_id is not None:
        return interac.ask(known, now=now)
    try:
        look(intent_id=payment.stripe_intent_id or "", now=now)
    except (Refused, NotNow, OutcomeUnknown) as failure:
        _log.warning("refund_not_resolved", refund_id=refund_id, reason=failure.code)
        with transaction() as session:
            return operations.postpone_refund_check(session, refund_id=refund_id, now=now)
    with transaction() as session:
        now_is = operations.postpone_refund_check(session, refund_id=refund_id, now=now)
    if now_is.status not in rules.REFUND_UNSURE:
        return now_is
    if now - known.released_at <= rules.KEY_LIFE:
        return _send(now_is, now=now)
    with transaction() as session:
        return operations.give_up_refund(session, refund_id=refund_id, failure_code="interrupted", now=now)
