"""Questions about attempts to collect."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from server.core.database import among
from server.core.errors import NotFound
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.jobs.models import Job
from server.payments import rules
from server.payments.models import Payment, PaymentShare, StripeEvent
from server.payments.rules import OPEN, Method, Status


class NoSuchPayment(NotFound):
    """There is no such payment."""

    code = "payment_not_found"


def get_payment(session: Session, payment_id: str, *, technician_id: str | None = None) -> Payment:
    """Return a payment; of their own jobs alone where a technician asks. Raises NoSuchPayment."""
    found = session.scalars(payments_statement(technician_id=technician_id).where(Payment.id == payment_id))
    payment = found.one_or_none()
    if payment is None:
        raise NoSuchPayment
    return payment


def get_locked(session: Session, payment_id: str) -> tuple[Payment, Invoice]:
    """Return a payment and the invoice it was asked for; every invoice it is for is locked, in the order of ids, then
    the payment. Where it is for deposits their jobs are locked before: none is invoiced meanwhile.

    What a transaction has locked once it is not asked for again. Raises NoSuchPayment.
    """
    # Held on to, with every invoice: a session forgets at once what nobody holds, and would ask for it again.
    locked: dict[str, tuple[Payment, dict[str, Invoice]]] = session.info.setdefault("locked_payments", {})
    if payment_id not in locked:
        jobs, wanted = _locking()
        session.execute(jobs, {"payment_id": payment_id})
        covered = {each.id: each for each in session.scalars(wanted, {"payment_id": payment_id})}
        found = session.get(Payment, payment_id, with_for_update=True, populate_existing=True)
        if found is None:
            raise NoSuchPayment
        locked[payment_id] = found, covered
    payment, covered = locked[payment_id]
    return payment, covered[payment.invoice_id]


@cache
def _locking() -> tuple[Select[str], Select[Invoice]]:
    """Return the statements that lock what a payment is for."""
    first = select(Payment.invoice_id).where(Payment.id == bindparam("payment_id"))
    shares = select(PaymentShare.invoice_id).where(PaymentShare.payment_id == bindparam("payment_id"))
    return invoices.locking(select(first.union_all(shares).cte("covered").c.invoice_id))


def list_covered(session: Session, payment: Payment) -> list[Invoice]:
    """Return the invoices a payment is for, the one that is paid first at the start."""
    return [session.get_one(Invoice, invoice_id) for invoice_id in payment.parts]


def numbers(session: Session, payment: Payment) -> str:
    """Return the numbers of the invoices a payment is for, as a person reads them."""
    return ", ".join(invoice.number for invoice in list_covered(session, payment))


def find_payment(session: Session, payment_id: str) -> Payment | None:
    """Return a payment, or None."""
    return session.get(Payment, payment_id)


def find_by_reversal(session: Session, reversal_id: str) -> Payment | None:
    """Return the payment a reversal took back, or None."""
    return session.scalars(select(Payment).where(Payment.reversal_id == reversal_id)).one_or_none()


def covering(invoice_ids: Collection[str]) -> ColumnElement[bool]:
    """Pick the payments that are for any of these invoices, alone or among others.

    As one list of ids: of two conditions joined by "or" PostgreSQL would look at every payment there is.
    """
    alone = select(Payment.id).where(among(Payment.invoice_id, invoice_ids)).correlate(None)
    shared = select(PaymentShare.payment_id).where(among(PaymentShare.invoice_id, invoice_ids))
    return Payment.id.in_(alone.union_all(shared))


def payments_statement(
    *, invoice_id: str | None = None, status: str | None = None, technician_id: str | None = None
) -> Select[Payment]:
    """Return the statement that lists payments."""
    statement = select(Payment)
    if invoice_id is not None:
        statement = statement.where(covering([invoice_id]))
    if status is not None:
        statement = statement.where(Payment.status == Status(status))
    if technician_id is not None:
        theirs = select(Invoice.id).join(Job, Job.id == Invoice.job_id).where(Job.technician_id == technician_id)
        shared = select(PaymentShare.payment_id).where(PaymentShare.invoice_id.in_(theirs))
        statement = statement.where(or_(Payment.invoice_id.in_(theirs), Payment.id.in_(shared)))
    return statement


def list_for_invoices(session: Session, invoice_ids: Sequence[str]) -> list[Payment]:
    """Return every attempt on these invoices, the oldest first."""
    if not invoice_ids:
        return []
    statement = select(Payment).where(covering(invoice_ids)).order_by(Payment.created_at, Payment.id)
    return list(session.scalars(statement))


def usual_method(session: Session, customer_id: str) -> Method | None:
    """Return how a customer paid the last time, or None: what is offered first the next time."""
    latest = (
        select(Payment.method)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Invoice.customer_id == customer_id, Payment.status == Status.SUCCEEDED, Payment.reversed_at.is_(None))
        .order_by(Payment.settled_at.desc(), Payment.id)
    )
    return session.scalar(latest.limit(1))


def list_open(session: Session, *invoice_ids: str) -> list[Payment]:
    """Return the attempts under way on any of these invoices."""
    return list(session.scalars(select(Payment).where(covering(invoice_ids), Payment.status.in_(OPEN))))


def list_open_checkouts(session: Session, *invoice_ids: str) -> list[Payment]:
    """Return the attempts on any of these invoices whose page a customer may have open."""
    return [payment for payment in list_open(session, *invoice_ids) if payment.method is rules.Method.PAY_LINK]


def find_spare_intent(session: Session, invoice_ids: Sequence[str], *, capture_later: bool) -> str | None:
    """Return the PaymentIntent that failed attempts on exactly these invoices left unpaid, or None: it is used again
    for an attempt of the same kind, unless it was canceled at Stripe.

    The attempts on one intent are all for the same invoices, so that whoever locks these may count its money.
    """
    on_reader = (
        select(Payment)
        .where(covering(invoice_ids[:1]))
        .where(Payment.stripe_intent_id.is_not(None), Payment.method == rules.Method.CARD_READER)
        .order_by(Payment.created_at.desc(), Payment.id.desc())
    )
    payment = next((each for each in session.scalars(on_reader) if each.parts.keys() == set(invoice_ids)), None)
    if payment is None or payment.status not in rules.GIVEN_UP or payment.failure_code == "intent_canceled":
        return None
    if payment.capture_before is not None or payment.capture_later is not capture_later:
        return None
    return payment.stripe_intent_id


def list_sharing(session: Session, payment: Payment) -> list[Payment]:
    """Return the other attempts on this one's intent; the charges they hold are accounted for."""
    if payment.stripe_intent_id is None:
        return []
    same = payments_statement().where(Payment.stripe_intent_id == payment.stripe_intent_id, Payment.id != payment.id)
    return list(session.scalars(same))


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """How many payments have an unknown outcome, and since when the oldest."""

    count: int
    since: datetime | None


def count_unknown(session: Session) -> Unknown:
    """Return how many outcomes are unknown, and since when."""
    statement = select(func.count(), func.min(Payment.unknown_since)).where(Payment.status == Status.UNKNOWN)
    count, since = session.execute(statement).one()
    return Unknown(count=count, since=since)


def find_holder(session: Session, intent_id: str) -> Payment | None:
    """Return the one attempt that collects by an intent, or that counted its money; None when all were given up."""
    statement = select(Payment).where(Payment.stripe_intent_id == intent_id, Payment.status.not_in(rules.GIVEN_UP))
    return session.scalars(statement).one_or_none()


def list_given_up(session: Session, intent_ids: Sequence[str]) -> list[str]:
    """Return the last attempt on each of these PaymentIntents that nobody counted: all attempts on it were given up."""
    on_intent = select(Payment).where(Payment.stripe_intent_id.in_(intent_ids))
    found = list(session.scalars(on_intent.order_by(Payment.created_at, Payment.id)))
    counted = {payment.stripe_intent_id for payment in found if payment.status not in rules.GIVEN_UP}
    latest = {payment.stripe_intent_id: payment.id for payment in found}
    return [payment_id for intent_id, payment_id in latest.items() if intent_id not in counted]


def list_closed_pages(session: Session, named: Mapping[str, str]) -> list[str]:
    """Return the attempts by a page that were given up and have taken money all the same: those that PaymentIntents
    name, by their ids, which nobody holds."""
    held = set(session.scalars(select(Payment.stripe_intent_id).where(Payment.stripe_intent_id.in_(named))))
    wanted = {payment_id for intent_id, payment_id in named.items() if intent_id not in held}
    pages = select(Payment.id).where(among(Payment.id, wanted), Payment.method == Method.PAY_LINK)
    return list(session.scalars(pages.where(Payment.status.in_(rules.GIVEN_UP))))


def list_older_intents(session: Session, *, since: datetime) -> list[str]:
    """Return the PaymentIntents from before a moment by which an attempt was made and given up since."""
    older = select(Payment.stripe_intent_id).where(Payment.created_at < since, Payment.stripe_intent_id.is_not(None))
    lately = select(Payment.stripe_intent_id).where(
        Payment.status.in_(rules.GIVEN_UP), Payment.settled_at >= since, Payment.stripe_intent_id.in_(older)
    )
    return [intent_id for intent_id in session.scalars(lately.distinct()) if intent_id]


def find_on_intent(session: Session, intent_id: str | None) -> Payment | None:
    """Return the latest attempt on an intent, or None."""
    latest = payments_statement().where(Payment.stripe_intent_id == intent_id)
    return session.scalars(latest.order_by(Payment.created_at.desc(), Payment.id.desc()).limit(1)).one_or_none()


def list_to_check(session: Session, *, now: datetime) -> list[str]:
    """Return attempts whose moment to be asked about has come, the longest waiting first."""
    due = select(Payment.id).where(Payment.status.in_(OPEN), Payment.next_check_at <= now)
    return list(session.scalars(due.order_by(Payment.next_check_at)))


def get_event(session: Session, event_id: str) -> StripeEvent:
    """Return a stored event."""
    return session.get_one(StripeEvent, event_id)


def find_concerned(session: Session, event: StripeEvent) -> Payment | None:
    """Return the attempt an event is about: the latest on its intent or session, or the one it names."""
    same = [Payment.stripe_session_id == event.object_id]
    if event.intent_id:
        same.append(Payment.stripe_intent_id == event.intent_id)
    if event.payment_id:
        same.append(Payment.id == event.payment_id)
    statement = select(Payment).where(or_(*same)).order_by(Payment.created_at.desc(), Payment.id.desc()).limit(1)
    return session.scalars(statement).one_or_none()
