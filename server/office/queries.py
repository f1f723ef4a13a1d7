"""What the desk's pages show: questions that span several nouns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session

from server.access.models import Device, Staff
from server.access.rules import Role
from server.business.models import Business
from server.contracts import queries as contracts
from server.core import clock
from server.customers import queries as customers
from server.customers.models import Customer
from server.documents import qr
from server.dunning import queries as dunning
from server.dunning import rules as chasing
from server.dunning.models import Action, Case
from server.dunning.queries import Debtor
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.jobs import queries as jobs
from server.jobs.models import Job
from server.jobs.rules import day_bounds
from server.messages import queries as messages
from server.payments import queries as payments
from server.payments.models import Payment, Reader
from server.payments.rules import OPEN, RefundStatus, Status, left_to_refund

ROWS = 50
NEWEST = 8
Row = TypeVar("Row")


@dataclass(kw_only=True)
class Owed:
    """What is owed in one currency, in minor units, and on how many invoices."""

    currency: str
    open_minor: int = 0
    late_minor: int = 0
    open_count: int = 0
    late_count: int = 0
    received_today_minor: int = 0


@dataclass(frozen=True, kw_only=True)
class Next:
    """What dunning will do: the day and channel of the next step, or why it rests."""

    on: date | None = None
    channel: str | None = None
    paused_by: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Unpaid:
    """A line of the unpaid board. `attempts` are the payments under way."""

    invoice_id: str
    number: str
    customer_id: str
    customer_name: str
    title: str
    currency: str
    balance_minor: int
    total_minor: int
    due_on: date
    days_late: int
    next: Next | None
    attempts: list[Payment]


@dataclass(frozen=True, kw_only=True)
class Board:
    """Who has not paid yet."""

    owed: list[Owed]
    unpaid: list[Unpaid]
    newest: list[dict[str, Any]]
    unknown: list[dict[str, Any]]
    pages: int = 1


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One thing that happened to an invoice; `what` and `about` are for the template to say."""

    at: datetime
    what: str
    about: Any = field(default=None)


def board(session: Session, *, profile: Business, page: int, now: datetime) -> Board:
    """Return the unpaid board: the longest overdue first, `ROWS` at a time; sums are over everything."""
    today = clock.local_date(now, profile.time_zone)
    found = dunning.list_open(session, true())
    following = _following(session, found, today=today)
    due = sorted(
        ((debtor, invoice) for debtor, some in found.items() for invoice in some),
        key=lambda pair: (pair[1].due_on, pair[1].number),
    )
    shown = due[(page - 1) * ROWS : page * ROWS]
    ids = [invoice.invoice_id for _, invoice in shown]
    issued = _invoices(session, ids)
    attempts = _under_way(session, ids)
    unpaid = [
        Unpaid(
            invoice_id=invoice.invoice_id,
            number=invoice.number,
            customer_id=debtor[0],
            customer_name=issued[invoice.invoice_id][0].buyer["name"],
            title=issued[invoice.invoice_id][1],
            currency=debtor[1],
            balance_minor=invoice.balance_minor,
            total_minor=issued[invoice.invoice_id][0].total_minor,
            due_on=invoice.due_on,
            days_late=(today - invoice.due_on).days,
            next=following.get(debtor),
            attempts=attempts.get(invoice.invoice_id, []),
        )
        for debtor, invoice in shown
    ]
    return Board(
        owed=_owed(session, due, profile=profile, today=today),
        unpaid=unpaid,
        newest=list_newest_payments(session),
        unknown=_with_invoices(session, select(Payment).where(Payment.status == Status.UNKNOWN)),
        pages=max(1, -(-len(due) // ROWS)),
    )


def _following(session: Session, found: dict[Debtor, list[dunning.Open]], *, today: date) -> dict[Debtor, Next]:
    """Return what dunning will do about each debtor it has a case on."""
    cases = dunning.find_open_cases(session)
    debts = dunning.debts_of(session, found, cases, today=today)
    plans = dunning.get_plans(session, {case.plan_id for case in cases.values()})
    following = {}
    for debtor, debt in debts.items():
        plan = plans[cases[debtor].plan_id]
        on = chasing.next_step_on(debt, plan, today=today)
        step = chasing.next_step(debt, plan, today=max(on, today)) if on else None
        how = chasing.treatment(step, plan, open_minor=debt.open_minor, currency=debtor[1]) if step else None
        if how is not None and how.template not in chasing.WRITABLE:
            on, how = None, None  # The plan waits there: nobody could write that step yet.
        following[debtor] = Next(on=on, channel=how.channel if how else None, paused_by=debt.paused_by)
    return following


def _owed(
    session: Session, due: Sequence[tuple[Debtor, dunning.Open]], *, profile: Business, today: date
) -> list[Owed]:
    """Return sums by currency, the business's own first."""
    sums = {profile.currency: Owed(currency=profile.currency)}
    for (_, currency), invoice in due:
        owed = sums.setdefault(currency, Owed(currency=currency))
        owed.open_minor += invoice.balance_minor
        owed.open_count += 1
        if invoice.due_on < today:
            owed.late_minor += invoice.balance_minor
            owed.late_count += 1
    first, after = day_bounds(today, profile.time_zone)
    received = (
        select(Payment.currency, func.sum(Payment.amount_minor))
        .where(Payment.status == Status.SUCCEEDED, Payment.settled_at >= first, Payment.settled_at < after)
        .group_by(Payment.currency)
    )
    for currency, amount_minor in session.execute(received):
        sums.setdefault(currency, Owed(currency=currency)).received_today_minor = int(amount_minor)
    return list(sums.values())


def _invoices(session: Session, ids: Sequence[str]) -> dict[str, tuple[Invoice, str]]:
    """Return invoices with the title of their job."""
    statement = select(Invoice, Job.title).join(Job, Job.id == Invoice.job_id).where(Invoice.id.in_(ids))
    return {invoice.id: (invoice, title) for invoice, title in session.execute(statement)}


def _under_way(session: Session, invoice_ids: Sequence[str]) -> dict[str, list[Payment]]:
    found: dict[str, list[Payment]] = {}
    statement = select(Payment).where(Payment.invoice_id.in_(invoice_ids), Payment.status.in_(OPEN))
    for payment in session.scalars(statement):
        found.setdefault(payment.invoice_id, []).append(payment)
    return found


def list_newest_payments(session: Session) -> list[dict[str, Any]]:
    """Return the latest money that came, newest first."""
    latest = select(Payment).where(Payment.status == Status.SUCCEEDED).order_by(Payment.settled_at.desc())
    return _with_invoices(session, latest.limit(NEWEST))


def _with_invoices(session: Session, statement: Select[Payment]) -> list[dict[str, Any]]:
    found = session.execute(statement.join(Invoice, Invoice.id == Payment.invoice_id).add_columns(Invoice))
    return [{"payment": payment, "invoice": invoice} for payment, invoice in found]


def invoice_page(session: Session, invoice_id: str, *, profile: Business, locale: str, now: datetime) -> dict[str, Any]:
    """Return an invoice with everything that happened to it. Raises NoSuchInvoice."""
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
        "next": _following(session, open_invoices, today=today).get(debtor),
        "attempts": payments.list_open(session, invoice_id),
        **_refunds(session, invoice),
        "timeline": timeline(session, invoice, locale=locale),
        "qr": qr.svg(sheet["pay_url"]) if sheet["pay_url"] and sheet["balance_minor"] > 0 else None,
    }


def _refunds(session: Session, invoice: Invoice) -> dict[str, Any]:
    """Return what may still be given back of each payment, and the refunds that wait for a second person."""
    received = list(session.scalars(payments.payments_statement(invoice_id=invoice.id, status=Status.SUCCEEDED)))
    ids = [payment.id for payment in received]
    claimed = payments.claimed_minor(session, ids)
    left = [(payment, left_to_refund(payment.amount_minor, claimed.get(payment.id, 0))) for payment in received]
    waiting = [
        (refund, _name_of(session, refund.requested_by))
        for refund in payments.list_refunds(session, ids)
        if refund.status is RefundStatus.AWAITING_APPROVAL
    ]
    return {"refundable": [(payment, minor) for payment, minor in left if minor], "waiting_refunds": waiting}


def _name_of(session: Session, principal: str) -> str | None:
    """Return the name of whoever made a request (`staff:...`, `device:...`); None where it was no person."""
    kind, _, found_id = principal.partition(":")
    device = session.get(Device, found_id) if kind == "device" else None
    person = session.get(Staff, device.staff_id if device else found_id) if device or kind == "staff" else None
    return person.name if person else None


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
    given_back = payments.list_refunds(session, [attempt.id for attempt in attempts])
    happened += [
        Happening(at=sheet["settled_at"] or sheet["created_at"], what="refund", about=sheet)
        for sheet in payments.refund_sheets(session, given_back, locale=locale)
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


def customer_page(session: Session, customer_id: str, *, profile: Business, now: datetime) -> dict[str, Any]:
    """Return a customer with what is open and their latest jobs. Raises CustomerNotFound."""
    customer = customers.get_with_credit(session, customer_id)
    latest = jobs.jobs_statement(customer_id=customer_id, time_zone=profile.time_zone)
    visits = list(session.scalars(latest.order_by(Job.scheduled_at.desc()).limit(ROWS)))
    return {
        "customer": customer,
        "invoices": invoices.sheets(session, invoices.list_unpaid(session, customer_id=customer_id)),
        "jobs": jobs.list_with_totals(session, visits, languages={customer_id: customer["language"]}),
        "today": clock.local_date(now, profile.time_zone),
    }


def job_list(session: Session, *, page: int) -> dict[str, Any]:
    """Return visits, the latest planned first, with their customer, technician and total."""
    visits, is_more = _page(session, select(Job).order_by(Job.scheduled_at.desc(), Job.id), page=page)
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
    return {
        "job": job,
        "customer": customers.get_customer(session, job["customer_id"]),
        "technician": session.get(Staff, job["technician_id"]) if job["technician_id"] else None,
        "contract": contracts.list_current(session, [job_id]).get(job_id),
        "invoice": issued[0] if issued else None,
    }


def list_technicians(session: Session) -> list[Staff]:
    """Return active technicians by name."""
    active = select(Staff).where(Staff.role == Role.TECHNICIAN, Staff.active).order_by(Staff.name)
    return list(session.scalars(active))


def list_customer_names(session: Session) -> list[tuple[str, str]]:
    """Return (id, name) of every customer, by name: what a job is planned for."""
    return [(row.id, row.name) for row in session.execute(select(Customer.id, Customer.name).order_by(Customer.name))]


def list_customers(session: Session, *, q: str, page: int) -> dict[str, Any]:
    """Return customers by name with their credit; `q` is part of a name or an e-mail address."""
    wanted = select(Customer).order_by(func.lower(Customer.name), Customer.id)
    if q:
        wanted = wanted.where(
            Customer.name.icontains(q, autoescape=True) | Customer.email.icontains(q, autoescape=True)
        )
    found, is_more = _page(session, wanted, page=page)
    return {"customers": customers.list_with_credit(session, found), "is_more": is_more}


def list_phones(session: Session) -> list[tuple[Device, str]]:
    """Return phones with the name of their technician, those that work first."""
    statement = select(Device, Staff.name).join(Staff, Staff.id == Device.staff_id)
    found = session.execute(statement.order_by(Device.revoked_at.is_not(None), Device.created_at.desc()).limit(200))
    return [(device, name) for device, name in found]


def list_readers(session: Session) -> list[Reader]:
    """Return card readers by their label."""
    return list(session.scalars(payments.readers_statement().order_by(Reader.label)))


def _page(session: Session, statement: Select[Row], *, page: int) -> tuple[list[Row], bool]:
    found = list(session.scalars(statement.offset((page - 1) * ROWS).limit(ROWS + 1)))
    return found[:ROWS], len(found) > ROWS
