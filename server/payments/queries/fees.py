"""Questions about what Stripe kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.payments import rules
from server.payments.models import Fee, Payment, Refund, UnassignedPayment
from server.payments.rules import Status


def list_fees(session: Session, payment_id: str) -> list[Fee]:
    """Return what was kept of a payment, line by line."""
    return list(session.scalars(select(Fee).where(Fee.payment_id == payment_id).order_by(Fee.happened_at, Fee.id)))


def fees_minor(session: Session, found: Sequence[Payment]) -> dict[str, int]:
    """Return what each of these payments cost, in minor units of its currency: 0 for money that came by hand. A card
    payment is left out while Stripe has not told."""
    statement = (
        select(Fee.payment_id, func.sum(Fee.amount_minor))
        .join(Payment, (Payment.id == Fee.payment_id) & (Payment.currency == Fee.currency))
        .where(Fee.payment_id.in_([payment.id for payment in found]))
        .group_by(Fee.payment_id)
        .having(func.bool_or(Fee.type.in_(rules.CHARGED)))
    )
    known = {payment_id: int(minor) for payment_id, minor in session.execute(statement)}
    return {payment.id: 0 for payment in found if payment.method not in rules.BY_CARD} | known


def find_first_card_payment(session: Session) -> datetime | None:
    """Return when a card was first to be charged, or None: Stripe holds nothing of ours from before. Money that the
    office gave a name later came before it had one."""
    first = select(func.min(Payment.created_at)).where(Payment.method.in_(rules.BY_CARD)).scalar_subquery()
    unassigned = select(func.min(UnassignedPayment.created_at)).scalar_subquery()
    return session.scalar(select(func.least(first, unassigned)))


def unsettled() -> ColumnElement[bool]:
    """Return the condition that Stripe has not told of the line by which a card payment came."""
    told = select(Fee.id).where(Fee.payment_id == Payment.id, Fee.type.in_(rules.CHARGED)).exists()
    return Payment.method.in_(rules.BY_CARD) & (Payment.status == Status.SUCCEEDED) & ~told


def unsettled_return() -> ColumnElement[bool]:
    """Return the condition that Stripe has not told of the line by which a debit went back."""
    told = select(Fee.id).where(Fee.source_id == Payment.reversal_id).exists()
    return Payment.method.in_(rules.BY_CARD) & Payment.reversal_id.is_not(None) & ~told


def unsettled_refund() -> ColumnElement[bool]:
    """Return the condition that Stripe has not told of the line by which a refund went."""
    told = select(Fee.id).where(Fee.source_id == Refund.stripe_refund_id).exists()
    return Refund.stripe_refund_id.is_not(None) & ~told


def list_without_fee(session: Session, *, now: datetime, limit: int = 100) -> list[str]:
    """Return card payments of which Stripe should long have told a line, the newest first. The longer it had been
    silent when it was last asked, the longer it is left alone."""

    def due(happened_at: InstrumentedAttribute[datetime | None]) -> ColumnElement[bool]:
        asked_at, moment = Payment.fees_asked_at, literal(now)
        rested = asked_at.is_(None) | (asked_at < happened_at) | (moment - asked_at >= asked_at - happened_at)
        return happened_at.between(now - rules.FEE_ASKED_FOR, now - rules.FEE_EXPECTED_AFTER) & rested

    came = select(Payment.id, Payment.settled_at).where(unsettled(), due(Payment.settled_at))
    returned = select(Payment.id, Payment.reversed_at).where(unsettled_return(), due(Payment.reversed_at))
    went = (
        select(Refund.payment_id, Refund.released_at)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(unsettled_refund(), due(Refund.released_at))
    )
    every = came.union(returned, went).subquery()
    newest = select(every.c.id).group_by(every.c.id).order_by(func.max(every.c.settled_at).desc()).limit(limit)
    return list(session.scalars(newest))
