"""Questions about runs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.core.errors import NotFound
from server.dunning.models import Run, RunLine
from server.dunning.rules import LineStatus


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
    status = "queued"
    if run.started_at is not None:
        status = "running" if by_status["planned"] and not run.dry_run else "done"
    ended = max([line.written_at for line in lines], default=run.started_at) if status == "done" else None
    return {
        "id": run.id,
        "status": status,
        "as_of": run.as_of,
        "dry_run": run.dry_run,
        **by_status,
        "started_at": run.started_at,
        "ended_at": ended,
    }
