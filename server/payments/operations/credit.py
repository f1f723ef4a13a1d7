"""A customer's credit: used for an invoice or given back, each by somebody's act and never more than there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.core import ids
from server.core.errors import Conflict, Unacceptable
from server.customers import queries as customers
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.invoices.queries import NoSuchInvoice
from server.ledger import operations as ledger
from server.ledger import queries as books
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.payments import queries, rules
from server.payments.models import CreditApplication, CreditPayout, Payment, Refund
from server.payments.operations import undoing
from server.payments.operations.collecting import free_parts
from server.payments.rules import REFUND_UNBOOKED, Method, Status


class ApplicationExists(Conflict):
    """There is another use of credit under this id."""

    code = "application_exists"


class CreditIsBack(Conflict):
    """What was paid on this invoice beyond what it asks for by now is the customer's credit again already: this use of
    credit cannot be withdrawn as well."""

    code = "credit_is_back"


class CreditTooHigh(Unacceptable):
    """The amount is more than the credit this customer has and nobody has claimed."""

    code = "credit_too_high"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A payment that credit came from, and how much of it may still go back, in minor units."""

    payment: Payment
    left_minor: int


def apply_credit(
    session: Session,
    *,
    customer_id: str,
    application_id: str,
    invoice_id: str,
    amount_minor: int,
    applied_by: str,
    now: datetime,
) -> CreditApplication:
    """Pay an invoice out of its customer's credit; the same id again changes nothing.

    Raises NoSuchInvoice, ApplicationExists, CreditTooHigh, and what collecting by hand raises.
    """
    invoice = invoices.get_invoice(session, invoice_id, lock=True)
    if invoice.customer_id != customer_id:
        raise NoSuchInvoice
    known = session.get(CreditApplication, application_id)
    if known is not None:
        if (known.invoice_id, known.amount_minor) != (invoice_id, amount_minor):
            raise ApplicationExists
        return known
    free_parts(session, [invoice], method=Method.CASH, amount_minor=amount_minor)
    free_minor = unclaimed_minor(session, customer_id, invoice.currency)
    if amount_minor > free_minor:
        raise CreditTooHigh(credit_minor=free_minor, currency=invoice.currency)
    made = CreditApplication(
        id=application_id,
        customer_id=customer_id,
        invoice_id=invoice_id,
        amount_minor=amount_minor,
        currency=invoice.currency,
        applied_by=applied_by,
        created_at=now,
    )
    session.add(made)
    ledger.post(
        session,
        entry_id=application_entry_id(made),
        reason="credit_applied",
        about=invoice.id,
        currency=invoice.currency,
        moves=[Move(amount_minor, debit=(Kind.CUSTOMER_CREDIT, customer_id), credit=(Kind.RECEIVABLE, invoice.id))],
        happened_at=now,
        now=now,
    )
    invoice_operations.settle_status(session, invoice)
    session.flush()
    return made


def withdraw_application(
    session: Session, *, customer_id: str, application_id: str, withdrawn_by: str, now: datetime
) -> CreditApplication:
    """Make what credit paid of an invoice credit again; the invoice owes it, or that of the work which took it as a
    deposit. Withdrawn already, nothing changes. Raises NoSuchApplication, CreditIsBack."""
    application = queries.get_application(session, application_id, customer_id=customer_id)
    locked = invoices.lock_for_money(session, [application.invoice_id])
    customers.lock_credit(session, customer_id)
    session.refresh(application)
    if application.withdrawn_at is not None:
        return application
    asked = [application.invoice_id]
    if invoices.credited_beyond(session, locked) or invoices.deposits_beyond(session, asked):
        raise CreditIsBack
    owing_id = invoices.list_finals(session, asked).get(application.invoice_id, application.invoice_id)
    application.withdrawn_by, application.withdrawn_at = withdrawn_by, now
    ledger.post(
        session,
        entry_id=ids.derived("ent", "credit_withdrawn", application.id),
        reason="credit_withdrawn",
        about=application.invoice_id,
        currency=application.currency,
        moves=[
            Move(
                application.amount_minor,
                debit=(Kind.RECEIVABLE, owing_id),
                credit=(Kind.CUSTOMER_CREDIT, customer_id),
            )
        ],
        happened_at=now,
        now=now,
    )
    for invoice in locked:
        invoice_operations.settle_status(session, invoice)
    session.flush()
    return application


def application_entry_id(application: CreditApplication) -> str:
    """Return the id of the entry of a use of credit."""
    return ids.derived("ent", "credit_applied", application.id)


def unclaimed_minor(session: Session, customer_id: str, currency: str, *, but: str = "") -> int:
    """Return a customer's credit that no refund or payout under way will take, those of the payment `but` and the
    payout `but` aside; nobody else spends it until the transaction ends."""
    customers.lock_credit(session, customer_id)
    claims = (
        select(Refund.payment_id, func.sum(Refund.amount_minor - Refund.tip_minor))
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Invoice.customer_id == customer_id, Refund.currency == currency, Refund.payment_id != but)
        .where(Refund.status.in_(REFUND_UNBOOKED))
        .group_by(Refund.payment_id)
    )
    claimed_minor = sum(
        min(int(minor), undoing.credit_left(session, queries.get_payment(session, payment_id)))
        for payment_id, minor in session.execute(claims).all()
    )
    waiting = (CreditPayout.paid_at.is_(None), CreditPayout.rejected_by.is_(None), CreditPayout.id != but)
    payouts = select(func.sum(CreditPayout.amount_minor)).where(
        CreditPayout.customer_id == customer_id, CreditPayout.currency == currency, *waiting
    )
    claimed_minor += int(session.scalar(payouts) or 0)
    return max(books.balance_of(session, Kind.CUSTOMER_CREDIT, customer_id, currency) - claimed_minor, 0)


def left_to_refund(session: Session, payment: Payment, *, from_credit: bool) -> int:
    """Return what may still go back of a payment, or of the credit it left alone. Credit of it that was spent does not
    go back as well."""
    customer_id = queries.list_covered(session, payment)[0].customer_id
    given_minor = undoing.credit_given(session, payment)
    unspent_minor = min(given_minor, unclaimed_minor(session, customer_id, payment.currency, but=payment.id))
    claimed_minor = queries.claimed_minor(session, [payment.id]).get(payment.id, 0)
    left_minor = rules.left_to_refund(payment.amount_minor - given_minor + unspent_minor, claimed_minor)
    if not from_credit:
        return left_minor
    unbooked = select(func.sum(Refund.amount_minor - Refund.tip_minor)).where(Refund.payment_id == payment.id)
    unbooked_minor = session.scalar(unbooked.where(Refund.status.in_(REFUND_UNBOOKED))) or 0
    return min(left_minor, max(unspent_minor - at_the_bank(session, payment) - int(unbooked_minor), 0))


def at_the_bank(session: Session, payment: Payment) -> int:
    """Return what the payer's bank has taken back of a payment and not decided about: it cannot be paid out as well."""
    return books.balance_of(session, Kind.CHARGEBACKS, payment.id, payment.currency)


def list_sources(session: Session, customer_id: str) -> list[Source]:
    """Return the payments a customer's credit came from that may give it back, the newest first."""
    about = books.list_about(session, Kind.CUSTOMER_CREDIT, customer_id)
    works = session.scalars(select(Invoice).where(Invoice.id.in_(about)))
    about += [deposit["invoice_id"] for work in works.all() for deposit in work.deposits]
    brought = select(Payment).where(queries.covering(about), Payment.status == Status.SUCCEEDED)
    found = session.scalars(brought.where(Payment.reversed_at.is_(None)).order_by(Payment.created_at.desc()))
    sources = [
        Source(payment=payment, left_minor=left_to_refund(session, payment, from_credit=True)) for payment in found
    ]
    return [source for source in sources if source.left_minor]
