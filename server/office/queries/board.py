"""What the unpaid board shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session

from server.business.models import Business
from server.chargebacks import queries as chargebacks
from server.chargebacks.models import Chargeback
from server.core import clock
from server.dunning import queries as dunning
from server.dunning import rules as chasing
from server.dunning.queries import Debtor
from server.invoices.models import Invoice
from server.jobs.models import Job
from server.jobs.rules import day_bounds
from server.office.queries.rows import ROWS
from server.payments import queries as payments
from server.payments.models import Payment, UnassignedPayment, UnnamedHold
from server.payments.rules import Status
from server.payments.rules.collecting import is_alarming as is_alarm


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
    """What dunning will do in a case: the day and channel of the next step, or why it rests."""

    case_id: str
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
    is_alarming: bool = False
    held: list[dict[str, Any]]
    chargebacks: list[Chargeback]
    unassigned: list[UnassignedPayment]
    unnamed_holds: list[UnnamedHold]
    pages: int = 1


def board(session: Session, *, profile: Business, page: int, now: datetime) -> Board:
    """Return the unpaid board: the longest overdue first, `ROWS` at a time; sums are over everything."""
    today = clock.local_date(now, profile.time_zone)
    found = dunning.list_open(session, true())
    steps = following(session, found, today=today)
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
            next=steps.get(debtor),
            attempts=attempts.get(invoice.invoice_id, []),
        )
        for debtor, invoice in shown
    ]
    unknown = _with_invoices(session, select(Payment).where(Payment.status == Status.UNKNOWN))
    return Board(
        owed=_owed(session, due, profile=profile, today=today),
        unpaid=unpaid,
        newest=list_newest_payments(session),
        unassigned=list(session.scalars(payments.unassigned_statement())),
        unnamed_holds=list(session.scalars(payments.unnamed_holds_statement(now=now))),
        held=_with_invoices(session, payments.held_statement()),
        chargebacks=chargebacks.list_to_answer(session),
        unknown=unknown,
        is_alarming=any(is_alarm(row["payment"].unknown_since, now=now) for row in unknown),
        pages=max(1, -(-len(due) // ROWS)),
    )


def following(session: Session, found: dict[Debtor, list[dunning.Open]], *, today: date) -> dict[Debtor, Next]:
    """Return what dunning will do about each debtor it has a case on."""
    cases = dunning.find_open_cases(session)
    debts = dunning.debts_of(session, found, cases, today=today)
    plans = dunning.get_plans(session, {case.plan_id for case in cases.values()})
    steps = {}
    for debtor, debt in debts.items():
        plan = plans[cases[debtor].plan_id]
        on = chasing.next_step_on(debt, plan, today=today)
        step = chasing.next_step(debt, plan, today=max(on, today)) if on else None
        how = chasing.treatment(step, plan, open_minor=debt.open_minor, currency=debtor[1]) if step else None
        steps[debtor] = Next(
            case_id=cases[debtor].id,
            on=max(on, today) if on else None,
            channel=how.channel if how else None,
            paused_by=debt.paused_by,
        )
    return steps


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
        .where(Payment.status == Status.SUCCEEDED, Payment.reversed_at.is_(None))
        .where(Payment.settled_at >= first, Payment.settled_at < after)
        .group_by(Payment.currency)
    )
    for currency, amount_minor in session.execute(received):
        sums.setdefault(currency, Owed(currency=currency)).received_today_minor = int(amount_minor)
    return list(sums.values())


def _under_way(session: Session, invoice_ids: Sequence[str]) -> dict[str, list[Payment]]:
    found: dict[str, list[Payment]] = {}
    for payment in payments.list_open(session, *invoice_ids):
        for invoice_id in payment.parts:
            found.setdefault(invoice_id, []).append(payment)
    return found


NEWEST = 8


def list_newest_payments(session: Session) -> list[dict[str, Any]]:
    """Return the latest money that came, newest first."""
    received = select(Payment).where(Payment.status == Status.SUCCEEDED, Payment.reversed_at.is_(None))
    return _with_invoices(session, received.order_by(Payment.settled_at.desc()).limit(NEWEST))


def _invoices(session: Session, ids: Sequence[str]) -> dict[str, tuple[Invoice, str]]:
    """Return invoices with the title of their job."""
    statement = select(Invoice, Job.title).join(Job, Job.id == Invoice.job_id).where(Invoice.id.in_(ids))
    return {invoice.id: (invoice, title) for invoice, title in session.execute(statement)}


def _with_invoices(session: Session, statement: Select[Payment]) -> list[dict[str, Any]]:
    """Return payments, each with the invoice that it pays, the first of several."""
    found = list(session.scalars(statement))
    leads = select(Invoice).where(Invoice.id.in_({payment.lead_id for payment in found}))
    invoices = {invoice.id: invoice for invoice in session.scalars(leads)}
    return [{"payment": payment, "invoice": invoices[payment.lead_id]} for payment in found]
