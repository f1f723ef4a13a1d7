"""Charge a saved card without its holder there: write down, call, write down."""

from __future__ import annotations

from datetime import datetime

from server.core import clock, log
from server.core.database import transaction
from server.gateway import amounts, customers
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.payments import operations, queries, rules
from server.payments.flows.asking import ask, conclude
from server.payments.flows.collecting import make_way
from server.payments.models import Payment
from server.payments.rules import Method, Status, Verdict


def charge_saved(
    *, payment_id: str, invoice_id: str, saved_card_id: str, amount_minor: int, taken_by: str, now: datetime
) -> Payment:
    """Charge a card its customer lets us keep, or go on where an earlier call with this id was interrupted.

    Where the bank wants to see the customer nothing is charged, and they are sent their link. Raises NoSuchInvoice,
    NoSuchSavedCard, SavedCardGone, and what operations.open_payment and amounts.require_chargeable raise.
    """
    log.bind(payment_id=payment_id, invoice_id=invoice_id)
    make_way([invoice_id], but=payment_id, reader_id=None, technician_id=None, now=now)
    with transaction() as session:
        invoice = invoices.get_invoice(session, invoice_id, lock=True)
        known = queries.find_payment(session, payment_id)
        if known is None or known.status is Status.CREATED:
            operations.require_chargeable(session, card_id=saved_card_id, invoice=invoice)
        payment = operations.open_payment(
            session,
            payment_id=payment_id,
            invoice=invoice,
            method=Method.CARD_ON_FILE,
            amount_minor=amount_minor,
            reader_id=None,
            reference=None,
            saved_card_id=saved_card_id,
            taken_by=taken_by,
            now=now,
        )
        amounts.require_chargeable(payment.amount_minor, payment.currency)
    if payment.status is not Status.CREATED:
        return payment
    if now - payment.created_at > rules.KEY_LIFE:
        return ask(payment_id=payment.id, now=now)
    return _charge(payment, invoice, now=now)


def _charge(payment: Payment, invoice: Invoice, *, now: datetime) -> Payment:
    """Prepare the charge, write it down, and only then confirm it. Both keys follow from the payment's id."""
    try:
        intent_id = payment.stripe_intent_id or _prepare(payment, invoice)
        with transaction() as session:
            if operations.mark_charging(session, payment_id=payment.id, now=now).status is not Status.CREATED:
                return queries.get_payment(session, payment.id)  # it was given up meanwhile
        customers.confirm_charge(intent_id, key=f"{payment.id}:confirm")
    except Refused as refusal:
        told = ask(payment_id=payment.id, now=now)
        if told.status is not Status.CREATED:
            return told
        return conclude(payment.id, Verdict(status=Status.FAILED, failure_code=refusal.reason), now=now)
    except NotNow as busy:
        return conclude(payment.id, Verdict(status=Status.FAILED, failure_code=busy.code), now=now)
    except OutcomeUnknown:
        return conclude(payment.id, Verdict(status=Status.UNKNOWN), now=clock.now())
    return ask(payment_id=payment.id, now=now)


def _prepare(payment: Payment, invoice: Invoice) -> str:
    with transaction() as session:
        card = queries.get_saved_card(session, payment.saved_card_id or "")
    prepared = customers.prepare_charge(
        key=f"{payment.id}:create",
        payment_id=payment.id,
        invoice_id=invoice.id,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        words=invoice.number,
        stripe_customer_id=card.stripe_customer_id or "",
        method_id=card.stripe_method_id or "",
    )
    with transaction() as session:
        operations.attach_intent(session, payment_id=payment.id, intent_id=prepared.id)
    return prepared.id
