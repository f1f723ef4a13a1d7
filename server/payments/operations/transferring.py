"""Write down a transfer that the bank has booked: money that is there, whatever else is under way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.payments import queries, rules
from server.payments.models import Payment
from server.payments.operations.collecting import InvoicesDiffer, add_divided, record_success
from server.payments.rules import Method, Status


def receive_transfer(
    session: Session,
    *,
    payment_id: str,
    covered: Sequence[Invoice],
    amount_minor: int,
    reference: str,
    taken_by: str,
    booked_at: datetime,
    now: datetime,
) -> Payment:
    """Count a transfer for these invoices, the oldest first; the caller holds their locks. Nobody asks whether another
    payment is under way, since this money is there: what is beyond the balances becomes the customer's credit.

    The same id again is the same payment. Raises InvoicesDiffer.
    """
    known = queries.find_payment(session, payment_id)
    if known is not None:
        return known
    if len({(each.customer_id, each.currency) for each in covered}) > 1:
        raise InvoicesDiffer
    ordered = sorted(covered, key=lambda each: (each.due_on, each.number))
    parts = rules.allocate(amount_minor, {each.id: invoices.balance_of(session, each) for each in ordered})
    lead_id = next(iter(parts), ordered[0].id)
    parts[lead_id] = parts.get(lead_id, 0) + amount_minor - sum(parts.values())
    payment = Payment(
        id=payment_id,
        invoice_id=lead_id,
        method=Method.BANK_TRANSFER,
        status=Status.CREATED,
        amount_minor=amount_minor,
        currency=ordered[0].currency,
        reference=reference,
        taken_by=taken_by,
        created_at=now,
    )
    add_divided(session, payment, parts)
    lead = next(each for each in ordered if each.id == lead_id)
    record_success(
        session,
        payment=payment,
        invoice=lead,
        received_minor=amount_minor,
        charge=None,
        happened_at=booked_at,
        now=now,
    )
    return payment
