"""Write down money that goes back: who asked, who agreed, what Stripe answered, and the books."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.access import queries as access
from server.access.rules import Role
from server.business import queries as business
from server.core import ids
from server.core.errors import Conflict, Forbidden, Unacceptable
from server.gateway.refunds import CardRefund
from server.invoices.models import Invoice
from server.ledger import operations as ledger
from server.ledger.rules import Kind
from server.payments import queries, rules
from server.payments.models import CreditPayout, Payment, Refund
from server.payments.operations import credit, receipting, undoing
from server.payments.operations.collecting import lands_in
from server.payments.operations.undoing import refund_entry_ids
from server.payments.rules import BY_CARD, GIVEN_BACK, REFUND_UNSURE, Method, RefundStatus, RefundVerdict, Status


class RefundExists(Conflict):
    """There is another refund under this id."""

    code = "refund_exists"


class NothingToRefund(Conflict):
    """This payment brought no money that could be given back."""

    code = "nothing_to_refund"


class RefundTooHigh(Unacceptable):
    """The amount is more than what is left of this payment to give back."""

    code = "refund_too_high"


class RefundDecided(Conflict):
    """This refund does not wait for anybody's approval any more."""

    code = "refund_decided"


class SecondPersonNeeded(Forbidden):
    """Somebody else than who asked for this refund must decide."""

    code = "second_person_needed"


class ReaderNeeded(Unacceptable):
    """This was paid with Interac: the money goes back to that very card only, at a card reader. Choose the reader."""

    code = "reader_needed"


class ReaderNotNeeded(Unacceptable):
    """Only Interac goes back at a card reader: this money goes back by itself. Leave the reader out."""

    code = "reader_not_needed"


def open_refund(
    session: Session,
    *,
    refund_id: str,
    payment_id: str,
    amount_minor: int,
    tip_minor: int = 0,
    reason: str,
    reader_id: str | None,
    from_credit: bool = False,
    by_hand: Method | None = None,
    reference: str | None = None,
    requested_by: str,
    role: Role,
    now: datetime,
) -> Refund:
    """Write down that an amount is to go back; above the role's limit it waits for a second person.

    `from_credit` gives back the customer's credit alone, `by_hand` instead of to the card; `tip_minor` of the amount is
    of the tip, which its technician then owes us where it was paid out to them.

    What earlier refunds have claimed of the payment, those that wait included, cannot be claimed again. The same id
    again is the same refund. Raises RefundExists, NothingToRefund, RefundTooHigh, ReaderNeeded, ReaderNotNeeded.
    """
    payment, invoice = queries.get_locked(session, payment_id)
    known = queries.find_refund(session, refund_id)
    if known is not None:
        asked = (payment_id, amount_minor, tip_minor, reason, reader_id, by_hand)
        was = (known.payment_id, known.amount_minor, known.tip_minor, known.reason, known.reader_id, known.by_hand)
        if was != asked:
            raise RefundExists
        return known
    if payment.status is not Status.SUCCEEDED or payment.reversed_at is not None:
        raise NothingToRefund(payment_status=payment.status)
    at_reader = payment.card_kind == rules.INTERAC and by_hand is None
    if at_reader is not (reader_id is not None):
        raise ReaderNeeded if at_reader else ReaderNotNeeded
    total_minor = _claim(session, payment, amount_minor, tip_minor=tip_minor, from_credit=from_credit)
    refund = Refund(
        id=refund_id,
        payment_id=payment_id,
        amount_minor=amount_minor,
        tip_minor=tip_minor,
        currency=payment.currency,
        status=RefundStatus.AWAITING_APPROVAL,
        reason=reason,
        reader_id=reader_id,
        by_hand=by_hand,
        reference=reference,
        requested_by=requested_by,
        created_at=now,
    )
    session.add(refund)
    if not waits(session, total_minor, currency=payment.currency, role=role):
        _release(session, refund, payment, invoice, now=now)
    session.flush()
    return refund


def _claim(session: Session, payment: Payment, amount_minor: int, *, tip_minor: int, from_credit: bool) -> int:
    """Return what would have gone back of a payment in all with this amount. Raises RefundTooHigh."""
    claimed_minor = queries.claimed_minor(session, [payment.id]).get(payment.id, 0)
    claimed_tip_minor = queries.claimed_tip_minor(session, [payment.id]).get(payment.id, 0)
    left_minor = credit.left_to_refund(session, payment, from_credit=from_credit)
    left_tip_minor = rules.left_to_refund(payment.tip_minor, claimed_tip_minor)
    if amount_minor - tip_minor > left_minor or tip_minor > left_tip_minor:
        raise RefundTooHigh(left_minor=left_minor, left_tip_minor=left_tip_minor, currency=payment.currency)
    return claimed_minor + claimed_tip_minor + amount_minor


def waits(session: Session, total_minor: int, *, currency: str, role: Role) -> bool:
    """Say whether a second person must agree to what would have gone back in all, of a payment or to a customer."""
    profile = business.get_profile(session)
    limit_minor = (
        profile.technician_refund_limit_minor if role is Role.TECHNICIAN else profile.office_refund_limit_minor
    )
    same_currency = currency == profile.currency
    return rules.needs_second_person(total_minor, limit_minor=limit_minor, same_currency=same_currency)


def approve_refund(session: Session, *, refund_id: str, approved_by: str, now: datetime) -> Refund:
    """Let a refund go ahead. Approving again changes nothing. Raises SecondPersonNeeded, RefundDecided, and
    RefundTooHigh where the credit it was to pay out by hand is gone: the bank took the payment back meanwhile."""
    refund, payment, invoice = queries.get_refund_locked(session, refund_id)
    if refund.approved_by == approved_by:
        return refund
    require_second_person(session, refund, approved_by)
    if refund.by_hand:
        left_minor = max(undoing.credit_left(session, payment) - credit.at_the_bank(session, payment), 0)
        if refund.amount_minor > left_minor:
            raise RefundTooHigh(left_minor=left_minor, left_tip_minor=0, currency=payment.currency)
    refund.approved_by = approved_by
    _release(session, refund, payment, invoice, now=now)
    session.flush()
    return refund


def reject_refund(session: Session, *, refund_id: str, rejected_by: str, now: datetime) -> Refund:
    """Turn a refund down. Doing it again changes nothing. Raises SecondPersonNeeded, RefundDecided."""
    refund, _, _ = queries.get_refund_locked(session, refund_id)
    if refund.rejected_by == rejected_by:
        return refund
    require_second_person(session, refund, rejected_by)
    refund.rejected_by = rejected_by
    _settle(refund, RefundStatus.CANCELED, failure_code="rejected", now=now)
    session.flush()
    return refund


def require_second_person(session: Session, asked: Refund | CreditPayout, decided_by: str) -> None:
    """Raise SecondPersonNeeded where who decides is who asked, RefundDecided where that was decided before."""
    if access.are_one_person(session, asked.requested_by, decided_by):
        raise SecondPersonNeeded
    if asked.status is not RefundStatus.AWAITING_APPROVAL:
        raise RefundDecided(refund_status=asked.status)


def _release(session: Session, refund: Refund, payment: Payment, invoice: Invoice, *, now: datetime) -> None:
    """Let it go: to Stripe by the flow, or given back by hand as of now."""
    refund.released_at = now
    refund.status = RefundStatus.CREATED
    refund.next_check_at = now + rules.LEFT_BEHIND_AFTER
    if payment.method not in BY_CARD or refund.by_hand:
        _give_back(session, refund, payment, invoice, now=now)
        _settle(refund, RefundStatus.SUCCEEDED, now=now)
        session.flush()
        receipting.tell_of_refund(session, refund, payment, now=now)


def record_card_refund(session: Session, *, payment_id: str, seen: CardRefund, now: datetime) -> None:
    """Write down what Stripe says of a refund. Its money is booked once, when Stripe has taken the refund on; one
    that fails after that brings the money back, once.

    A refund made in Stripe's dashboard becomes one of ours. What is older than what we know changes nothing.
    """
    payment, invoice = queries.get_locked(session, payment_id)
    if payment.status is not Status.SUCCEEDED:
        return
    refund = queries.find_card_refund(session, payment_id=payment.id, seen=seen)
    if refund is None:
        refund = _adopt(session, payment, seen, now=now)
    status = rules.read_refund(seen.status)
    if status is refund.status or not rules.refund_may_become(
        refund.status, status, told_by_stripe=refund.stripe_refund_id is not None
    ):
        return
    refund.stripe_refund_id = seen.id
    was_given_back, is_given_back = refund.status in GIVEN_BACK, status in GIVEN_BACK
    if is_given_back and not was_given_back:
        _give_back(session, refund, payment, invoice, now=now)
    if was_given_back and not is_given_back:
        _take_back(session, refund, payment, invoice, now=now)
    failed = status in (RefundStatus.FAILED, RefundStatus.CANCELED)
    _settle(refund, status, failure_code=(seen.failure_reason or "refund_failed") if failed else None, now=now)
    session.flush()
    if failed or (is_given_back and not was_given_back):
        receipting.tell_of_refund(session, refund, payment, now=now)


def _adopt(session: Session, payment: Payment, seen: CardRefund, *, now: datetime) -> Refund:
    """Make a refund that we never asked for one of ours. What is more than its payment had left is of the tip."""
    claimed_minor = queries.claimed_minor(session, [payment.id]).get(payment.id, 0)
    claimed_tip_minor = queries.claimed_tip_minor(session, [payment.id]).get(payment.id, 0)
    beyond_minor = seen.amount_minor - rules.left_to_refund(payment.amount_minor, claimed_minor)
    refund = Refund(
        id=ids.derived("ref", "stripe", seen.id),
        payment_id=payment.id,
        amount_minor=seen.amount_minor,
        tip_minor=min(max(beyond_minor, 0), rules.left_to_refund(payment.tip_minor, claimed_tip_minor)),
        currency=payment.currency,
        status=RefundStatus.CREATED,
        reason="",
        requested_by="stripe",
        released_at=now,
        created_at=now,
    )
    session.add(refund)
    session.flush()
    return refund


def suspect_refund(session: Session, *, refund_id: str, now: datetime) -> Refund:
    """Write down that Stripe did not answer: whether the money went back is unknown until it was asked again."""
    refund, _, _ = queries.get_refund_locked(session, refund_id)
    if refund.status is RefundStatus.CREATED:
        _settle(refund, RefundStatus.UNKNOWN, now=now)
    return refund


def give_up_refund(session: Session, *, refund_id: str, failure_code: str, now: datetime) -> Refund:
    """Write down that a refund that Stripe does not have failed; nothing went back."""
    refund, payment, _ = queries.get_refund_locked(session, refund_id)
    if refund.status in REFUND_UNSURE:
        _settle(refund, RefundStatus.FAILED, failure_code=failure_code, now=now)
        receipting.tell_of_refund(session, refund, payment, now=now)
    return refund


def record_reader_refund(session: Session, *, refund_id: str, verdict: RefundVerdict, now: datetime) -> Refund:
    """Write down what a reader shows of a refund that Stripe has not made, short of success."""
    refund, payment, _ = queries.get_refund_locked(session, refund_id)
    if refund.status in REFUND_UNSURE and rules.refund_may_become(
        refund.status, verdict.status, told_by_stripe=refund.stripe_refund_id is not None
    ):
        _settle(refund, verdict.status, failure_code=verdict.failure_code, now=now)
        if refund.status is RefundStatus.FAILED:
            receipting.tell_of_refund(session, refund, payment, now=now)
    return refund


def postpone_refund_check(session: Session, *, refund_id: str, now: datetime) -> Refund:
    """Look at it again later: seconds, minutes, then hours; a succeeded one for a month, since a bank may still
    send it back."""
    refund, _, _ = queries.get_refund_locked(session, refund_id)
    refund.checks += 1
    refund.next_check_at = rules.next_refund_check(refund.status, refund.checks, now=now)
    return refund


def _settle(refund: Refund, status: RefundStatus, *, failure_code: str | None = None, now: datetime) -> None:
    refund.status = status
    refund.failure_code = failure_code
    refund.settled_at = now if status in rules.REFUND_SETTLED else None
    refund.checks = 0
    by_card = refund.stripe_refund_id is not None or status in REFUND_UNSURE
    refund.next_check_at = rules.next_refund_check(status, 0, now=now) if by_card else None


def _give_back(session: Session, refund: Refund, payment: Payment, invoice: Invoice, *, now: datetime) -> None:
    """Book the money that went, with it what its invoices owe again."""
    ledger.post(
        session,
        entry_id=refund_entry_ids(refund)[0],
        reason="payment_refunded",
        about=invoice.id,
        currency=refund.currency,
        moves=undoing.moves(
            session,
            payment,
            refund.amount_minor,
            tip_minor=refund.tip_minor,
            source=_paid_from(session, refund, payment),
        ),
        happened_at=now,
        now=now,
    )
    undoing.settle_invoices(session, payment)


def _paid_from(session: Session, refund: Refund, payment: Payment) -> tuple[Kind, str]:
    """Return the account a refund leaves: Stripe's for a card; the float of whoever hands cash back; the bank's for a
    transfer, and for a cheque, which nobody can give back in part."""
    if Method.CASH in (payment.method, refund.by_hand):
        return Kind.CASH, access.find_technician_id(session, refund.requested_by) or ""
    return (Kind.BANK, "") if payment.method is Method.CHEQUE or refund.by_hand else lands_in(payment)


def _take_back(session: Session, refund: Refund, payment: Payment, invoice: Invoice, *, now: datetime) -> None:
    """Book the money that came back."""
    given, returned = refund_entry_ids(refund)
    ledger.post(
        session,
        entry_id=returned,
        reason="refund_returned",
        about=invoice.id,
        currency=refund.currency,
        moves=undoing.moves_back(session, payment, refund.amount_minor, undone=[given], source=lands_in(payment)),
        happened_at=now,
        now=now,
    )
    undoing.settle_invoices(session, payment)
