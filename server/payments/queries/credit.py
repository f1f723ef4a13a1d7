"""Questions about the credit of customers."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.invoices.models import Invoice
from server.payments.models import CreditApplication, Payment
from server.payments.queries.payments import NoSuchPayment, get_payment


def list_applications(
    session: Session, *, customer_id: str | None = None, invoice_id: str | None = None
) -> list[CreditApplication]:
    """Return what a customer's credit was used for, or what credit paid of an invoice, the newest first."""
    wanted = select(CreditApplication).order_by(CreditApplication.created_at.desc(), CreditApplication.id)
    if customer_id is not None:
        wanted = wanted.where(CreditApplication.customer_id == customer_id)
    if invoice_id is not None:
        wanted = wanted.where(CreditApplication.invoice_id == invoice_id)
    return list(session.scalars(wanted))


def get_of_customer(session: Session, payment_id: str, *, customer_id: str) -> Payment:
    """Return a payment of this customer. Raises NoSuchPayment."""
    payment = get_payment(session, payment_id)
    if session.get_one(Invoice, payment.invoice_id).customer_id != customer_id:
        raise NoSuchPayment
    return payment
