"""Payments and refunds as the wire has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.core import words
from server.invoices import queries as invoices
from server.invoices.rules import Subject
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments import rules
from server.payments.models import Payment, Refund
from server.payments.queries.fees import fees_minor
from server.payments.rules import OPEN
from server.payments.rules.advice import told


def sheets(session: Session, found: Sequence[Payment], *, locale: str) -> list[dict[str, Any]]:
    """Return payments as the wire has them: failures in words, and what their invoices still owe."""
    invoice_ids = sorted({invoice_id for payment in found for invoice_id in payment.parts})
    balances = ledger.balances(session, Kind.RECEIVABLE, invoice_ids)
    urls = invoices.pay_urls(session, Subject.INVOICE, invoice_ids)
    fees = fees_minor(session, found)
    return [
        sheet(
            payment,
            balance_minor=sum(balances.get(each, {}).get(payment.currency, 0) for each in payment.parts),
            pay_url=urls.get(payment.lead_id),
            fee_minor=fees.get(payment.id),
            locale=locale,
        )
        for payment in found
    ]


def sheet(
    payment: Payment, *, balance_minor: int, pay_url: str | None, fee_minor: int | None, locale: str
) -> dict[str, Any]:
    """Return a payment as the wire has it, where its invoice's balance and link and its own fee are known."""
    columns = {column.key: getattr(payment, column.key) for column in Payment.__table__.columns}
    code = payment.failure_code
    return {
        **columns,
        "shares": [{"invoice_id": each, "amount_minor": minor} for each, minor in payment.parts.items()],
        "checkout_url": payment.checkout_url if payment.status in OPEN else None,
        "advice": _in_words(code, told(payment.status, code), locale=locale),
        "failure": _in_words(code, rules.advice(code), locale=locale) if code else None,
        "balance_minor": balance_minor,
        "pay_url": pay_url,
        "fee_minor": fee_minor,
    }


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


def _in_words(failure_code: str | None, advice: rules.Advice, *, locale: str) -> dict[str, str | None]:
    """Return what happened and what to do, in the reader's language."""
    return {
        "code": failure_code,
        "message": words.say(locale, advice.message),
        "what_to_do": words.say(locale, advice.what_to_do),
    }
