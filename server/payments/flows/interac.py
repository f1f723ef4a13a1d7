"""Give Interac money back at a reader: write down, call, write down.

The card that paid is asked for again, so a refund waits for somebody as a payment does. Stripe's list of refunds
decides; the reader says why there is none.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from server.core import clock, log
from server.core.database import InUse, alone, transaction
from server.core.errors import Conflict
from server.gateway import readers
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.gateway.readers import ReaderState
from server.payments import operations, queries, rules
from server.payments.flows.looking import look
from server.payments.models import Refund
from server.payments.operations import readers as sharing
from server.payments.rules import REFUND_UNSURE, RefundSeen, RefundStatus, RefundVerdict
from server.payments.rules.readers import lane

# A cart on the screen may be replaced: nobody is paying.
_REPLACEABLE = ("set_reader_display",)
_log = log.get("payments")


class RefundCannotCancel(Conflict):
    """This refund can no longer be canceled."""

    code = "refund_cannot_cancel"


def light(opened: Refund, *, now: datetime) -> Refund:
    """Have the reader ask for the card. The key follows from the refund's id, written down before the call.

    A reader that is busy with anything else is left alone.
    """
    reader_id = opened.reader_id or ""
    try:
        with alone(lane(reader_id)):
            with transaction() as session:
                sharing.hold_for_refund(session, opened, now=clock.now())
            before = readers.find(reader_id)
            if _busy(before) and not _ours(before, opened):
                return _conclude(opened, RefundStatus.FAILED, "terminal_reader_busy", now=now)
            state = readers.refund(
                reader_id,
                intent_id=_intent_id(opened),
                amount_minor=opened.amount_minor,
                currency=opened.currency,
                refund_id=opened.id,
                key=f"{opened.id}:reader",
            )
    except InUse:
        return opened  # whoever is at it knows more soon; the worker asks
    except sharing.ReaderHeld:
        return _conclude(opened, RefundStatus.FAILED, "reader_taken", now=now)
    except Refused as refusal:
        with suppress(Refused, NotNow, OutcomeUnknown):
            look(intent_id=_intent_id(opened), now=now)
        return _conclude(opened, RefundStatus.FAILED, refusal.reason, now=now)
    except NotNow as busy:
        return _conclude(opened, RefundStatus.FAILED, busy.code, now=now)
    except OutcomeUnknown:
        return _conclude(opened, RefundStatus.UNKNOWN, None, now=now)
    if state.action_status != "in_progress":
        return ask(opened, now=now)
    return _conclude(opened, RefundStatus.WAITING, None, now=now)


def ask(known: Refund, *, now: datetime) -> Refund:
    """Ask the reader, then Stripe, what became of a refund, and write it down. It is never sent again from here: who
    would present the card? One that waited too long is taken off the reader first.
    """
    log.bind(refund_id=known.id)
    try:
        state = readers.find(known.reader_id or "")
        waited = now - (known.released_at or now)
        overdue = waited >= rules.CARD_AWAITED and _in_progress(state, known)
        if overdue and known.status in REFUND_UNSURE:
            _take_off(known, waited)
        look(intent_id=_intent_id(known), now=now)
    except (InUse, Refused, NotNow, OutcomeUnknown) as failure:
        _log.warning("refund_not_resolved", refund_id=known.id, reason=failure.code)
        with transaction() as session:
            return operations.postpone_refund_check(session, refund_id=known.id, now=now)
    with transaction() as session:
        now_is = operations.postpone_refund_check(session, refund_id=known.id, now=now)
    if now_is.status not in REFUND_UNSURE or now_is.status is not known.status:
        return now_is
    seen = RefundSeen(
        action_is_ours=_ours(state, known),
        action_status=state.action_status if state else None,
        action_failure=state.failure_code if state else None,
        waited=waited,
    )
    verdict = rules.read_refund_at_reader(seen, status=now_is.status)
    if overdue:
        verdict = RefundVerdict(status=RefundStatus.FAILED, failure_code="timed_out")
    with transaction() as session:
        return operations.record_reader_refund(session, refund_id=known.id, verdict=verdict, now=now)


def _take_off(refund: Refund, waited: timedelta) -> None:
    """End what the reader is doing. One that is gone for good may keep it: whatever it does later is booked."""
    try:
        with alone(lane(refund.reader_id)):
            if _in_progress(readers.find(refund.reader_id or ""), refund):
                readers.cancel(refund.reader_id or "")
    except Refused:
        if waited < rules.KEY_LIFE:
            raise


def cancel_refund(*, refund_id: str, technician_id: str | None = None, now: datetime) -> Refund:
    """Take a refund off the reader, while it is busy with this very one. A card that was quicker wins: the refund then
    answers as given back. Raises RefundCannotCancel, NoSuchRefund, NoSuchPayment, InUse, NotNow, OutcomeUnknown.
    """
    with transaction() as session:
        known = queries.get_refund(session, refund_id)
        queries.get_payment(session, known.payment_id, technician_id=technician_id)
    if known.status is RefundStatus.CANCELED:
        return known
    if known.reader_id is None or known.status not in REFUND_UNSURE:
        raise RefundCannotCancel(refund_status=known.status)
    try:
        with alone(lane(known.reader_id)):
            is_waiting = _in_progress(readers.find(known.reader_id), known)
            if is_waiting:
                readers.cancel(known.reader_id)
        if not is_waiting:
            return ask(known, now=now)
        look(intent_id=_intent_id(known), now=now)
    except Refused as refusal:
        raise RefundCannotCancel(reason=refusal.reason) from refusal
    verdict = RefundVerdict(status=RefundStatus.CANCELED, failure_code="canceled")
    with transaction() as session:
        return operations.record_reader_refund(session, refund_id=refund_id, verdict=verdict, now=now)


def _busy(state: ReaderState | None) -> bool:
    return state is not None and state.action_status == "in_progress" and state.action_type not in _REPLACEABLE


def _ours(state: ReaderState | None, refund: Refund) -> bool:
    return state is not None and state.action_refund_id == refund.id


def _in_progress(state: ReaderState | None, refund: Refund) -> bool:
    return state is not None and _ours(state, refund) and state.action_status == "in_progress"


def _intent_id(refund: Refund) -> str:
    with transaction() as session:
        return queries.get_payment(session, refund.payment_id).stripe_intent_id or ""


def _conclude(refund: Refund, status: RefundStatus, failure_code: str | None, *, now: datetime) -> Refund:
    """Write down what the call that began a refund told, unless another wrote down more meanwhile."""
    verdict = RefundVerdict(status=status, failure_code=failure_code)
    with transaction() as session:
        now_is, _, _ = queries.get_refund_locked(session, refund.id)
        if now_is.status is not RefundStatus.CREATED:
            return now_is
        return operations.record_reader_refund(session, refund_id=refund.id, verdict=verdict, now=now)
