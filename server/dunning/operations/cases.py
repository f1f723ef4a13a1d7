"""Open cases, move them from state to state, and close them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import ids
from server.core.errors import Conflict
from server.dunning import queries, rules
from server.dunning.models import Action, Case, Transition
from server.dunning.operations import log
from server.dunning.operations.plans import install_plans
from server.dunning.rules import PLANNER, ActionStatus, Ending, Status
from server.invoices import rules as invoice_rules
from server.invoices.models import Invoice
from server.messages import operations as messages


class CaseClosed(Conflict):
    """This case is closed: there is nothing to hold."""

    code = "case_closed"


class NotFromHere(Conflict):
    """A case cannot go from where it stands to there."""

    code = "case_not_from_here"


def move(
    session: Session,
    case: Case,
    to: Status,
    *,
    because: str,
    ending: Ending | None = None,
    note: str | None = None,
    moved_by: str,
    now: datetime,
) -> None:
    """Let a locked case go to another state, and write down why, on whose word and when.

    Closing takes the reason (`ending`), takes back what nobody began to send, and cancels what was still to be done; a
    closed case that opens again begins its next cycle. Raises NotFromHere.
    """
    if not rules.may_become(case.status, to) or (to is Status.CLOSED) != (ending is not None):
        raise NotFromHere(status=case.status, wanted=to)
    before = case.status
    if before is Status.CLOSED and to is not Status.CLOSED:
        case.cycle += 1
    case.status = to
    case.closed_because = ending
    case.closed_at = now if ending else None
    session.flush()
    _write_down(session, [(case.id, case.cycle, before)], to=to, because=because, note=note, moved_by=moved_by, now=now)
    if to is Status.CLOSED:
        _call_off(session, [case.id], now=now)


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
            debtor = {"customer_id": customer_id, "currency": currency, "status": Status.ACTIVE, "cycle": 1}
            fresh.append({"id": ids.new("cas", now=now), "plan_id": plan_id, "created_at": now, **debtor})
    if fresh:
        # The planner of another worker may have opened the same ones: theirs stand.
        opened = upsert(Case).on_conflict_do_nothing().returning(Case.id)
        new = [(case_id, 1, None) for case_id in session.scalars(opened, fresh)]
        _write_down(session, new, to=Status.ACTIVE, because="past_due", now=now)
    if back:
        again = update(Case).where(Case.id.in_(back), Case.closed_at.is_not(None)).returning(Case.id, Case.cycle)
        values = again.values(closed_at=None, closed_because=None, status=Status.ACTIVE, cycle=Case.cycle + 1)
        returned = [(row.id, row.cycle, Status.CLOSED) for row in session.execute(values)]
        _write_down(session, returned, to=Status.ACTIVE, because="came_back", now=now)


def close_settled(session: Session, *, today: date, now: datetime) -> None:
    """Close the cases of those who are past due on nothing any more, and call off what was still to be done."""
    still_late = exists().where(
        Invoice.customer_id == Case.customer_id,
        Invoice.currency == Case.currency,
        Invoice.status.in_(invoice_rules.UNPAID),
        Invoice.due_on < today,
    )
    settled = select(Case.id, Case.status, Case.cycle).where(Case.closed_at.is_(None), ~still_late)
    # Whoever is taking a step of one of these finds nothing open; it is closed at the next look.
    found = session.execute(settled.order_by(Case.id).with_for_update(skip_locked=True)).all()
    if not found:
        return
    closed = [row.id for row in found]
    session.execute(
        update(Case).where(Case.id.in_(closed)).values(closed_at=now, closed_because=Ending.PAID, status=Status.CLOSED)
    )
    _write_down(
        session,
        [(row.id, row.cycle, row.status) for row in found],
        to=Status.CLOSED,
        because=Ending.PAID,
        now=now,
    )
    _call_off(session, closed, now=now)


def _write_down(
    session: Session,
    moved: Iterable[tuple[str, int, Status | None]],
    *,
    to: Status,
    because: str,
    note: str | None = None,
    moved_by: str = PLANNER,
    now: datetime,
) -> None:
    """Write down that cases (id, cycle, state before) went to a state."""
    rows = [
        {
            "id": ids.new("trn", now=now),
            "case_id": case_id,
            "cycle": cycle,
            "from_status": before,
            "to_status": to,
            "because": because,
            "note": note,
            "moved_by": moved_by,
            "moved_at": now,
        }
        for case_id, cycle, before in moved
    ]
    if rows:
        session.execute(insert(Transition), rows)
        log.note_moves(session, rows)


def _call_off(session: Session, case_ids: list[str], *, now: datetime) -> None:
    """Take back what nobody began to send, and cancel what was still to be done in these cases."""
    for key in queries.list_unsent(session, case_ids):
        messages.withdraw(session, key=key, now=now)
    session.execute(
        update(Action)
        .where(Action.case_id.in_(case_ids), Action.status == ActionStatus.PLANNED)
        .values(status=ActionStatus.CANCELLED, acted_at=now)
    )
