"""Questions about what Stripe kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.payments import rules
from server.payments.models import Fee, Payment, Refund
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
    )
    known = {payment_id: int(minor) for payment_id, minor in session.execute(statement)}
    return {payment.id: 0 for payment in found if payment.method not in rules.BY_CARD} | known


def find_first_card_payment(session: Session) -> datetime | None:
    """Return when a card was first to be charged, or None: Stripe holds nothing of ours from before."""
    return session.scalar(select(func.min(Payment.created_at)).where(Payment.method.in_(rules.BY_CARD)))


def list_without_fee(session: Session, *, now: datetime, limit: int = 100) -> list[str]:
    """Return card payments whose fee, or whose refund's line, should long be known, the newest first."""
    between = (now - rules.FEE_ASKED_FOR, now - rules.FEE_EXPECTED_AFTER)
    charged = (
        select(Payment.id, Payment.settled_at)
        .where(Payment.method.in_(rules.BY_CARD), Payment.status == Status.SUCCEEDED)
        .where(Payment.settled_at.between(*between))
        .where(~select(Fee.id).where(Fee.payment_id == Payment.id, Fee.source_id == Payment.stripe_charge_id).exists())
    )
    refunded = (
        select(Refund.payment_id, Refund.released_at)
        .where(Refund.stripe_refund_id.is_not(None), Refund.released_at.between(*between))
        .where(~select(Fee.id).where(Fee.source_id == Refund.stripe_refund_id).exists())
    )
    either = charged.union(refunded).subquery()
    newest = select(either.c.id).group_by(either.c.id).order_by(func.max(either.c.settled_at).desc()).limit(limit)
    return list(session.scalars(newest))
