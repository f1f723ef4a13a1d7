"""Run the plan because somebody asked."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from server.core import ids, queue
from server.core.database import insert_rows, plan_afresh
from server.core.errors import Conflict, Unacceptable
from server.core.memory import uncollected
from server.dunning import queries
from server.dunning.models import Run, RunLine
from server.dunning.operations.cases import follow_classes, open_cases
from server.dunning.operations.steps import plan, settle, take_turns
from server.dunning.queries import Look, lawful
from server.dunning.rules import LineStatus


class RunExists(Conflict):
    """There already is another run with this id."""

    code = "run_exists"


class DryRunOnly(Unacceptable):
    """Only a dry run may look at another day than today, or by another plan."""

    code = "dry_run_only"


def ask_for_run(
    session: Session,
    *,
    run_id: str | None,
    as_of: date | None,
    dry_run: bool,
    plan_id: str | None = None,
    now: datetime,
) -> str:
    """Write down that the plan is to be run, today or dry for any day, and the task that does it; return its id.

    A dry run may look at every case by one version of a plan. The same run again is the one there is. Raises RunExists,
    DryRunOnly, NoSuchPlan.
    """
    known = session.get(Run, run_id) if run_id else None
    if known is not None:
        if (as_of or known.as_of, dry_run, plan_id) != (known.as_of, known.dry_run, known.plan_id):
            raise RunExists
        return known.id
    today = queries.today_of(session, now=now)
    if (as_of not in (None, today) or plan_id) and not dry_run:
        raise DryRunOnly
    if plan_id:
        queries.get_plan(session, plan_id)
    wanted = {"as_of": as_of or today, "dry_run": dry_run, "plan_id": plan_id}
    run = Run(id=run_id or ids.new("run", now=now), **wanted, created_at=now)
    session.add(run)
    session.flush()
    queue.defer(session, "dunning.run", run_id=run.id)
    return run.id


def run(session: Session, *, run_id: str, now: datetime) -> None:
    """Do a run that was asked for, once. A dry one does the same as another and then takes it back.

    A dry run of another day sees the books as they are now.
    """
    asked = session.get_one(Run, run_id, with_for_update=True)
    if asked.started_at is not None:
        return
    if asked.dry_run:
        with session.begin_nested() as tried:
            lines = [_line(run_id, look, now=now) for look in look_dry(session, asked, now=now)]
            tried.rollback()
    else:
        found = plan(session, today=asked.as_of, run_id=run_id, now=now)
        lines = [_line(run_id, look, now=now) for look in found]
    insert_rows(session, RunLine, lines)
    asked.started_at = now
    session.flush()


@uncollected()
def look_dry(session: Session, asked: Run, *, now: datetime) -> list[Look]:
    """Do what a run does up to the steps themselves, in a savepoint of the caller's that is rolled back."""
    take_turns(session)
    plan_afresh(session)
    wanted = queries.get_plan(session, asked.plan_id) if asked.plan_id else None
    settle(session, today=asked.as_of, now=now)
    open_cases(session, today=asked.as_of, by=wanted, now=now)
    follow_classes(session, now=now)
    by = queries.read_plan(wanted) if wanted else None
    is_stale = queries.stale_since(session, now=now) is not None
    found = queries.look_at_all(session, today=asked.as_of, plan=by, is_stale=is_stale)
    # Of another day nobody knows the hour: it is looked at as it is at noon.
    noon = datetime.combine(asked.as_of, time(12), ZoneInfo(queries.time_zone_of(session)))
    at = now if asked.as_of == queries.today_of(session, now=now) else noon
    return lawful.within_law(session, found, at=at, plan=by)


def _line(run_id: str, look: Look, *, now: datetime) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "customer_id": look.case.customer_id,
        "currency": look.case.currency,
        "status": LineStatus.SKIPPED if look.reason else LineStatus.PLANNED,
        "step": look.step,
        "channel": look.channel,
        "template": look.template,
        "open_minor": look.open_minor,
        "reason": look.why,
        "written_at": now,
    }
