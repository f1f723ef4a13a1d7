"""Questions about treatment plans."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core.errors import NotFound
from server.dunning import rules
from server.dunning.models import Case, PlanSwitch, Run, TreatmentPlan
from server.dunning.rules import Plan


class NoSuchPlan(NotFound):
    """There is no such version of a treatment plan."""

    code = "plan_not_found"


def find_plan_in_force(session: Session) -> TreatmentPlan | None:
    """Return the version that new cases follow: the one switched on last. None while chasing is off."""
    last = select(PlanSwitch.plan_id).order_by(PlanSwitch.switched_at.desc(), PlanSwitch.id.desc()).limit(1)
    return session.scalars(select(TreatmentPlan).where(TreatmentPlan.id == last.scalar_subquery())).one_or_none()


def get_plan(session: Session, plan_id: str) -> TreatmentPlan:
    """Return a version of a plan. Raises NoSuchPlan."""
    found = session.get(TreatmentPlan, plan_id)
    if found is None:
        raise NoSuchPlan
    return found


def list_plans(session: Session) -> list[TreatmentPlan]:
    """Return every version of every plan, the newest first."""
    newest = select(TreatmentPlan).order_by(TreatmentPlan.installed_at.desc(), TreatmentPlan.version.desc())
    return list(session.scalars(newest.order_by(TreatmentPlan.name)))


def get_plans(session: Session, plan_ids: Collection[str]) -> dict[str, Plan]:
    """Return these plans by id."""
    rows = session.scalars(select(TreatmentPlan).where(TreatmentPlan.id.in_(plan_ids)))
    return {row.id: read_plan(row) for row in rows}


def read_plan(row: TreatmentPlan) -> Plan:
    """Return a plan as `rules` wants it."""
    return rules.read({column.key: getattr(row, column.key) for column in TreatmentPlan.__table__.columns})


def find_dry_run(session: Session, plan_id: str) -> Run | None:
    """Return the latest dry run of a version that is done, or None."""
    done = select(Run).where(Run.plan_id == plan_id, Run.dry_run, Run.started_at.is_not(None))
    return session.scalars(done.order_by(Run.started_at.desc(), Run.id).limit(1)).one_or_none()


def warnings(session: Session, plan: Plan) -> list[str]:
    """Return what is still to be said before a plan is switched on: `threshold_missing` where it treats large accounts
    in another way and nobody said from how much on an account is large, in the business's own currency."""
    named = {threshold.currency for threshold in plan.large_accounts}
    differs = any(step.large != step.small for step in plan.steps)
    own = business.get_profile(session).currency
    return ["threshold_missing"] if differs and own not in named else []


def plan_sheets(session: Session, rows: Collection[TreatmentPlan]) -> list[dict[str, Any]]:
    """Return versions as the wire shows them: what they say, what is missing, whether they are in force."""
    in_force = find_plan_in_force(session)
    counted = select(Case.plan_id, func.count()).where(Case.closed_at.is_(None)).group_by(Case.plan_id)
    cases: dict[str, int] = {row[0]: row[1] for row in session.execute(counted)}
    tried = set(session.scalars(select(Run.plan_id).where(Run.dry_run, Run.started_at.is_not(None)).distinct()))
    return [
        {
            **{column.key: getattr(row, column.key) for column in TreatmentPlan.__table__.columns},
            "plan": read_plan(row),
            "in_force": in_force is not None and row.id == in_force.id,
            "open_cases": cases.get(row.id, 0),
            "was_tried": row.id in tried,
            "warnings": warnings(session, read_plan(row)),
        }
        for row in rows
    ]
