"""Questions about runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import words
from server.core.database import among
from server.core.errors import NotFound
from server.customers import queries as customers
from server.dunning.models import Run, RunLine
from server.dunning.queries.debts import Debtor
from server.dunning.queries.plans import find_plan_in_force, get_plan, read_plan, warnings
from server.dunning.rules import LineStatus
from server.dunning.rules.texts import TEXTS


class NoSuchRun(NotFound):
    """There is no such run."""

    code = "run_not_found"


def get_run(session: Session, run_id: str) -> dict[str, Any]:
    """Return a run as the wire shows it: `done` once no line is left to do. Raises NoSuchRun."""
    run = session.get(Run, run_id)
    if run is None:
        raise NoSuchRun
    lines = list(
        session.scalars(select(RunLine).where(RunLine.run_id == run_id).order_by(RunLine.customer_id, RunLine.currency))
    )
    by_status = {wanted.value: [line for line in lines if line.status is wanted] for wanted in LineStatus}
    subjects = _subjects(session, lines)
    status = "queued"
    if run.started_at is not None:
        status = "running" if by_status["planned"] and not run.dry_run else "done"
    ended = max([line.written_at for line in lines], default=run.started_at) if status == "done" else None
    return {
        "id": run.id,
        "status": status,
        "as_of": run.as_of,
        "dry_run": run.dry_run,
        "plan_id": run.plan_id,
        "warnings": _warnings(session, run.plan_id),
        **{
            status: [{**_said(line), "subject": subjects.get((line.customer_id, line.currency))} for line in some]
            for status, some in by_status.items()
        },
        "started_at": run.started_at,
        "ended_at": ended,
    }


def list_lines(session: Session, run_id: str, debtors: Collection[Debtor]) -> dict[Debtor, RunLine]:
    """Return what a run planned for these, by debtor."""
    theirs = among(RunLine.customer_id, {customer_id for customer_id, _ in debtors})
    lines = session.scalars(select(RunLine).where(RunLine.run_id == run_id, theirs))
    return {(line.customer_id, line.currency): line for line in lines}


def _said(line: RunLine) -> dict[str, Any]:
    return {column.key: getattr(line, column.key) for column in RunLine.__table__.columns}


def _subjects(session: Session, lines: Sequence[RunLine]) -> dict[tuple[str, str], str]:
    """Return how what goes out begins, in each customer's language."""
    profile = business.get_profile(session)
    people = customers.list_by_id(session, {line.customer_id for line in lines if line.template in TEXTS})
    return {
        (line.customer_id, line.currency): words.say(
            (locale := words.locale_for(people[line.customer_id].language, profile.country)),
            TEXTS[line.template].subject,
            amount=words.money(line.open_minor, line.currency, locale),
            business=profile.seller["name"],
        )
        for line in lines
        if line.template in TEXTS
    }


def _warnings(session: Session, plan_id: str | None) -> list[str]:
    """Return what is to be said about the plan a run follows."""
    row = get_plan(session, plan_id) if plan_id else find_plan_in_force(session)
    return warnings(session, read_plan(row)) if row else ["no_plan_switched_on"]
