"""Questions about the credit of customers."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.core.errors import NotFound
from server.customers import queries as customers
from server.invoices.models import Invoice
from server.payments.models import CreditApplication, CreditPayout, Payment
from server.payments.queries.payments import NoSuchPayment, get_payment


class NoSuchApplication(NotFound):
    """This customer's credit was never used under this id."""

    code = "application_not_found"


class NoSuchCreditPayout(NotFound):
    """There is no such payout of credit."""

    code = "credit_payout_not_found"


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


def get_application(session: Session, application_id: str, *, customer_id: str) -> CreditApplication:
    """Return a use of this customer's credit. Raises NoSuchApplication."""
    found = session.get(CreditApplication, application_id)
    if found is None or found.customer_id != customer_id:
        raise NoSuchApplication
    return found


def get_of_customer(session: Session, payment_id: str, *, customer_id: str) -> Payment:
    """Return a payment of this customer. Raises NoSuchPayment."""
    payment = get_payment(session, payment_id)
    if session.get_one(Invoice, payment.invoice_id).customer_id != customer_id:
        raise NoSuchPayment
    return payment


def list_credit_payouts(session: Session, customer_id: str) -> list[CreditPayout]:
    """Return what of a customer's credit was transferred back to them, or waits for that, the newest first."""
    wanted = select(CreditPayout).where(CreditPayout.customer_id == customer_id)
    return list(session.scalars(wanted.order_by(CreditPayout.created_at.desc(), CreditPayout.id)))


def get_credit_payout(session: Session, payout_id: str) -> CreditPayout:
    """Return a payout of credit. Raises NoSuchCreditPayout."""
    found = session.get(CreditPayout, payout_id)
    if found is None:
        raise NoSuchCreditPayout
    return found


def get_credit_payout_locked(session: Session, payout_id: str) -> CreditPayout:
    """Return a payout of credit; nobody else decides about it, or spends its customer's credit, until the transaction
    ends. Raises NoSuchCreditPayout."""
    payout = get_credit_payout(session, payout_id)
    customers.lock_credit(session, payout.customer_id)
    session.refresh(payout)
    return payout
