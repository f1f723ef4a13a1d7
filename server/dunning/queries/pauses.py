"""Why cases rest: holds, promises and payment plans that are in force. Objections are in the debts themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from server.core.database import among
from server.dunning.models import Case, Dispute, Hold, PaymentPlan, Promise
from server.dunning.rules import QUIET, DisputeStatus, Pause, PauseKind, PlanStatus, PromiseStatus
from server.dunning.rules.pauses import TOO_LONG
from server.invoices.models import Invoice


def resting(today: date) -> ColumnElement[bool]:
    """Pick the cases that rest for another reason than that all of their debt is disputed."""
    held = exists().where(Hold.case_id == Case.id, _hold_in_force(today))
    promised = exists().where(Promise.case_id == Case.id, _promise_in_force(today))
    agreed = exists().where(PaymentPlan.case_id == Case.id, _plan_in_force(today))
    return or_(held, promised, agreed)


def list_endless(session: Session, *, today: date) -> list[Case]:
    """Return the open cases that rest without an end in sight: held until somebody releases them, or for too long, or
    since an objection nobody decided about for as long."""
    held = exists().where(Hold.case_id == Case.id, _hold_in_force(today), _hold_has_no_end(today))
    theirs = and_(Invoice.customer_id == Case.customer_id, Invoice.currency == Case.currency)
    open_long = and_(Dispute.status == DisputeStatus.OPEN, Dispute.opened_at < today - TOO_LONG)
    disputed = exists().where(Dispute.invoice_id == Invoice.id, theirs, open_long)
    wanted = select(Case).where(Case.closed_at.is_(None), Case.status.not_in(QUIET), or_(held, disputed))
    return list(session.scalars(wanted))


def _hold_has_no_end(today: date) -> ColumnElement[bool]:
    return or_(Hold.until_on.is_(None), Hold.until_on > today + TOO_LONG)


def list_pauses(session: Session, cases: Collection[Case], *, today: date) -> dict[str, list[Pause]]:
    """Return why each of these cases rests today, by case id."""
    ids = [case.id for case in cases]
    found: dict[str, list[Pause]] = defaultdict(list)
    for hold in session.scalars(select(Hold).where(among(Hold.case_id, ids), _hold_in_force(today))):
        found[hold.case_id].append(
            Pause(
                kind=PauseKind(hold.kind),
                source_id=hold.id,
                reason=hold.reason,
                until_on=hold.until_on,
                owner=hold.owner,
            )
        )
    for promise in session.scalars(select(Promise).where(among(Promise.case_id, ids), _promise_in_force(today))):
        found[promise.case_id].append(
            Pause(
                kind=PauseKind.PROMISE,
                source_id=promise.id,
                reason=None,
                until_on=promise.due_on,
                owner=promise.made_by,
            )
        )
    for plan in session.scalars(select(PaymentPlan).where(among(PaymentPlan.case_id, ids), _plan_in_force(today))):
        found[plan.case_id].append(
            Pause(
                kind=PauseKind.PLAN,
                source_id=plan.id,
                reason=None,
                until_on=plan.sign_by if plan.status is PlanStatus.OFFERED else plan.parts[-1].due_on,
                owner=plan.made_by,
            )
        )
    return found


def _hold_in_force(today: date) -> ColumnElement[bool]:
    """The same as rules.in_force, for the database."""
    return and_(Hold.released_at.is_(None), or_(Hold.until_on.is_(None), Hold.until_on > today))


def _promise_in_force(today: date) -> ColumnElement[bool]:
    return and_(Promise.status == PromiseStatus.PENDING, Promise.due_on >= today)


def _plan_in_force(today: date) -> ColumnElement[bool]:
    """Agreed, or offered and still to be signed."""
    offered = and_(PaymentPlan.status == PlanStatus.OFFERED, PaymentPlan.sign_by >= today)
    return or_(PaymentPlan.status == PlanStatus.ACTIVE, offered)
