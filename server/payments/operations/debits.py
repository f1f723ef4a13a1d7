"""Write down bank debits: on their way, refused after days, taken back after weeks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.core import clock, words
from server.gateway.returns import ReturnedDebit
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.models import Invoice
from server.messages.rules import DebitNotice
from server.payments import queries, rules
from server.payments.models import Payment
from server.payments.operations.reversing import take_out
from server.payments.rules import Status


def follow_debit(session: Session, *, payment: Payment, now: datetime) -> Payment:
    """Say when the bank of a debit that just began answers, or tell the customer, once, that it refused."""
    invoice = invoices.get_invoice(session, payment.lead_id)
    if rules.is_debit(payment.method, payment.status) and payment.expected_on is None:
        asked_on = clock.local_date(now, invoice.seller["time_zone"])
        payment.expected_on = rules.debit_expected_on(asked_on)
    if payment.status is Status.FAILED and payment.by_debit:
        _tell(session, payment, invoice, now=now)
    return payment


def record_return(session: Session, *, returned: ReturnedDebit, now: datetime) -> None:
    """Take a debit out of the books that its bank took back: the balance is owed again, and the customer is told.

    Told twice it is booked once. The attempt stays succeeded, as at Stripe, and says that it was reversed.
    """
    found = queries.find_holder(session, returned.intent_id)
    if found is None:
        return
    payment, invoice = queries.get_locked(session, found.id)
    if payment.status is not Status.SUCCEEDED or payment.reversed_at is not None:
        return
    code = rules.debit_failure(returned.reason)
    payment.reversal_id, payment.reversal_reason, payment.failure_code = returned.dispute_id, code, code
    payment.reversed_by, payment.reversed_at = "bank", now
    why = words.say(invoice_rules.locale(invoice.language, invoice.seller), rules.advice(code).message)
    take_out(session, payment, invoice, reason=why, now=now)


def _tell(session: Session, payment: Payment, invoice: Invoice, *, now: datetime) -> None:
    invoice_operations.tell(
        session,
        invoice,
        key=f"debit_failed:{payment.id}",
        content=DebitNotice(
            number=invoice.number,
            customer_name=invoice.buyer["name"],
            amount_minor=payment.amount_minor,
            balance_minor=invoices.balance_of(session, invoice),
            currency=payment.currency,
            pay_url=invoices.find_pay_url(session, invoice),
        ),
        now=now,
    )
