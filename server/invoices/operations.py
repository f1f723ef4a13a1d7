"""Issue invoices, keep their status true to the ledger, open and close their pay links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.business import queries as business
from server.business import rules as taxes
from server.contracts import queries as contracts
from server.core import clock, config, ids
from server.core.errors import Unacceptable
from server.customers import queries as customers
from server.customers.models import Customer
from server.documents import pdf
from server.invoices import queries, rules
from server.invoices.models import Invoice, PayLink
from server.invoices.rules import Subject
from server.jobs.models import Job
from server.ledger import operations as ledger
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.messages import operations as messages
from server.messages.rules import Attachment, Content, InvoiceNotice


class InvoiceIncomplete(Unacceptable):
    """The invoice cannot be issued: something that must stand on it is missing."""

    code = "invoice_incomplete"


def issue(session: Session, *, job: Job, invoice_id: str, now: datetime) -> Invoice:
    """Issue the invoice of a completed job: number, books, pay link and message, together or not at all.

    Terms are the signed contract's; without one the business's own days to pay hold, and no late charge can follow.
    The number is taken last, since its row stays locked until the commit. Raises InvoiceIncomplete, naming each
    thing that is missing.
    """
    profile = business.get_profile(session)
    customer = customers.get_customer(session, job.customer_id)
    contract = contracts.find_signed(session, job.id)
    issued_on = clock.local_date(now, profile.time_zone)
    service_on = clock.local_date(job.completed_at or now, profile.time_zone)
    payment_days = profile.payment_days if contract is None else contract.payment_days
    codes = {line.tax_code for line in job.lines}
    rates = business.rates_on(session, codes=codes, on=service_on, language=customer.language)
    totals = taxes.charge(job.lines, rates, currency=job.currency)
    missing = taxes.missing_for_invoices(profile, charges_tax=bool(totals.taxes))
    missing += [] if job.lines else ["lines"]
    if missing:
        raise InvoiceIncomplete(errors={name: ["missing"] for name in missing}, missing=missing)
    invoice = Invoice(
        id=invoice_id,
        number=_next_number(session, profile.invoice_prefix),
        job_id=job.id,
        customer_id=customer.id,
        contract_id=contract.id if contract else None,
        status=rules.status_of(total_minor=totals.total_minor, balance_minor=totals.total_minor),
        language=customer.language,
        currency=job.currency,
        issued_on=issued_on,
        service_on=service_on,
        due_on=rules.due_on(issued_on, payment_days),
        payment_days=payment_days,
        po_number=job.po_number,
        seller=profile.seller,
        buyer=_buyer(customer, job),
        lines=[_line(line) for line in job.lines],
        taxes=[asdict(tax) for tax in totals.taxes],
        subtotal_minor=totals.subtotal_minor,
        total_minor=totals.total_minor,
        created_at=now,
    )
    session.add(invoice)
    session.flush()
    _post(session, invoice, now=now)
    open_link(session, subject=Subject.INVOICE, subject_id=invoice.id)
    _announce(session, invoice, customer, now=now)
    return invoice


def _next_number(session: Session, prefix: str) -> str:
    statement = text(
        "INSERT INTO invoice_series (prefix, last_number) VALUES (:prefix, 1)"
        " ON CONFLICT (prefix) DO UPDATE SET last_number = invoice_series.last_number + 1 RETURNING last_number"
    )
    return rules.number(prefix, session.execute(statement, {"prefix": prefix}).scalar_one())


def _buyer(customer: Customer, job: Job) -> dict[str, Any]:
    address = customer.addresses[0] if customer.addresses else job.site_address
    return {"name": customer.name, "address": address, "email": customer.email, "site_address": job.site_address}


def _line(line: Any) -> dict[str, Any]:
    return {
        "description": line.description,
        "quantity": format(line.quantity.normalize(), "f"),
        "unit_price_minor": line.unit_price_minor,
        "tax_code": line.tax_code,
        "amount_minor": line.amount_minor,
    }


def _post(session: Session, invoice: Invoice, *, now: datetime) -> None:
    owed = (Kind.RECEIVABLE, invoice.id)
    moves = [Move(invoice.subtotal_minor, debit=owed, credit=(Kind.SALES, ""))]
    moves += [Move(tax["amount_minor"], debit=owed, credit=(Kind.TAX, tax["account"])) for tax in invoice.taxes]
    ledger.post(
        session,
        entry_id=ids.derived("ent", "issued", invoice.id),
        reason="invoice_issued",
        about=invoice.id,
        currency=invoice.currency,
        moves=moves,
        happened_at=now,
        now=now,
    )


def _announce(session: Session, invoice: Invoice, customer: Customer, *, now: datetime) -> None:
    sheet = queries.sheets(session, [invoice])[0]
    tell(
        session,
        invoice,
        key=f"invoice:{invoice.id}",
        content=InvoiceNotice(
            number=invoice.number,
            customer_name=customer.name,
            total_minor=invoice.total_minor,
            balance_minor=sheet["balance_minor"],
            currency=invoice.currency,
            service_on=invoice.service_on,
            due_on=invoice.due_on,
            pay_url=sheet["pay_url"],
        ),
        attachments=[
            Attachment(filename=f"{invoice.number}.pdf", content_type="application/pdf", content=render(sheet))
        ]
        if customer.email
        else [],
        now=now,
    )


def tell(
    session: Session,
    invoice: Invoice,
    *,
    key: str,
    content: Content,
    attachments: Sequence[Attachment] = (),
    now: datetime,
) -> None:
    """Write to the customer of an invoice, as its seller and in its language, once for each `key`."""
    messages.write(
        session,
        key=key,
        content=content,
        sender=rules.sender(invoice.seller),
        to=customers.get_customer(session, invoice.customer_id).email,
        locale=rules.locale(invoice.language, invoice.seller),
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        attachments=attachments,
        now=now,
    )


def render(sheet: dict[str, Any]) -> bytes:
    """Return the PDF of an invoice (a sheet of queries.sheets), in the customer's language, with the pay QR."""
    return pdf.invoice(rules.facts(sheet))


def settle_status(session: Session, invoice: Invoice) -> int:
    """Make the status follow the ledger after money moved; return the balance in minor units.

    The caller holds the invoice's lock.
    """
    balance_minor = queries.balance_of(session, invoice)
    if invoice.status not in (rules.Status.VOID, rules.Status.WRITTEN_OFF):
        invoice.status = rules.status_of(total_minor=invoice.total_minor, balance_minor=balance_minor)
    return balance_minor


def open_link(session: Session, *, subject: Subject, subject_id: str) -> None:
    """Make sure that there is a pay link, without changing one that is live or revoked."""
    made = {
        "subject": subject,
        "subject_id": subject_id,
        "version": 1,
        "token_hash": _hash(subject, subject_id, 1),
    }
    session.execute(insert(PayLink).values(made).on_conflict_do_nothing())


def renew_link(session: Session, *, subject: Subject, subject_id: str) -> None:
    """End the link that is out there and make another."""
    link = session.get_one(PayLink, (subject, subject_id), with_for_update=True)
    link.version += 1
    link.token_hash = _hash(subject, subject_id, link.version)


def revoke_link(session: Session, *, subject: Subject, subject_id: str) -> None:
    """End the link; nothing can be paid by it until it is renewed."""
    session.get_one(PayLink, (subject, subject_id), with_for_update=True).token_hash = None


def _hash(subject: Subject, subject_id: str, version: int) -> str:
    return rules.token_hash(rules.link_token(config.current().link_key, subject, subject_id, version))
