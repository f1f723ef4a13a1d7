"""Questions about cases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from server.core import paging
from server.core.database import among
from server.core.errors import NotFound
from server.dunning import rules
from server.dunning.models import Action, Case, Dispute, Hold, Transition
from server.dunning.queries.arrangements import arrangements
from server.dunning.queries.checks import list_checks
from server.dunning.queries.debts import Debtor, Open, debts_of, list_open, of_debtors
from server.dunning.queries.legal import list_intents
from server.dunning.queries.pauses import resting
from server.dunning.queries.plans import get_plans
from server.dunning.rules import Debt, DisputeStatus, Status
from server.invoices.models import Invoice
from server.messages import rules as messages
from server.messages.models import Message
from server.standing import queries as standing
from server.standing.models import CustomerStanding


class NoSuchCase(NotFound):
    """There is no such case."""

    code = "case_not_found"


def find_open_cases(session: Session) -> dict[Debtor, Case]:
    """Return the open cases by debtor."""
    statement = select(Case).where(Case.closed_at.is_(None))
    return {(case.customer_id, case.currency): case for case in session.scalars(statement)}


def find_open_case(session: Session, customer_id: str, currency: str) -> Case | None:
    """Return the open case of a customer in a currency, or None."""
    theirs = select(Case).where(Case.customer_id == customer_id, Case.currency == currency)
    return session.scalars(theirs.where(Case.closed_at.is_(None))).one_or_none()


def list_reclassed(session: Session) -> list[tuple[Case, str]]:
    """Return the open cases, locked, whose customer is of another class now than when the case was looked at last, each
    with that class."""
    wanted = (
        select(Case, CustomerStanding.risk_class)
        .join(CustomerStanding, CustomerStanding.customer_id == Case.customer_id)
        .where(Case.closed_at.is_(None), Case.risk_class.is_distinct_from(cast(CustomerStanding.risk_class, String)))
        .order_by(Case.id)
        .with_for_update(of=Case, skip_locked=True)
    )
    return [(row[0], row[1].value) for row in session.execute(wanted)]


def list_open_cases(session: Session, customer_id: str) -> list[Case]:
    """Return the open cases of a customer, one for each currency."""
    theirs = select(Case).where(Case.customer_id == customer_id, Case.closed_at.is_(None))
    return list(session.scalars(theirs.order_by(Case.currency)))


def list_cases(
    session: Session,
    *,
    customer_id: str | None,
    status: str | None,
    cursor: str | None,
    limit: int,
    today: date,
) -> dict[str, Any]:
    """Return a page of cases as the wire shows them; `open` is every one that is not closed."""
    wanted = select(Case)
    if customer_id is not None:
        wanted = wanted.where(Case.customer_id == customer_id)
    match status:
        case None:
            pass
        case Status.CLOSED:
            wanted = wanted.where(Case.closed_at.is_not(None))
        case Status.PAUSED:
            rests = resting(today) | Case.id.in_(_all_disputed(session))
            wanted = wanted.where(Case.closed_at.is_(None), rests)
        case "open":
            wanted = wanted.where(Case.closed_at.is_(None))
        case _:
            wanted = wanted.where(Case.status == status, ~resting(today), Case.id.not_in(_all_disputed(session)))
    page = paging.page(session, wanted, by=Case, cursor=cursor, limit=limit)
    return {**page, "items": sheets(session, page["items"], today=today)}


def _all_disputed(session: Session) -> list[str]:
    """Return the open cases in which nothing may be demanded, as all of it is disputed."""
    disputed = select(Invoice.customer_id, Invoice.currency).join(Dispute, Dispute.invoice_id == Invoice.id)
    debtors = {(row[0], row[1]) for row in session.execute(disputed.where(Dispute.status == DisputeStatus.OPEN))}
    found = list_open(session, of_debtors(debtors)) if debtors else {}
    cases = find_open_cases(session) if found else {}
    return [
        cases[debtor].id
        for debtor, unpaid in found.items()
        if debtor in cases and not any(invoice.demanded_minor for invoice in unpaid)
    ]


def get_case(session: Session, case_id: str, *, lock: bool = False) -> Case:
    """Return a case, locked where asked. Raises NoSuchCase."""
    found = session.get(Case, case_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NoSuchCase
    return found


def find_free(session: Session, case_id: str) -> Case | None:
    """Return a case as it is now, locked; None while somebody else is at it. Who holds some cases and waits for another
    may wait for one that waits for them: the planner leaves it to its next turn."""
    return session.get(Case, case_id, with_for_update={"skip_locked": True}, populate_existing=True)


def list_free(session: Session, case_ids: Collection[str]) -> list[str]:
    """Return those of these cases that nobody else is at, locked, as `find_free` does."""
    wanted = select(Case.id).where(among(Case.id, case_ids)).order_by(Case.id)
    return list(session.scalars(wanted.with_for_update(skip_locked=True)))


def lock_cases(session: Session, case_ids: Collection[str]) -> list[Case]:
    """Return these cases as they are now, locked in the order of their ids. Raises NoSuchCase."""
    wanted = select(Case).where(among(Case.id, case_ids)).order_by(Case.id).with_for_update()
    found = list(session.scalars(wanted.execution_options(populate_existing=True)))
    if len(found) < len(set(case_ids)):
        raise NoSuchCase
    return found


def get_sheet(session: Session, case_id: str, *, today: date) -> dict[str, Any]:
    """Return a case as the wire shows it, with all that is in it and its transitions. Raises NoSuchCase."""
    case = get_case(session, case_id)
    debtor = (case.customer_id, case.currency)
    invoices = [] if case.closed_at else list_open(session, of_debtors([debtor])).get(debtor, [])
    actions = select(Action).where(Action.case_id == case_id).order_by(Action.acted_at, Action.id)
    holds = select(Hold).where(Hold.case_id == case_id).order_by(Hold.placed_at, Hold.id)
    moves = select(Transition).where(Transition.case_id == case_id).order_by(Transition.moved_at, Transition.id)
    return {
        **sheets(session, [case], today=today)[0],
        "checks": list_checks(session, case),
        "legal_intents": list_intents(session, case_id),
        "usual_on": _usual_on(session, case, invoices),
        "invoices": invoices,
        "actions": list(session.scalars(actions)),
        "holds": list(session.scalars(holds)),
        "transitions": list(session.scalars(moves)),
        **arrangements(session, case, today=today),
    }


def _usual_on(session: Session, case: Case, invoices: Sequence[Open]) -> date | None:
    """Return when the carrying invoice is paid if its customer does as they use to; None where they have no habit."""
    usual = standing.usual_days_of(session, [case.customer_id]).get(case.customer_id)
    return invoices[0].due_on + timedelta(days=usual) if invoices and usual is not None else None


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
                "open_minor": debt.open_minor + debt.disputed_minor if debt else 0,
                "disputed_minor": debt.disputed_minor if debt else 0,
                "next_step_on": rules.next_step_on(debt, plan, today=today) if debt else None,
            }
        )
    return made


def _status(case: Case, debt: Debt | None) -> Status:
    return Status.PAUSED if debt is not None and debt.paused_by else case.status


def list_unsent(session: Session, case_ids: Collection[str]) -> list[str]:
    """Return the keys of messages of these cases that nobody began to send."""
    waiting = (
        select(Message.key)
        .join(Action, Action.message_id == Message.id)
        .where(Action.case_id.in_(case_ids), Message.status == messages.Status.WRITTEN)
    )
    return list(session.scalars(waiting))
