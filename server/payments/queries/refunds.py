"""Questions about refunds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, SQLColumnExpression, func, or_, select
from sqlalchemy.orm import Session

from server.core.errors import NotFound
from server.gateway.refunds import CardRefund
from server.invoices.models import Invoice
from server.payments.models import Payment, Refund
from server.payments.queries.payments import get_locked
from server.payments.rules import GIVEN_BACK, REFUND_UNSURE, RefundStatus, Status

_CLAIMING = set(RefundStatus) - {RefundStatus.FAILED, RefundStatus.CANCELED}


class NoSuchRefund(NotFound):
    """There is no such refund."""

    code = "refund_not_found"


def get_refund(session: Session, refund_id: str) -> Refund:
    """Return a refund. Raises NoSuchRefund."""
    found = session.get(Refund, refund_id)
    if found is None:
        raise NoSuchRefund
    return found


def find_refund(session: Session, refund_id: str) -> Refund | None:
    """Return a refund, or None."""
    return session.get(Refund, refund_id)


def get_refund_locked(session: Session, refund_id: str) -> tuple[Refund, Payment, Invoice]:
    """Return a refund, its payment and its invoice, all locked, the invoice first. Raises NoSuchRefund."""
    payment, invoice = get_locked(session, get_refund(session, refund_id).payment_id)
    return session.get_one(Refund, refund_id, with_for_update=True, populate_existing=True), payment, invoice


def find_card_refund(session: Session, *, payment_id: str, seen: CardRefund) -> Refund | None:
    """Return what we hold of a refund at Stripe: by Stripe's id, or by ours that Stripe keeps; None where it is new."""
    same = or_(Refund.stripe_refund_id == seen.id, Refund.id == (seen.refund_id or ""))
    statement = select(Refund).where(Refund.payment_id == payment_id, same)
    return session.scalars(statement.with_for_update().execution_options(populate_existing=True)).one_or_none()


def refunds_statement(payment_id: str) -> Select[Refund]:
    """Return the statement that lists the refunds of a payment."""
    return select(Refund).where(Refund.payment_id == payment_id)


def list_refunded_untold(session: Session, given: Mapping[str, str]) -> list[str]:
    """Return those PaymentIntents of ours of which something went back that we do not know: `given` are refunds at
    Stripe, each with its PaymentIntent."""
    known = set(session.scalars(select(Refund.stripe_refund_id).where(Refund.stripe_refund_id.in_(given))))
    about = {intent_id for refund_id, intent_id in given.items() if refund_id not in known}
    ours = select(Payment.stripe_intent_id).where(
        Payment.stripe_intent_id.in_(about), Payment.status == Status.SUCCEEDED
    )
    return [intent_id for intent_id in session.scalars(ours) if intent_id]


def list_refunds(session: Session, payment_ids: Sequence[str]) -> list[Refund]:
    """Return every refund of these payments, the oldest first."""
    if not payment_ids:
        return []
    statement = select(Refund).where(Refund.payment_id.in_(payment_ids)).order_by(Refund.created_at, Refund.id)
    return list(session.scalars(statement))


def claimed_minor(session: Session, payment_ids: Sequence[str]) -> dict[str, int]:
    """Return what refunds claim of each of these payments beside its tip, in minor units: gone back, on its way or
    waiting."""
    return _sums(session, payment_ids, Refund.amount_minor - Refund.tip_minor, of=_CLAIMING)


def given_back_minor(session: Session, payment_ids: Sequence[str]) -> dict[str, int]:
    """Return what went back of each of these payments beside its tip, in minor units."""
    return _sums(session, payment_ids, Refund.amount_minor - Refund.tip_minor, of=GIVEN_BACK)


def claimed_tip_minor(session: Session, payment_ids: Sequence[str]) -> dict[str, int]:
    """Return what refunds claim of the tip of each of these payments, in minor units."""
    return _sums(session, payment_ids, Refund.tip_minor, of=_CLAIMING)


def _sums(
    session: Session, payment_ids: Sequence[str], minor: SQLColumnExpression[int], *, of: Collection[RefundStatus]
) -> dict[str, int]:
    mine = select(Refund.payment_id, func.sum(minor)).where(Refund.payment_id.in_(payment_ids), Refund.status.in_(of))
    return {payment_id: int(total) for payment_id, total in session.execute(mine.group_by(Refund.payment_id))}


def list_waiting_refunds(session: Session, payment_id: str) -> list[str]:
    """Return the refunds of a payment that may be waiting for its card at a reader."""
    statement = select(Refund.id).where(
        Refund.payment_id == payment_id, Refund.reader_id.is_not(None), Refund.status.in_(REFUND_UNSURE)
    )
    return list(session.scalars(statement))


def list_refunds_to_check(session: Session, *, now: datetime, limit: int = 100) -> list[str]:
    """Return refunds whose moment to be asked about has come, the longest waiting first."""
    statement = select(Refund.id).where(Refund.next_check_at <= now).order_by(Refund.next_check_at).limit(limit)
    return list(session.scalars(statement))
