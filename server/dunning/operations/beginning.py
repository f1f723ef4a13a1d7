"""Set up chasing for a business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from server.dunning import rules
from server.dunning.operations.plans import switch_on, write_version
from server.dunning.operations.runs import ask_for_run, run


def begin_chasing(session: Session, *, above_minor: Mapping[str, int], begun_by: str, now: datetime) -> str:
    """Set up chasing for a new business in one go: the plan by due date with these thresholds by currency, seen dry and
    switched on. Returns the version's id."""
    twin = next(plan for plan in rules.plans() if plan.name == rules.DEFAULT_PLAN)
    large = [{"currency": currency, "above_minor": minor} for currency, minor in above_minor.items()]
    row = write_version(session, written={**asdict(twin), "large_accounts": large}, written_by=begun_by, now=now)
    run_id = ask_for_run(session, run_id=None, as_of=None, dry_run=True, plan_id=row.id, now=now)
    run(session, run_id=run_id, now=now)
    switch_on(session, plan_id=row.id, switched_by=begun_by, now=now)
    return row.id
