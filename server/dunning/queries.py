"""Questions about debts and cases. What is owed is asked of the books each time; nothing here remembers it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, String, and_, any_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.business import queries as business
from server.core import clock, paging
from server.core.errors import NotFound
from server.customers.models import Customer
from server.dunning import rules
from server.dunning.models import Action, Case, Hold, Run, RunLine, TreatmentPlan
from server.dunning.rules import DEFAULT_PLAN, Debt, LineStatus, Plan, Reason, Status
from server.invoices.models import Invoice
from server.invoices.rules import UNPAID
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.messages import rules as messages
from server.messages.models import Message
from server.payments import rules as payments
from server.payments.models import Payment

Debtor = tuple[str, str]
"""(customer id, currency)"""


class NoSuchCase(NotFound):
    """There is no such case."""

    code = "case_not_found"


class NoSuchHold(NotFound):
    """There is no such hold on this case."""

    code = "hold_not_found"


class NoSuchRun(NotFound):
    """There is no such run."""

    code = "run_not_found"


@dataclass(frozen=True, kw_only=True)
class Open:
    """An unpaid invoice and what it still owes."""

    invoice_id: str
    number: str
    issued_on: date
    due_on: date
    balance_minor: int


@dataclass(frozen=True, kw_only=True)
class Look:
    """What looking at a case found: the step to take now, or the reason for not taking one."""

    case: Case
    step: int | None
    channel: str | None
    open_minor: int
    reason: Reason | None


def list_open(session: Session, which: ColumnElement[bool], *, for_share: bool = False) -> dict[Debtor, list[Open]]:
    """Return the unpaid invoices that `which` picks, by debtor, the earliest due first.

    Balances are the ledger's, and an invoice without one is left out; `for_share` keeps payments on these invoices
    waiting until the caller's transaction ends.
    """
    columns = (
        Invoice.id,
        Invoice.number,
        Invoice.customer_id,
        Invoice.currency,
        Invoice.issued_on,
        Invoice.due_on,
    )
    statement = select(*columns).where(Invoice.status.in_(UNPAID), which).order_by(Invoice.due_on, Invoice.number)
    rows = session.execute(statement.with_for_update(read=True) if for_share else statement).all()
    balances = ledger.balances(session, Kind.RECEIVABLE, [row.id for row in rows])
    found: dict[Debtor, list[Open]] = defaultdict(list)
    for row in rows:
        balance_minor = balances.get(row.id, {}).get(row.currency, 0)
        if balance_minor > 0:
            found[row.customer_id, row.currency].append(
                Open(
                    invoice_id=row.id,
                    number=row.number,
                    issued_on=row.issued_on,
                    due_on=row.due_on,
                    balance_minor=balance_minor,
                )
            )
    return found


def of_late_debtors(*, today: date) -> ColumnElement[bool]:
    """Pick every invoice of those who are past due on one, in its currency."""
    late = select(Invoice.customer_id, Invoice.currency).where(Invoice.status.in_(UNPAID), Invoice.due_on < today)
    return tuple_(Invoice.customer_id, Invoice.currency).in_(late)


def of_debtors(debtors: Collection[Debtor]) -> ColumnElement[bool]:
    """Pick every invoice of these."""
    return tuple_(Invoice.customer_id, Invoice.currency).in_(debtors)


def today_of(session: Session, *, now: datetime) -> date:
    """Return the business's day. Raises BusinessMissing."""
    return clock.local_date(now, business.get_profile(session).time_zone)


def list_uncased(session: Session, *, today: date) -> list[tuple[str, str, date, str | None, datetime | None]]:
    """Return who is past due without an open case: customer, currency, the earliest due day, and the id and end of
    the case they had last, if any."""
    late = (
        select(Invoice.customer_id, Invoice.currency, func.min(Invoice.due_on).label("due_on"))
        .where(Invoice.status.in_(UNPAID), Invoice.due_on < today)
        .group_by(Invoice.customer_id, Invoice.currency)
        .subquery()
    )
    theirs = and_(Case.customer_id == late.c.customer_id, Case.currency == late.c.currency)
    last = (
        select(Case.id, Case.closed_at)
        .where(theirs)
        .order_by(Case.created_at.desc(), Case.id.desc())
        .limit(1)
        .lateral()
    )
    rows = session.execute(
        select(late.c.customer_id, late.c.currency, late.c.due_on, last.c.id, last.c.closed_at)
        .select_from(late)
        .outerjoin(last, last.c.id.is_not(None))
        .where(or_(last.c.id.is_(None), last.c.closed_at.is_not(None)))
        .order_by(late.c.customer_id, late.c.currency)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def find_open_cases(session: Session) -> dict[Debtor, Case]:
    """Return the open cases by debtor."""
    statement = select(Case).where(Case.closed_at.is_(None))
    return {(case.customer_id, case.currency): case for case in session.scalars(statement)}


def list_cases(
    session: Session,
    *,
    customer_id: str | None,
    status: str | None,
    cursor: str | None,
    limit: int,
    today: date,
) -> dict[str, Any]:
    """Return a page of cases as the wire shows them; `open` is active or paused."""
    resting = exists().where(Hold.case_id == Case.id, _in_force(today))
    wanted = select(Case)
    if customer_id is not None:
        wanted = wanted.where(Case.customer_id == customer_id)
    match status:
        case Status.CLOSED:
            wanted = wanted.where(Case.closed_at.is_not(None))
        case Status.PAUSED:
            wanted = wanted.where(Case.closed_at.is_(None), resting)
        case Status.ACTIVE:
            wanted = wanted.where(Case.closed_at.is_(None), ~resting)
        case "open":
            wanted = wanted.where(Case.closed_at.is_(None))
    page = paging.page(session, wanted, by=Case, cursor=cursor, limit=limit)
    return {**page, "items": sheets(session, page["items"], today=today)}


def _in_force(today: date) -> ColumnElement[bool]:
    """The same as rules.in_force, for the database."""
    return and_(Hold.released_at.is_(None), or_(Hold.until_on.is_(None), Hold.until_on > today))


def get_case(session: Session, case_id: str, *, lock: bool = False) -> Case:
    """Return a case, locked where asked. Raises NoSuchCase."""
    found = session.get(Case, case_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NoSuchCase
    return found


def get_sheet(session: Session, case_id: str, *, today: date) -> dict[str, Any]:
    """Return a case as the wire shows it, with its invoices, actions and holds. Raises NoSuchCase."""
    case = get_case(session, case_id)
    debtor = (case.customer_id, case.currency)
    invoices = [] if case.closed_at else list_open(session, of_debtors([debtor])).get(debtor, [])
    actions = select(Action).where(Action.case_id == case_id).order_by(Action.acted_at, Action.id)
    holds = select(Hold).where(Hold.case_id == case_id).order_by(Hold.placed_at, Hold.id)
    return {
        **sheets(session, [case], today=today)[0],
        "invoices": invoices,
        "actions": list(session.scalars(actions)),
        "holds": list(session.scalars(holds)),
    }


def sheets(session: Session, cases: Collection[Case], *, today: date) -> list[dict[str, Any]]:
    """Return cases as the wire shows them, with what is open now; a handful of queries however many there are."""
    chased = {(case.customer_id, case.currency): case for case in cases if case.closed_at is None}
    invoices = list_open(session, of_debtors(chased)) if chased else {}
    debts = debts_of(session, invoices, chased, today=today)
    plans = get_plans(session, {case.plan_id for case in cases})
    made = []
    for case in cases:
        plan = plans[case.plan_id]
        debt = debts.get((case.customer_id, case.currency)) if case.closed_at is None else None
        made.append(
            {
                **{column.key: getattr(case, column.key) for column in Case.__table__.columns},
                "opened_at": case.opened_at,
                "status": _status(case, debt),
                "plan_name": plan.name,
                "open_minor": debt.open_minor if debt else 0,
                "next_step_on": rules.next_step_on(debt, plan, today=today) if debt else None,
            }
        )
    return made


def _status(case: Case, debt: Debt | None) -> Status:
    if case.closed_at is not None:
        return Status.CLOSED
    return Status.PAUSED if debt is not None and debt.paused_by else Status.ACTIVE


def debts_of(
    session: Session,
    invoices: dict[Debtor, list[Open]],
    cases: dict[Debtor, Case],
    *,
    today: date,
) -> dict[Debtor, Debt]:
    """Return each debt as `rules` wants it, from the unpaid invoices and the open case; no invoice, no debt."""
    holds = _holds_in_force(session, [case.id for case in cases.values()], today=today)
    under_way = _under_way(session, [invoice.invoice_id for some in invoices.values() for invoice in some])
    return {
        debtor: Debt(
            open_minor=sum(invoice.balance_minor for invoice in unpaid),
            issued_on=unpaid[0].issued_on,
            due_on=unpaid[0].due_on,
            last_step=cases[debtor].step,
            last_contact_on=cases[debtor].last_contact_on,
            paused_by=frozenset(holds.get(cases[debtor].id, ())),
            payment_under_way=any(invoice.invoice_id in under_way for invoice in unpaid),
        )
        for debtor, unpaid in invoices.items()
        if debtor in cases
    }


def look(session: Session, invoices: dict[Debtor, list[Open]], cases: dict[Debtor, Case], *, today: date) -> list[Look]:
    """Return what is to be done today about each open case: by which step, or why nothing is."""
    debts = debts_of(session, invoices, cases, today=today)
    plans = get_plans(session, {case.plan_id for case in cases.values()})
    unreachable = _without_address(session, {customer_id for customer_id, _ in debts})
    looks = []
    for debtor, case in cases.items():
        debt, plan = debts.get(debtor), plans[case.plan_id]
        step = rules.next_step(debt, plan, today=today) if debt else None
        treatment = None
        if debt and step:
            treatment = rules.treatment(step, plan, open_minor=debt.open_minor, currency=debtor[1])
        reason = rules.waits_because(debt, plan, today=today) if debt else Reason.NOTHING_OPEN
        if treatment is not None and treatment.template not in rules.WRITABLE:
            reason = Reason.CHANNEL_NOT_AVAILABLE
        elif treatment is not None and debtor[0] in unreachable:
            reason = Reason.NO_ADDRESS
        looks.append(
            Look(
                case=case,
                step=step.seq if step else None,
                channel=treatment.channel if treatment else None,
                open_minor=debt.open_minor if debt else 0,
                reason=reason,
            )
        )
    return looks


def look_at_all(session: Session, *, today: date) -> list[Look]:
    """Look at every open case that is past due."""
    invoices = list_open(session, of_late_debtors(today=today))
    cases = {debtor: case for debtor, case in find_open_cases(session).items() if debtor in invoices}
    return look(session, invoices, cases, today=today)


def _without_address(session: Session, customer_ids: Collection[str]) -> set[str]:
    nowhere = select(Customer.id).where(Customer.email.is_(None), _among(Customer.id, customer_ids))
    return set(session.scalars(nowhere))


def _holds_in_force(session: Session, case_ids: Collection[str], *, today: date) -> dict[str, list[str]]:
    """Return the reasons to rest of each case."""
    found: dict[str, list[str]] = defaultdict(list)
    for case_id, reason in session.execute(
        select(Hold.case_id, Hold.reason).where(_among(Hold.case_id, case_ids), _in_force(today))
    ):
        found[case_id].append(reason)
    return found


def _under_way(session: Session, invoice_ids: Collection[str]) -> set[str]:
    """Return the invoices on which money may be moving at this moment (law 5): nobody is reminded of those."""
    moving = (payments.Status.PROCESSING, payments.Status.UNKNOWN)
    statement = select(Payment.invoice_id).where(Payment.status.in_(moving), _among(Payment.invoice_id, invoice_ids))
    return set(session.scalars(statement))


def _among(column: InstrumentedAttribute[str], ids: Iterable[str]) -> ColumnElement[bool]:
    """Compare with an array: one parameter, however many there are."""
    return column == any_(literal(list(ids), ARRAY(String)))


def get_default_plan(session: Session) -> TreatmentPlan:
    """Return the newest version of the plan that new cases follow."""
    newest = select(TreatmentPlan).where(TreatmentPlan.name == DEFAULT_PLAN).order_by(TreatmentPlan.version.desc())
    return session.scalars(newest.limit(1)).one()


def get_plans(session: Session, plan_ids: Collection[str]) -> dict[str, Plan]:
    """Return these plans by id."""
    rows = session.scalars(select(TreatmentPlan).where(TreatmentPlan.id.in_(plan_ids)))
    return {row.id: read_plan(row) for row in rows}


def read_plan(row: TreatmentPlan) -> Plan:
    """Return a plan as `rules` wants it."""
    return rules.read({column.key: getattr(row, column.key) for column in TreatmentPlan.__table__.columns})


def list_unsent(session: Session, case_ids: Collection[str]) -> list[str]:
    """Return the keys of messages of these cases that nobody began to send."""
    waiting = (
        select(Message.key)
        .join(Action, Action.message_id == Message.id)
        .where(Action.case_id.in_(case_ids), Message.status == messages.Status.WRITTEN)
    )
    return list(session.scalars(waiting))


def get_hold(session: Session, case_id: str, hold_id: str) -> Hold:
    """Return a hold of this case. Raises NoSuchHold."""
    found = session.get(Hold, hold_id)
    if found is None or found.case_id != case_id:
        raise NoSuchHold
    return found


def get_run(session: Session, run_id: str) -> dict[str, Any]:
    """Return a run as the wire shows it: `done` once no line is left to do. Raises NoSuchRun."""
    run = session.get(Run, run_id)
    if run is None:
        raise NoSuchRun
    lines = list(
        session.scalars(select(RunLine).where(RunLine.run_id == run_id).order_by(RunLine.customer_id, RunLine.currency))
    )
    by_status = {wanted.value: [line for line in lines if line.status is wanted] for wanted in LineStatus}
    status = "queued"
    if run.started_at is not None:
        status = "running" if by_status["planned"] and not run.dry_run else "done"
    ended = max([line.written_at for line in lines], default=run.started_at) if status == "done" else None
    return {
        "id": run.id,
        "status": status,
        "as_of": run.as_of,
        "dry_run": run.dry_run,
        **by_status,
        "started_at": run.started_at,
        "ended_at": ended,
    }
