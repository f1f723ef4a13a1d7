"""Issue invoices: of the work, of stages asked for before it, of what paying late costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from server.business import queries as business
from server.business import rules as taxes
from server.business.models import Business
from server.contracts import queries as contracts
from server.contracts import rules as contract_rules
from server.core import clock, ids
from server.core.errors import Conflict, NotFound, Unacceptable
from server.customers import queries as customers
from server.customers.models import Customer
from server.documents import pdf
from server.invoices import queries, rules
from server.invoices.models import Invoice
from server.invoices.operations.links import open_link
from server.invoices.operations.settling import take_deposits
from server.invoices.rules import Kind, Subject
from server.jobs import queries as jobs
from server.jobs import rules as job_rules
from server.jobs.models import Job
from server.jobs.operations import JobClosed
from server.jobs.rules import When
from server.ledger import operations as ledger
from server.ledger.operations import Move
from server.ledger.rules import Kind as LedgerKind
from server.messages import operations as messages
from server.messages.rules import Attachment, Content, InvoiceNotice


class InvoiceIncomplete(Unacceptable):
    """The invoice cannot be issued: something that must stand on it is missing."""

    code = "invoice_incomplete"


class ContractNotSigned(Conflict):
    """The contract of this job is not signed: nothing can be asked for before the work is done."""

    code = "contract_not_signed"


class StageRequested(Conflict):
    """This stage of the contract was asked for already."""

    code = "stage_requested"


class NoSuchStage(NotFound):
    """There is no such stage in the signed contract."""

    code = "stage_not_found"


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
    requests = queries.list_requests(session, [job.id], lock=True)
    invoice = _draw_up(session, job=job, profile=profile, customer=customer, invoice_id=invoice_id, now=now)
    invoice.contract_id = contract.id if contract else None
    invoice.status = rules.status_of(total_minor=totals.total_minor, balance_minor=totals.total_minor)
    invoice.service_on = service_on
    invoice.due_on, invoice.payment_days = rules.due_on(issued_on, payment_days), payment_days
    invoice.lines, invoice.taxes = [_line(line) for line in job.lines], [asdict(tax) for tax in totals.taxes]
    invoice.subtotal_minor, invoice.total_minor = totals.subtotal_minor, totals.total_minor
    invoice.deposits = [
        {"invoice_id": each.id, "number": each.number, "amount_minor": paid_minor}
        for each in requests
        if (paid_minor := each.total_minor - queries.balance_of(session, each)) > 0
    ]
    session.add(invoice)
    session.flush()
    _post(session, invoice, now=now)
    take_deposits(session, invoice, requests, now=now)
    open_link(session, subject=Subject.INVOICE, subject_id=invoice.id)
    _announce(session, invoice, customer, now=now)
    return invoice


def _draw_up(
    session: Session, *, job: Job, profile: Business, customer: Customer, invoice_id: str, now: datetime
) -> Invoice:
    """Return an invoice with what every kind has; its number is the next, without a gap."""
    today = clock.local_date(now, profile.time_zone)
    return Invoice(
        id=invoice_id,
        number=_next_number(session, profile.invoice_prefix),
        job_id=job.id,
        customer_id=customer.id,
        kind=Kind.FINAL,
        status=rules.Status.ISSUED,
        language=customer.language,
        currency=job.currency,
        issued_on=today,
        service_on=today,
        due_on=today,
        payment_days=0,
        po_number=job.po_number,
        seller=profile.seller,
        buyer=_buyer(customer, job),
        lines=[],
        taxes=[],
        deposits=[],
        created_at=now,
    )


def request_stage(session: Session, *, job_id: str, position: int, invoice_id: str, now: datetime) -> Invoice:
    """Ask for the money of a stage of the signed contract before the work is done: an invoice without tax, due at once,
    whose counterpart is a liability until the invoice of the work takes it.

    The same id again is the same request. Raises JobNotFound, StageRequested, JobClosed,
    ContractNotSigned, NoSuchStage.
    """
    job = jobs.get_for_update(session, job_id)
    known = session.get(Invoice, invoice_id)
    if known is not None:
        if (known.job_id, known.stage) != (job_id, position):
            raise StageRequested
        return known
    if job.status not in job_rules.OPEN:
        raise JobClosed
    contract = contracts.find_signed(session, job_id)
    if contract is None:
        raise ContractNotSigned
    stage = next((each for each in contract.content.get("schedule", ()) if each["position"] == position), None)
    if stage is None:
        raise NoSuchStage
    if any(each.stage == position for each in queries.list_requests(session, [job_id])):
        raise StageRequested
    profile, customer = business.get_profile(session), customers.get_customer(session, job.customer_id)
    spoken = rules.locale(customer.language, profile.seller)
    invoice = _draw_up(session, job=job, profile=profile, customer=customer, invoice_id=invoice_id, now=now)
    invoice.contract_id, invoice.stage = contract.id, position
    invoice.kind = Kind.DEPOSIT if stage["when"] == When.ON_SIGNATURE else Kind.PROGRESS
    line = (f"{contract_rules.stage_label(stage, spoken)} · {job.title}", stage["amount_minor"])
    return _issue_untaxed(session, invoice, customer, [line], now=now)


def charge_late(
    session: Session, *, principal: Invoice, invoice_id: str, lines: Sequence[tuple[str, int]], now: datetime
) -> Invoice:
    """Issue what paying an invoice late costs as an invoice of its own, without tax, with the terms of the first.

    `lines` are descriptions in the customer's language and amounts in minor units. The caller decides whether any of
    it may be charged.
    """
    profile, customer = business.get_profile(session), customers.get_customer(session, principal.customer_id)
    job = jobs.get_job(session, principal.job_id)
    invoice = _draw_up(session, job=job, profile=profile, customer=customer, invoice_id=invoice_id, now=now)
    invoice.kind, invoice.contract_id = Kind.LATE_CHARGE, principal.contract_id
    invoice.language, invoice.buyer, invoice.service_on = principal.language, principal.buyer, principal.service_on
    invoice.payment_days = principal.payment_days
    invoice.due_on = rules.due_on(invoice.issued_on, principal.payment_days)
    return _issue_untaxed(session, invoice, customer, lines, now=now)


def _issue_untaxed(
    session: Session, invoice: Invoice, customer: Customer, lines: Sequence[tuple[str, int]], *, now: datetime
) -> Invoice:
    """Issue what bears no tax, of lines (description, amount in minor units)."""
    invoice.lines = [
        {
            "description": description,
            "quantity": "1",
            "unit_price_minor": amount_minor,
            "tax_code": taxes.NO_TAX,
            "amount_minor": amount_minor,
        }
        for description, amount_minor in lines
    ]
    invoice.subtotal_minor = invoice.total_minor = sum(amount_minor for _, amount_minor in lines)
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
    owed = (LedgerKind.RECEIVABLE, invoice.id)
    earned = {Kind.FINAL: (LedgerKind.SALES, ""), Kind.LATE_CHARGE: (LedgerKind.LATE_CHARGES, "")}.get(
        invoice.kind, (LedgerKind.DEPOSITS, invoice.job_id)
    )
    moves = [Move(invoice.subtotal_minor, debit=owed, credit=earned)]
    moves += [Move(tax["amount_minor"], debit=owed, credit=(LedgerKind.TAX, tax["account"])) for tax in invoice.taxes]
    ledger.post(
        session,
        entry_id=ids.derived("ent", "issued", invoice.id),
        reason=rules.ISSUED,
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
            Attachment(
                filename=f"{invoice.number}.pdf",
                content_type="application/pdf",
                content=pdf.invoice_words(rules.facts(sheet)),
                is_drawn=False,
            )
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
