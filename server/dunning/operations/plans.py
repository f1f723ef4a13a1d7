"""Install treatment plans."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.core import ids
from server.dunning import rules
from server.dunning.models import TreatmentPlan


def install_plans(session: Session, *, now: datetime) -> None:
    """Make sure that every plan of ours is there. A version that is there stays as it is."""
    for plan in rules.plans():
        installed = {"id": ids.derived("pln", plan.name, str(plan.version)), "installed_at": now}
        session.execute(insert(TreatmentPlan).values(**asdict(plan), **installed).on_conflict_do_nothing())
