"""Money that came beyond what was owed, as when two channels succeed: what becomes of it by itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.business import queries as business
from server.business.rules import SecondPayment
from server.core import ids, queue
from server.invoices.rules import Status as InvoiceStatus
from server.payments import queries, rules
from server.payments.models import Payment, Refund
from server.payments.rules import BY_CARD, RefundStatus


def give_back_beyond(session: Session, payment: Payment, *, now: datetime) -> bool:
    """Let what came by card beyond what was owed go back by itself, where the business wants that and the card can take
    it. Returns whether it goes back."""
    # A bank may take a debit back for months: what it brought beyond stays credit, or it would be given back twice.
    if payment.by_debit or business.get_profile(session).second_payment is not SecondPayment.REFUND:
        return False
    # Who pays what was let go owed it: the office takes the debt up again, and the credit pays it.
    if any(each.status is InvoiceStatus.WRITTEN_OFF for each in queries.list_covered(session, payment)):
        return False
    return give_back_by_rule(session, payment, rule=rules.SECOND_PAYMENT_RULE, now=now)


def give_back_by_rule(session: Session, payment: Payment, *, rule: str, now: datetime) -> bool:
    """Write down the refund of what came by card beyond what was owed, and defer its task, in the transaction that
    learnt of the money. Of a payment that paid nothing that was owed the tip goes back too: it was given beside a
    payment that should not have been. Returns whether it goes back: Interac does at a reader alone, so it stays credit,
    as does what Stripe refuses to give back."""
    if not payment.beyond_minor or payment.method not in BY_CARD or payment.card_kind == rules.INTERAC:
        return False
    tip_minor = payment.tip_minor if payment.beyond_minor == payment.amount_minor else 0
    refund = Refund(
        id=ids.derived("ref", "beyond", payment.id),
        payment_id=payment.id,
        amount_minor=payment.beyond_minor + tip_minor,
        tip_minor=tip_minor,
        currency=payment.currency,
        status=RefundStatus.CREATED,
        reason="",
        requested_by=rule,
        next_check_at=now + rules.LEFT_BEHIND_AFTER,
        released_at=now,
        created_at=now,
    )
    session.add(refund)
    session.flush()
    queue.defer(session, "payments.give_back", refund_id=refund.id)
    return True
