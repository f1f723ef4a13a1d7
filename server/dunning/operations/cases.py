"""Open cases and close them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import exists, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import ids
from server.core.errors import Conflict
from server.dunning import queries, rules
from server.dunning.models import Case
from server.dunning.operations.plans import install_plans
from server.invoices import rules as invoice_rules
from server.invoices.models import Invoice
from server.messages import operations as messages


class CaseClosed(Conflict):
    """This case is closed: there is nothing to hold."""

    code = "case_closed"


def open_cases(session: Session, *, today: date, now: datetime) -> None:
    """Open a case for everyone past due who has none, from the day after the due date.

    A debt that comes back opens the case it was chased in, as the next cycle, at the step where it had stopped.
    """
    install_plans(session, now=now)
    plan_id = queries.get_default_plan(session).id
    time_zone = business.get_profile(session).time_zone
    fresh, back = [], []
    for customer_id, currency, due_on, last_case_id, closed_at in queries.list_uncased(session, today=today):
        if last_case_id and closed_at and rules.came_back(due_on, closed_at=closed_at, time_zone=time_zone):
            back.append(last_case_id)
        else:
            debtor = {"customer_id": customer_id, "currency": currency}
            fresh.append({"id": ids.new("cas", now=now), "plan_id": plan_id, "cycle": 1, "created_at": now, **debtor})
    if fresh:
        # The planner of another worker may have opened the same ones: theirs stand.
        session.execute(insert(Case).on_conflict_do_nothing(), fresh)
    if back:
        again = update(Case).where(Case.id.in_(back), Case.closed_at.is_not(None))
        session.execute(again.values(closed_at=None, closed_because=None, cycle=Case.cycle + 1))


def close_settled(session: Session, *, today: date, now: datetime) -> None:
    """Close the cases of those who are past due on nothing any more, and take back what nobody began to send them."""
    still_late = exists().where(
        Invoice.customer_id == Case.customer_id,
        Invoice.currency == Case.currency,
        Invoice.status.in_(invoice_rules.UNPAID),
        Invoice.due_on < today,
    )
    settled = update(Case).where(Case.closed_at.is_(None), ~still_late).returning(Case.id)
    closed = list(session.scalars(settled.values(closed_at=now, closed_because=rules.PAID)))
    for key in queries.list_unsent(session, closed):
        messages.withdraw(session, key=key)
