"""Write down that money recorded by hand never came, or went again: a cheque bounced, a transfer was returned."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.core import ids
from server.core.errors import Conflict
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.ledger import operations as ledger
from server.ledger import queries as books
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.messages.rules import ReversalNotice
from server.payments import queries, rules
from server.payments.models import Payment
from server.payments.operations import undoing
from server.payments.operations.collecting import lands_in
from server.payments.rules import BY_CARD, REFUND_UNBOOKED, Method, Status


class NotReversible(Conflict):
    """Only cash, cheques and bank transfers that were received can be reversed. Give a card payment back instead."""

    code = "not_reversible"


class PaymentReversed(Conflict):
    """This payment was reversed already."""

    code = "payment_reversed"


class ReversalExists(Conflict):
    """There is another reversal under this id."""

    code = "reversal_exists"


class PaymentRefunded(Conflict):
    """A part of this payment waits to be given back. Decide about that first."""

    code = "payment_refunded"


def reverse_payment(
    session: Session,
    *,
    payment_id: str,
    reversal_id: str,
    reason: str,
    fee_minor: int = 0,
    reversed_by: str,
    happened_at: datetime | None = None,
    now: datetime,
) -> Payment:
    """Take a payment back out of the books by more entries: what it paid is owed again, the customer is told why.

    What went back of it before is owed as well, since the bank has both. `fee_minor` is what the bank charged us for
    it. The money went at `happened_at`, or now. The payment stays `succeeded`, with `reversed_at`. The same id again
    changes nothing. Raises NotReversible, PaymentReversed, ReversalExists, PaymentRefunded.
    """
    payment, invoice = queries.get_locked(session, payment_id)
    if payment.reversed_at is not None:
        said = (payment.reversal_id, payment.reversal_reason, payment.reversal_fee_minor)
        if said != (reversal_id, reason, fee_minor):
            raise PaymentReversed(reversed_at=payment.reversed_at.isoformat())
        return payment
    if payment.status is not Status.SUCCEEDED or payment.method in BY_CARD:
        raise NotReversible(payment_status=payment.status, method=payment.method)
    if any(refund.status in REFUND_UNBOOKED for refund in queries.list_refunds(session, [payment_id])):
        raise PaymentRefunded
    if queries.find_by_reversal(session, reversal_id) is not None:
        raise ReversalExists
    payment.reversal_id, payment.reversal_reason = reversal_id, reason
    payment.reversal_fee_minor, payment.reversed_by, payment.reversed_at = fee_minor, reversed_by, now
    take_out(session, payment, invoice, reason=reason, happened_at=happened_at, now=now)
    return payment


def take_out(
    session: Session,
    payment: Payment,
    invoice: Invoice,
    *,
    reason: str,
    happened_at: datetime | None = None,
    now: datetime,
) -> None:
    """Book that a payment was taken back, and tell the customer why, in their words; the caller holds both locks."""
    session.flush()
    balance_minor = _post(session, payment, invoice, happened_at=happened_at or now, now=now)
    paid = invoices.get_invoice(session, payment.lead_id)
    _tell(session, payment, paid, reason=reason, balance_minor=balance_minor, now=now)


def _post(session: Session, payment: Payment, invoice: Invoice, *, happened_at: datetime, now: datetime) -> int:
    """Book it and return what its invoices owe then."""
    ledger.post(
        session,
        entry_id=reversal_entry_id(payment),
        reason="payment_reversed",
        about=invoice.id,
        currency=payment.currency,
        moves=undoing.moves(session, payment, payment.amount_minor, source=_source(session, payment)),
        happened_at=happened_at,
        now=now,
    )
    if payment.reversal_fee_minor:
        ledger.post(
            session,
            entry_id=ids.derived("ent", "reversal_fee", payment.id),
            reason="bank_fee",
            about=invoice.id,
            currency=payment.currency,
            moves=[Move(payment.reversal_fee_minor, debit=(Kind.FEES, ""), credit=(Kind.BANK, ""))],
            happened_at=happened_at,
            now=now,
        )
    return undoing.settle_invoices(session, payment)


def _source(session: Session, payment: Payment) -> tuple[Kind, str]:
    """Return the account the money leaves. Cash that its technician no longer holds was handed over to the office."""
    kind, owner = lands_in(payment)
    if payment.method is not Method.CASH or not owner:
        return kind, owner
    about = undoing.entry_ids(session, payment)
    came_minor = books.moved(session, kind, owner, payment.currency, entry_ids=about)
    is_there = books.balance_of(session, kind, owner, payment.currency) >= came_minor
    return (kind, owner) if is_there else (kind, "")


def reversal_entry_id(payment: Payment) -> str:
    """Return the id of the entry that takes a payment back."""
    return ids.derived("ent", "reversed", payment.id)


def _tell(
    session: Session, payment: Payment, invoice: Invoice, *, reason: str, balance_minor: int, now: datetime
) -> None:
    invoice_operations.tell(
        session,
        invoice,
        key=f"reversal:{payment.id}",
        content=ReversalNotice(
            number=queries.numbers(session, payment),
            customer_name=invoice.buyer["name"],
            amount_minor=payment.amount_minor,
            balance_minor=balance_minor,
            currency=payment.currency,
            method=rules.shown_method(payment.method, by_debit=payment.by_debit),
            reference=payment.reference,
            reason=reason,
            received_at=payment.settled_at or payment.created_at,
            time_zone=invoice.seller["time_zone"],
            pay_url=invoices.find_pay_url(session, invoice),
        ),
        now=now,
    )
