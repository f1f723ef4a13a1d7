"""What the pages of jobs and customers show."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func, literal, or_, select
from sqlalchemy.orm import Session

from server.access import queries as access
from server.access.models import Staff
from server.access.rules import Role
from server.business.models import Business
from server.contracts import queries as contracts
from server.core import clock, words
from server.customers import queries as customers
from server.customers.models import Customer
from server.dunning import queries as dunning
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.invoices.rules import Subject
from server.jobs import queries as jobs
from server.jobs.models import Job
from server.jobs.rules import stages
from server.office.queries.rows import ROWS, page_of
from server.payments import operations as payments
from server.payments.models import CreditApplication, CreditPayout
from server.payments.queries import list_credit_payouts, saved_cards, usual_method
from server.payments.rules import RefundStatus
from server.photos import queries as photos
from server.receipts import queries as receipts
from server.receipts.rules import Kind
from server.risk import queries as risk

NEWEST = 8


def customer_page(session: Session, customer_id: str, *, profile: Business, by: str, now: datetime) -> dict[str, Any]:
    """Return a customer with what is open and their latest jobs. Raises CustomerNotFound."""
    customer = customers.get_with_credit(session, customer_id)
    latest = jobs.jobs_statement(customer_id=customer_id, time_zone=profile.time_zone)
    visits = list(session.scalars(latest.order_by(Job.scheduled_at.desc()).limit(ROWS)))
    return {
        "customer": customer,
        "invoices": invoices.sheets(session, invoices.list_unpaid(session, customer_id=customer_id)),
        "saved_cards": saved_cards.list_saved_cards(session, [customer_id]),
        "jobs": jobs.list_with_totals(session, visits, languages={customer_id: customer["language"]}),
        "usual_method": usual_method(session, customer_id),
        "sources": payments.list_sources(session, customer_id),
        "held": payments.list_held(session, customer_id),
        "payouts": _waiting_payouts(session, customer_id, by=by),
        "paid_out": _paid_out(session, customer_id),
        "used": _used(session, customer_id),
        "cases": dunning.list_open_cases(session, customer_id),
        "pay_url": invoices.pay_urls(session, Subject.CUSTOMER, [customer_id]).get(customer_id),
        "is_revoked": invoices.is_revoked(session, Subject.CUSTOMER, customer_id),
        "today": clock.local_date(now, profile.time_zone),
        "standing": risk.get_sheet(session, customer_id, locale=words.spoken(), now=now),
    }


def _waiting_payouts(session: Session, customer_id: str, *, by: str) -> list[tuple[CreditPayout, str | None, bool]]:
    """Return the payouts of credit to approve, each with who asked for it, and whether that is who looks."""
    found = list_credit_payouts(session, customer_id)
    waiting = [payout for payout in found if payout.status is RefundStatus.AWAITING_APPROVAL]
    asked_by = {payout.requested_by for payout in waiting}
    names, own = access.names_of(session, asked_by), access.list_of_person(session, asked_by, of=by)
    return [(each, names.get(each.requested_by), each.requested_by in own) for each in waiting]


def _paid_out(session: Session, customer_id: str) -> list[tuple[CreditPayout, str | None]]:
    """Return the latest payouts of credit that went, each with the id of its receipt, where it has one."""
    paid = [each for each in list_credit_payouts(session, customer_id) if each.paid_at is not None][:NEWEST]
    ids = {each.id: receipts.receipt_id(Kind.CREDIT_PAYOUT, each.id) for each in paid}
    there = receipts.which_exist(session, list(ids.values()))
    return [(each, ids[each.id] if ids[each.id] in there else None) for each in paid]


def _used(session: Session, customer_id: str) -> list[tuple[CreditApplication, str]]:
    """Return the latest uses of credit that stand, each with the number of its invoice."""
    standing = select(CreditApplication, Invoice.number).join(Invoice, Invoice.id == CreditApplication.invoice_id)
    wanted = standing.where(CreditApplication.customer_id == customer_id, CreditApplication.withdrawn_at.is_(None))
    newest = wanted.order_by(CreditApplication.created_at.desc(), CreditApplication.id).limit(NEWEST)
    return [(application, number) for application, number in session.execute(newest)]


def job_list(session: Session, *, page: int) -> dict[str, Any]:
    """Return visits, the latest planned first, with their customer, technician and total."""
    visits, is_more = page_of(session, select(Job).order_by(Job.scheduled_at.desc(), Job.id), page=page)
    owing = customers.list_by_id(session, {visit.customer_id for visit in visits})
    languages = {customer.id: customer.language for customer in owing.values()}
    return {
        "jobs": jobs.list_with_totals(session, visits, languages=languages),
        "customers": owing,
        "technicians": {person.id: person.name for person in list_technicians(session)},
        "is_more": is_more,
    }


def job_page(session: Session, job_id: str) -> dict[str, Any]:
    """Return a visit with its contract and invoice. Raises JobNotFound."""
    job = jobs.get_with_totals(session, job_id)
    issued = invoices.sheets(session, invoices.list_for_jobs(session, [job_id]))
    agreed = contracts.list_current(session, [job_id])
    planned = stages(job["schedule"], deposit_minor=job["deposit_minor"], total_minor=job["totals"].total_minor)
    asked = invoices.stage_sheets(session, agreed).get(job_id) or [{**each, "invoice": None} for each in planned]
    return {
        "job": job,
        "customer": customers.get_customer(session, job["customer_id"]),
        "technician": session.get(Staff, job["technician_id"]) if job["technician_id"] else None,
        "contract": agreed.get(job_id),
        "invoice": issued[0] if issued else None,
        "stages": [{**each, "on": each["on"] and date.fromisoformat(each["on"])} for each in asked],
        "photos": photos.sheets(session, photos.list_of_jobs(session, [job_id])),
    }


def list_technicians(session: Session) -> list[Staff]:
    """Return active technicians by name."""
    active = select(Staff).where(Staff.role == Role.TECHNICIAN, Staff.active).order_by(Staff.name)
    return list(session.scalars(active))


def _unaccented(words: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """Return words as one looks for them: Élise stands between Denis and Félix, and is found as elise."""
    return func.lower(func.translate(words, "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜàâäçéèêëîïôöùûü", "AAACEEEEIIOOUUUaaaceeeeiioouuu"))


def list_customer_names(session: Session) -> list[tuple[str, str]]:
    """Return (id, name) of every customer, by name: what a job is planned for."""
    wanted = select(Customer.id, Customer.name).order_by(_unaccented(Customer.name), Customer.id)
    return [(row.id, row.name) for row in session.execute(wanted)]


def list_customers(session: Session, *, q: str, page: int) -> dict[str, Any]:
    """Return customers by name with their credit; `q` is part of a name or an e-mail address."""
    wanted = select(Customer).order_by(_unaccented(Customer.name), Customer.id)
    if q:
        sought = _unaccented(literal(q))
        wanted = wanted.where(
            or_(*(func.strpos(_unaccented(words), sought) > 0 for words in (Customer.name, Customer.email)))
        )
    found, is_more = page_of(session, wanted, page=page)
    return {"customers": customers.list_with_credit(session, found), "is_more": is_more}
