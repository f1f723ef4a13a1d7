"""Open cases, move them from state to state, and close them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import ids
from server.core.database import insert_rows
from server.core.errors import Conflict
from server.dunning import queries, rules
from server.dunning.models import Action, Case, Letter, Proposal, Transition, TreatmentPlan
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


def open_cases(session: Session, *, today: date, by: TreatmentPlan | None = None, now: datetime) -> None:
    """Open a case for everyone who should have one, `by` a plan or the one in force: from the day after the due date,
    or before it where the plan has a step there.

    A debt that comes back opens the case it was chased in, as the next cycle, at the step where it had stopped. While
    no plan is switched on nobody new is chased.
    """
    install_plans(session, now=now)
    row = by or queries.find_plan_in_force(session)
    if row is None:
        return
    time_zone = business.get_profile(session).time_zone
    before = today + timedelta(days=rules.earliest_before_due(queries.read_plan(row)) + 1)
    fresh, back, due = [], [], []
    for found in queries.list_uncased(session, today=today, due_before=max(before, today)):
        closed_at = found.last_closed_at
        came_back = closed_at and rules.came_back(found.due_on, closed_at=closed_at, time_zone=time_zone)
        if found.case_id is not None:
            due.append((found.case_id, found.last_id if came_back else None))
        elif came_back:
            back.append(found.last_id)
        else:
            fresh.append(_new_case(found, row.id, today=today, now=now))
    _open_fresh(session, fresh, now=now)
    _fall_due(session, due, now=now)
    if back:
        free = queries.list_free(session, [case_id for case_id in back if case_id])
        again = update(Case).where(Case.id.in_(free), Case.closed_at.is_not(None)).returning(Case.id, Case.cycle)
        values = again.values(closed_at=None, closed_because=None, status=Status.ACTIVE, cycle=Case.cycle + 1)
        returned = [(moved.id, moved.cycle, Status.CLOSED) for moved in session.execute(values)]
        _write_down(session, returned, to=Status.ACTIVE, because="came_back", now=now)


def _new_case(found: queries.Uncased, plan_id: str, *, today: date, now: datetime) -> dict[str, Any]:
    return {
        "id": ids.new("cas", now=now),
        "customer_id": found.customer_id,
        "currency": found.currency,
        "plan_id": plan_id,
        "status": Status.ACTIVE if rules.past_due(found.due_on, today=today) else Status.PRE_DUE,
        "cycle": 1,
        "last_contact_on": found.last_contact_on,
        "created_at": now,
    }


def _open_fresh(session: Session, fresh: list[dict[str, Any]], *, now: datetime) -> None:
    if not fresh:
        return
    # The planner of another worker may have opened the same ones: theirs stand.
    opened = set(insert_rows(session, Case, fresh))
    for status in (Status.ACTIVE, Status.PRE_DUE):
        new = [(row["id"], 1, None) for row in fresh if row["id"] in opened and row["status"] is status]
        because = "past_due" if status is Status.ACTIVE else "due_soon"
        _write_down(session, new, to=status, because=because, now=now)


def _fall_due(session: Session, due: list[tuple[str, str | None]], *, now: datetime) -> None:
    """Let cases from before their due date go on past it. Where what is late now was chased before, in a case that is
    closed, they go on where that one had stopped."""
    if not due:
        return
    free = queries.list_free(session, [case_id for case_id, _ in due])
    fallen = update(Case).where(Case.id.in_(free), Case.status == Status.PRE_DUE)
    moved = session.execute(fallen.values(status=Status.ACTIVE).returning(Case.id, Case.cycle)).all()
    _write_down(
        session,
        [(row.id, row.cycle, Status.PRE_DUE) for row in moved],
        to=Status.ACTIVE,
        because="past_due",
        now=now,
    )
    for case_id, last_id in due:
        if last_id is not None and case_id in {row.id for row in moved}:
            case, last = queries.get_case(session, case_id, lock=True), queries.get_case(session, last_id)
            case.step, case.plan_id, case.cycle = last.step, last.plan_id, last.cycle + 1
    session.flush()


def follow_classes(session: Session, *, now: datetime) -> None:
    """Let every open case follow how its customer pays: what the plan changes for a class holds from here on.

    A change leaves the steps that were taken alone, so that none comes twice, and which comes next is asked of the plan
    again, so that none is lost. One who was never classed before is not written down as a change.
    """
    became: dict[tuple[Status, str | None, str], list[Case]] = defaultdict(list)
    for case, risk_class in queries.list_reclassed(session):
        became[case.status, case.risk_class, risk_class].append(case)
    for (status, before, risk_class), cases in became.items():
        for case in cases:
            case.risk_class = risk_class
        session.flush()
        if before is not None:
            moved = [(case.id, case.cycle, status) for case in cases]
            _write_down(session, moved, to=status, because=f"class:{before}:{risk_class}", now=now)


def close_settled(session: Session, *, today: date, now: datetime) -> None:
    """Close the cases of those who are past due on nothing any more, and call off what was still to be done.

    Before its due date a case stays open while anything is owed.
    """
    still_owed = select(Invoice.id).where(
        Invoice.customer_id == Case.customer_id,
        Invoice.currency == Case.currency,
        Invoice.status.in_(invoice_rules.UNPAID),
        or_(Invoice.due_on < today, Case.status == Status.PRE_DUE),
    )
    # Looked up case by case (`offset` forbids another way): however many others owe, they are not read.
    is_settled = ~still_owed.offset(0).exists()
    settled = select(Case.id, Case.status, Case.cycle).where(Case.closed_at.is_(None), is_settled)
    # Whoever is taking a step of one of these finds nothing open; it is closed at the next look.
    found = session.execute(settled.order_by(Case.id).with_for_update(skip_locked=True)).all()
    if not found:
        return
    closed = [row.id for row in found]
    endings = queries.endings(session, closed, today=today)
    for ending in Ending:
        ended = [row for row in found if endings[row.id] is ending]
        if ended:
            values = {"closed_at": now, "closed_because": ending, "status": Status.CLOSED}
            session.execute(update(Case).where(Case.id.in_([row.id for row in ended])).values(values))
            moved = [(row.id, row.cycle, row.status) for row in ended]
            _write_down(session, moved, to=Status.CLOSED, because=ending, now=now)
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
    insert_rows(session, Transition, rows)
    log.note_moves(session, rows)


def _call_off(session: Session, case_ids: list[str], *, now: datetime) -> None:
    """Take back what nobody began to send or to print, and cancel what was still to be done in these cases."""
    for key in queries.list_unsent(session, case_ids):
        messages.withdraw(session, key=key, now=now)
    unprinted = update(Letter).where(Letter.case_id.in_(case_ids), Letter.batch_id.is_(None))
    session.execute(unprinted.where(Letter.withdrawn_at.is_(None)).values(withdrawn_at=now))
    for action in session.scalars(queries.undone(case_ids)).all():
        case = queries.get_case(session, action.case_id)
        session.refresh(case)
        give_back(session, case, action, ActionStatus.CANCELLED, now=now)
    undecided = update(Proposal).where(Proposal.case_id.in_(case_ids), Proposal.decided_at.is_(None))
    session.execute(undecided.values(decision="moot", decided_by=PLANNER, decided_at=now))


def give_back(session: Session, case: Case, action: Action, became: ActionStatus, *, now: datetime) -> None:
    """Let a step that reached nobody be still to be taken, as if nobody had written."""
    action.status, action.acted_at = became, now
    plan = queries.get_plans(session, [case.plan_id])[case.plan_id]
    if case.plan_id == action.plan_id and case.step == action.step:
        case.step = max((step.seq for step in plan.steps if step.seq < action.step), default=None)
    case.last_contact_on = queries.find_last_contact(session, case.id, but=action.id)
    session.flush()
