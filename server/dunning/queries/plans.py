"""Questions about treatment plans."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.dunning import rules
from server.dunning.models import TreatmentPlan
from server.dunning.rules import DEFAULT_PLAN, Plan


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
