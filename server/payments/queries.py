"""Questions about payments and readers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from server.core import words
from server.core.errors import NotFound
from server.gateway.refunds import CardRefund
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.invoices.rules import Subject
from server.jobs.models import Job
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments import rules
from server.payments.models import Payment, Reader, Refund, StripeEvent
from server.payments.rules import OPEN, RefundStatus, Status


class NoSuchPayment(NotFound):
    """There is no such payment."""

    code = "payment_not_found"


class NoSuchReader(NotFound):
    """There is no such card reader."""

    code = "reader_not_found"


class NoSuchRefund(NotFound):
    """There is no such refund."""

    code = "refund_not_found"


def get_payment(session: Session, payment_id: str, *, technician_id: str | None = None) -> Payment:
    """Return a payment; of their own jobs alone where a technician asks. Raises NoSuchPayment."""
    found = session.scalars(payments_statement(technician_id=technician_id).where(Payment.id == payment_id))
    payment = found.one_or_none()
    if payment is None:
        raise NoSuchPayment
    return payment


def get_locked(session: Session, payment_id: str) -> tuple[Payment, Invoice]:
    """Return a payment and its invoice, both locked, the invoice first. Raises NoSuchPayment."""
    invoice_id = session.scalar(select(Payment.invoice_id).where(Payment.id == payment_id))
    if invoice_id is None:
        raise NoSuchPayment
    invoice = invoices.get_invoice(session, invoice_id, lock=True)
    return session.get_one(Payment, payment_id, with_for_update=True, populate_existing=True), invoice


def find_payment(session: Session, payment_id: str) -> Payment | None:
    """Return a payment, or None."""
    return session.get(Payment, payment_id)


def payments_statement(
    *, invoice_id: str | None = None, status: str | None = None, technician_id: str | None = None
) -> Select[Payment]:
    """Return the statement that lists payments."""
    statement = select(Payment)
    if invoice_id is not None:
        statement = statement.where(Payment.invoice_id == invoice_id)
    if status is not None:
        statement = statement.where(Payment.status == Status(status))
    if technician_id is not None:
        statement = statement.join(Invoice, Invoice.id == Payment.invoice_id).join(Job, Job.id == Invoice.job_id)
        statement = statement.where(Job.technician_id == technician_id)
    return statement


def list_for_invoices(session: Session, invoice_ids: Sequence[str]) -> list[Payment]:
    """Return every attempt on these invoices, the oldest first."""
    if not invoice_ids:
        return []
    statement = select(Payment).where(Payment.invoice_id.in_(invoice_ids)).order_by(Payment.created_at, Payment.id)
    return list(session.scalars(statement))


def list_open(session: Session, invoice_id: str) -> list[Payment]:
    """Return the attempts under way on an invoice."""
    return list(session.scalars(payments_statement(invoice_id=invoice_id).where(Payment.status.in_(OPEN))))


def find_open_checkout(session: Session, invoice_id: str) -> Payment | None:
    """Return the attempt whose page a customer may have open, or None."""
    pages = (payment for payment in list_open(session, invoice_id) if payment.method is rules.Method.PAY_LINK)
    return next(pages, None)


def find_spare_intent(session: Session, invoice_id: str) -> str | None:
    """Return the PaymentIntent that failed attempts on this invoice left unpaid, or None: it is used again."""
    latest = (
        payments_statement(invoice_id=invoice_id)
        .where(Payment.stripe_intent_id.is_not(None), Payment.method == rules.Method.CARD_READER)
        .order_by(Payment.created_at.desc(), Payment.id.desc())
        .limit(1)
    )
    payment = session.scalars(latest).one_or_none()
    spare = payment is not None and payment.status in rules.GIVEN_UP
    return payment.stripe_intent_id if payment is not None and spare else None


def list_known_charges(session: Session, intent_id: str, *, but: str) -> set[str]:
    """Return the charges that earlier attempts on an intent already account for."""
    statement = select(Payment.stripe_charge_id).where(Payment.stripe_intent_id == intent_id, Payment.id != but)
    return {charge for charge in session.scalars(statement) if charge is not None}


def find_holder(session: Session, intent_id: str) -> Payment | None:
    """Return the one attempt that collects by an intent, or that counted its money; None when all were given up."""
    statement = select(Payment).where(Payment.stripe_intent_id == intent_id, Payment.status.not_in(rules.GIVEN_UP))
    return session.scalars(statement).one_or_none()


def find_concerned(session: Session, event: StripeEvent) -> Payment | None:
    """Return the attempt an event is about: the latest on its intent or session, or the one it names."""
    same = [Payment.stripe_session_id == event.object_id]
    if event.intent_id:
        same.append(Payment.stripe_intent_id == event.intent_id)
    if event.payment_id:
        same.append(Payment.id == event.payment_id)
    statement = select(Payment).where(or_(*same)).order_by(Payment.created_at.desc(), Payment.id.desc()).limit(1)
    return session.scalars(statement).one_or_none()


def list_to_check(session: Session, *, now: datetime, limit: int = 100) -> list[str]:
    """Return attempts whose moment to be asked about has come, the longest waiting first."""
    statement = (
        select(Payment.id)
        .where(Payment.status.in_(OPEN), Payment.next_check_at <= now)
        .order_by(Payment.next_check_at)
        .limit(limit)
    )
    return list(session.scalars(statement))


def sheets(session: Session, found: Sequence[Payment], *, locale: str) -> list[dict[str, Any]]:
    """Return payments as the wire has them: failures in words, and what the invoice still owes."""
    invoice_ids = sorted({payment.invoice_id for payment in found})
    balances = ledger.balances(session, Kind.RECEIVABLE, invoice_ids)
    urls = invoices.pay_urls(session, Subject.INVOICE, invoice_ids)
    return [
        sheet(
            payment,
            balance_minor=balances.get(payment.invoice_id, {}).get(payment.currency, 0),
            pay_url=urls.get(payment.invoice_id),
            locale=locale,
        )
        for payment in found
    ]


def sheet(payment: Payment, *, balance_minor: int, pay_url: str | None, locale: str) -> dict[str, Any]:
    """Return a payment as the wire has it, where its invoice's balance and link are known."""
    columns = {column.key: getattr(payment, column.key) for column in Payment.__table__.columns}
    code = payment.failure_code
    return {
        **columns,
        "checkout_url": payment.checkout_url if payment.status in OPEN else None,
        "failure": _in_words(code, rules.advice(code), locale=locale) if code else None,
        "balance_minor": balance_minor,
        "pay_url": pay_url,
    }


def _in_words(failure_code: str, advice: rules.Advice, *, locale: str) -> dict[str, str]:
    """Return what happened and what to do, in the reader's language."""
    return {
        "code": failure_code,
        "message": words.say(locale, advice.message),
        "what_to_do": words.say(locale, advice.what_to_do),
    }


def readers_statement() -> Select[Reader]:
    """Return the statement that lists readers."""
    return select(Reader)


def get_reader(session: Session, reader_id: str) -> Reader:
    """Return a reader. Raises NoSuchReader."""
    found = session.get(Reader, reader_id)
    if found is None:
        raise NoSuchReader
    return found


def get_event(session: Session, event_id: str) -> StripeEvent:
    """Return a stored event."""
    return session.get_one(StripeEvent, event_id)


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


def list_refunds(session: Session, payment_ids: Sequence[str]) -> list[Refund]:
    """Return every refund of these payments, the oldest first."""
    if not payment_ids:
        return []
    statement = select(Refund).where(Refund.payment_id.in_(payment_ids)).order_by(Refund.created_at, Refund.id)
    return list(session.scalars(statement))


def claimed_minor(session: Session, payment_ids: Sequence[str]) -> dict[str, int]:
    """Return what refunds claim of each of these payments, in minor units: gone back, on its way or waiting."""
    claims = Refund.status.not_in((RefundStatus.FAILED, RefundStatus.CANCELED))
    statement = select(Refund.payment_id, func.sum(Refund.amount_minor)).where(
        Refund.payment_id.in_(payment_ids), claims
    )
    return {payment_id: int(minor) for payment_id, minor in session.execute(statement.group_by(Refund.payment_id))}


def list_refunds_to_check(session: Session, *, now: datetime, limit: int = 100) -> list[str]:
    """Return refunds whose moment to be asked about has come, the longest waiting first."""
    statement = select(Refund.id).where(Refund.next_check_at <= now).order_by(Refund.next_check_at).limit(limit)
    return list(session.scalars(statement))


def refund_sheets(session: Session, found: Sequence[Refund], *, locale: str) -> list[dict[str, Any]]:
    """Return refunds as the wire has them: the invoice they are about, failures in words."""
    about = {refund.payment_id for refund in found}
    rows = session.execute(select(Payment.id, Payment.invoice_id).where(Payment.id.in_(about)))
    invoice_ids = {row.id: row.invoice_id for row in rows}
    sheets = []
    for refund in found:
        columns = {column.key: getattr(refund, column.key) for column in Refund.__table__.columns}
        code = refund.failure_code
        failure = _in_words(code, rules.refund_advice(code), locale=locale) if code else None
        sheets.append({**columns, "invoice_id": invoice_ids[refund.payment_id], "failure": failure})
    return sheets
