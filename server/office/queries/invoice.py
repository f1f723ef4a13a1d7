"""What an invoice's page shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access import queries as access
from server.business.models import Business
from server.chargebacks import queries as chargebacks
from server.core import clock
from server.customers import queries as customers
from server.documents import qr
from server.dunning import queries as dunning
from server.dunning.models import Action, Case
from server.invoices import queries as invoices
from server.invoices import rules
from server.invoices.models import Invoice
from server.jobs import queries as jobs
from server.messages import queries as messages
from server.office.queries.board import following
from server.payments import queries as payments
from server.payments.models import Payment
from server.payments.rules import BY_CARD, REFUND_UNSURE, RefundStatus, Status, left_to_refund
from server.receipts import queries as receipts
from server.receipts.rules import title


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One thing that happened to an invoice; `what` and `about` are for the template to say."""

    at: datetime
    what: str
    about: Any = field(default=None)


def invoice_page(
    session: Session, invoice_id: str, *, profile: Business, locale: str, by: str, now: datetime
) -> dict[str, Any]:
    """Return an invoice with everything that happened to it, as `by` sees it. Raises NoSuchInvoice."""
    today = clock.local_date(now, profile.time_zone)
    invoice = invoices.get_invoice(session, invoice_id)
    debtor = (invoice.customer_id, invoice.currency)
    open_invoices = dunning.list_open(session, dunning.of_debtors([debtor]))
    sheet = invoices.sheets(session, [invoice])[0]
    return {
        "invoice": sheet,
        "days_late": (today - invoice.due_on).days,
        "job": jobs.get_job(session, invoice.job_id),
        "customer": customers.get_customer(session, invoice.customer_id),
        "next": following(session, open_invoices, today=today).get(debtor),
        "usual_method": payments.usual_method(session, invoice.customer_id),
        "attempts": payments.list_open(session, invoice_id),
        **_refunds(session, invoice, by=by),
        "readers": list(session.scalars(payments.readers_statement())),
        "transfer_rows": rules.transfer_rows(sheet["transfer"], locale) if sheet["transfer"] else (),
        "transfer_qr": rules.transfer_svg(sheet["transfer"], locale) if sheet["transfer"] else None,
        "receipts": _receipts(session, invoice, locale=locale),
        "timeline": timeline(session, invoice, locale=locale),
        "qr": qr.svg(sheet["pay_url"]) if sheet["pay_url"] and sheet["balance_minor"] > 0 else None,
    }


def _refunds(session: Session, invoice: Invoice, *, by: str) -> dict[str, Any]:
    """Return what may still be given back of each payment, which may be reversed, and the refunds that wait for a
    second person, with those that `by` asked for themselves."""
    counted = payments.payments_statement(invoice_id=invoice.id, status=Status.SUCCEEDED)
    received = list(session.scalars(counted.where(Payment.reversed_at.is_(None))))
    ids = [payment.id for payment in received]
    claimed, claimed_tips = payments.claimed_minor(session, ids), payments.claimed_tip_minor(session, ids)
    at_the_bank = chargebacks.list_at_the_bank(session, ids)
    left = [
        (
            payment,
            left_to_refund(payment.amount_minor, claimed.get(payment.id, 0)),
            left_to_refund(payment.tip_minor, claimed_tips.get(payment.id, 0)),
        )
        for payment in received
        if payment.id not in at_the_bank
    ]
    refunds = payments.list_refunds(session, ids)
    waiting = [refund for refund in refunds if refund.status is RefundStatus.AWAITING_APPROVAL]
    asked_by = {refund.requested_by for refund in waiting}
    names = access.names_of(session, asked_by)
    undecided = {refund.payment_id for refund in waiting}
    return {
        "refundable": [each for each in left if each[1] or each[2]],
        "reversible": [one for one in received if one.method not in BY_CARD and one.id not in undecided],
        "waiting_refunds": [(refund, names.get(refund.requested_by)) for refund in waiting],
        "own": access.list_of_person(session, asked_by, of=by),
        "refunds_at_reader": [each for each in refunds if each.reader_id and each.status in REFUND_UNSURE],
    }


def _receipts(session: Session, invoice: Invoice, *, locale: str) -> list[dict[str, Any]]:
    """Return the receipts and slips of an invoice's payments and refunds, newest first, each with its sendings."""
    about = [payment.id for payment in payments.list_for_invoices(session, [invoice.id])]
    sheets = receipts.sheets(session, receipts.list_for_payments(session, about))
    return [{**sheet, "title": title(sheet["kind"], locale)} for sheet in reversed(sheets)]


def timeline(session: Session, invoice: Invoice, *, locale: str) -> list[Happening]:
    """Return what happened to an invoice, newest first: issue, messages, attempts, refunds, steps of its chase."""
    happened = [
        Happening(at=message.sent_at or message.created_at, what="message", about=message)
        for message in messages.list_for_invoice(session, invoice.id)
    ]
    attempts = list(session.scalars(payments.payments_statement(invoice_id=invoice.id)))
    readers = {reader.id: reader.label for reader in session.scalars(payments.readers_statement())}
    for sheet in payments.sheets(session, attempts, locale=locale):
        sheet["reader"] = readers.get(sheet["reader_id"])
        happened.append(Happening(at=sheet["settled_at"] or sheet["created_at"], what="payment", about=sheet))
        if sheet["reversed_at"] is not None:
            happened.append(Happening(at=sheet["reversed_at"], what="reversal", about=sheet))
    given_back = payments.list_refunds(session, [attempt.id for attempt in attempts])
    happened += [
        Happening(at=sheet["settled_at"] or sheet["created_at"], what="refund", about=sheet)
        for sheet in payments.refund_sheets(session, given_back, locale=locale)
    ]
    for used in payments.list_applications(session, invoice_id=invoice.id):
        happened.append(Happening(at=used.applied_at, what="credit", about=used))
        if used.withdrawn_at is not None:
            happened.append(Happening(at=used.withdrawn_at, what="credit_withdrawn", about=used))
    taken_back = chargebacks.chargebacks_statement(invoice_id=invoice.id)
    happened += [
        Happening(at=taken.created_at, what="chargeback", about=taken) for taken in session.scalars(taken_back)
    ]
    steps = (
        select(Action)
        .join(Case, Case.id == Action.case_id)
        .where(Case.customer_id == invoice.customer_id, Case.currency == invoice.currency)
        .where(Action.acted_at >= invoice.issued_at)
    )
    happened += [Happening(at=step.acted_at, what="step", about=step) for step in session.scalars(steps)]
    happened.append(Happening(at=invoice.issued_at, what="issued"))
    return sorted(happened, key=lambda happening: happening.at, reverse=True)
