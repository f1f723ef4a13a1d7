"""Questions about cards that a phone took on its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.core.errors import NotFound
from server.payments import rules
from server.payments.models import Payment, UnassignedPayment, UnnamedHold
from server.payments.rules import IN_PERSON


class NoSuchUnassigned(NotFound):
    """There is no such unassigned money."""

    code = "unassigned_not_found"


def is_known_intent(session: Session, intent_id: str) -> bool:
    """Say whether a payment of ours collects, or collected, by this PaymentIntent. A double that holds an amount is not
    known until it has been let go."""
    mine = select(Payment.id).where(Payment.stripe_intent_id == intent_id)
    known = mine.where(Payment.failure_code.is_distinct_from(rules.DOUBLE_RELEASED))
    return session.scalar(known.limit(1)) is not None


def list_strangers(session: Session, named: Mapping[str, str]) -> list[str]:
    """Return those of these PaymentIntents, each with the payment it names or "", that nobody here knows: neither a
    payment nor kept aside, nor about a payment by other means, which is asked about by itself."""
    known = set(session.scalars(select(Payment.stripe_intent_id).where(Payment.stripe_intent_id.in_(named))))
    known |= set(session.scalars(select(UnassignedPayment.id).where(UnassignedPayment.id.in_(named))))
    otherwise = set(
        session.scalars(select(Payment.id).where(Payment.id.in_(set(named.values())), Payment.method.not_in(IN_PERSON)))
    )
    return [
        intent_id for intent_id, payment_id in named.items() if intent_id not in known and payment_id not in otherwise
    ]


def find_by_intent(session: Session, intent_id: str) -> Payment | None:
    """Return the latest payment that collects by a PaymentIntent, or None."""
    same = select(Payment).where(Payment.stripe_intent_id == intent_id)
    return session.scalars(same.order_by(Payment.created_at.desc(), Payment.id.desc()).limit(1)).one_or_none()


def unassigned_statement() -> Select[UnassignedPayment]:
    """Return the statement that lists money that nobody has assigned yet."""
    return select(UnassignedPayment).where(UnassignedPayment.payment_id.is_(None))


def unnamed_holds_statement(*, now: datetime) -> Select[UnnamedHold]:
    """Return the statement that lists what cards still hold for nothing of ours, the first to run out first."""
    held = select(UnnamedHold).where(UnnamedHold.ended_at.is_(None), UnnamedHold.capture_before > now)
    return held.order_by(UnnamedHold.capture_before, UnnamedHold.id)


def get_unassigned(session: Session, unassigned_id: str, *, lock: bool = False) -> UnassignedPayment:
    """Return money that came without a name, assigned or not. Raises NoSuchUnassigned."""
    found = session.get(UnassignedPayment, unassigned_id, with_for_update=lock, populate_existing=True)
    if found is None:
        raise NoSuchUnassigned
    return found
