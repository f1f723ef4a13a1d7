"""Write down tips that came with a card, and that they were paid out to who earned them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.access import queries as access
from server.access.models import Staff
from server.core import ids
from server.core.errors import Conflict, Unacceptable
from server.invoices.models import Invoice
from server.jobs.models import Job
from server.ledger import operations as ledger
from server.ledger import queries as books
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.payments import rules
from server.payments.models import Payment, TipPayout
from server.payments.rules import Method

_PAID_FROM = {Method.CASH: Kind.CASH, Method.BANK_TRANSFER: Kind.BANK}


class TipsTooLow(Unacceptable):
    """This is more than the tips that are held for this person."""

    code = "tips_too_low"


class TipPayoutExists(Conflict):
    """There is another payout of tips under this id."""

    code = "tip_payout_exists"


def take_tip(session: Session, *, payment: Payment, invoice: Invoice, tip_minor: int, of_minor: int) -> int:
    """Write down what of received money the customer gave beside a payment, for whoever took it, or else whose job it
    was; return the rest, which is the payment."""
    tip_minor = rules.tip_within(tip_minor, received_minor=of_minor)
    if tip_minor:
        job = session.get_one(Job, invoice.job_id)
        payment.tip_minor = tip_minor
        payment.tip_for = access.find_technician_id(session, payment.taken_by) or job.technician_id or ""
    return of_minor - tip_minor


def pay_out_tips(
    session: Session,
    *,
    tip_payout_id: str,
    technician_id: str,
    amount_minor: int,
    currency: str,
    method: Method,
    reference: str | None,
    paid_by: str,
    now: datetime,
) -> TipPayout:
    """Write down that a technician got their tips, or a part. The same id again is the same payout.

    Raises StaffNotFound, TipPayoutExists, TipsTooLow.
    """
    access.get_staff(session, technician_id)
    session.get_one(Staff, technician_id, with_for_update=True)  # one payout at a time, so that none is paid twice
    known = session.get(TipPayout, tip_payout_id)
    if known is not None:
        if (known.technician_id, known.amount_minor, known.currency) != (technician_id, amount_minor, currency):
            raise TipPayoutExists
        return known
    held_minor = books.balance_of(session, Kind.TIPS, technician_id, currency)
    if amount_minor > held_minor:
        raise TipsTooLow(held_minor=held_minor, currency=currency)
    payout = TipPayout(
        id=tip_payout_id,
        technician_id=technician_id,
        amount_minor=amount_minor,
        currency=currency,
        method=method,
        reference=reference,
        paid_by=paid_by,
        created_at=now,
    )
    session.add(payout)
    session.flush()
    ledger.post(
        session,
        entry_id=ids.derived("ent", "tips_paid", payout.id),
        reason="tips_paid",
        about=technician_id,
        currency=currency,
        moves=[Move(amount_minor, debit=(Kind.TIPS, technician_id), credit=(_PAID_FROM[method], ""))],
        happened_at=now,
        now=now,
    )
    return payout
