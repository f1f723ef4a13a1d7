"""Money that came beyond what was owed, as when two channels succeed: what becomes of it by itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.business import queries as business
from server.business.rules import SecondPayment
from server.core import ids, queue
from server.payments import rules
from server.payments.models import Payment, Refund
from server.payments.rules import BY_CARD, RefundStatus


def give_back_beyond(session: Session, payment: Payment, *, now: datetime) -> bool:
    """Let what came by card beyond what was owed go back by itself, where the business wants that and the card can take
    it: the refund is written down and its task deferred, in the transaction that learnt of the money. Returns whether
    it goes back."""
    # A bank may take a debit back for months: what it brought beyond stays credit, or it would be given back twice.
    by_hand_only = payment.card_kind == rules.INTERAC or payment.expected_on is not None
    by_itself = payment.method in BY_CARD and not by_hand_only
    if not payment.beyond_minor or not by_itself:
        return False
    if business.get_profile(session).second_payment is not SecondPayment.REFUND:
        return False
    refund = Refund(
        id=ids.derived("ref", "beyond", payment.id),
        payment_id=payment.id,
        amount_minor=payment.beyond_minor,
        currency=payment.currency,
        status=RefundStatus.CREATED,
        reason="",
        requested_by=rules.SECOND_PAYMENT_RULE,
        next_check_at=now + rules.LEFT_BEHIND_AFTER,
        released_at=now,
        created_at=now,
    )
    session.add(refund)
    session.flush()
    queue.defer(session, "payments.give_back", refund_id=refund.id)
    return True
