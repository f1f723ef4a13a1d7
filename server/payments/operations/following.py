"""Let money for a deposit that comes late pay the invoice of the work, which took the deposit's place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.models import Invoice
from server.jobs.models import Job
from server.payments import queries, rules
from server.payments.models import Payment, PaymentShare


def invoice_work(session: Session, *, job: Job, invoice_id: str, now: datetime) -> Invoice:
    """Issue the invoice of a completed job; what is under way on its deposits is for that invoice from now on.

    Raises InvoiceIncomplete.
    """
    invoice = invoice_operations.issue(session, job=job, invoice_id=invoice_id, now=now)
    # Issuing locked them: nothing new begins on them, and nobody counts money for them meanwhile.
    requests = invoices.list_requests(session, [job.id])
    for payment in queries.list_open(session, *(each.id for each in requests)):
        follow(session, payment)
    return invoice


def follow(session: Session, payment: Payment) -> None:
    """Let a payment that has brought nothing yet be for the invoice of the work, where one took the place of a deposit
    it was asked for; the caller holds all locks. What it was asked for stays its `invoice_id`."""
    if not any(each.kind in invoice_rules.REQUESTS for each in queries.list_covered(session, payment)):
        return
    finals = invoices.list_finals(session, payment.parts)
    if finals:
        parts = rules.follow(payment.parts, finals)
        session.execute(delete(PaymentShare).where(PaymentShare.payment_id == payment.id))
        put_shares(session, payment, parts)


def put_shares(session: Session, payment: Payment, parts: Mapping[str, int]) -> None:
    """Write down what of a payment is for which invoice, in minor units by id, the one that is paid first at the
    start."""
    payment.shared = [list(part) for part in parts.items()]
    session.add_all(
        PaymentShare(payment_id=payment.id, invoice_id=invoice_id, position=position, amount_minor=minor)
        for position, (invoice_id, minor) in enumerate(payment.shared, start=1)
    )
