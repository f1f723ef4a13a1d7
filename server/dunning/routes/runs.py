"""HTTP for the office: runs of the plan."""

from __future__ import annotations

from typing import Any

from schemas.dunning import Run, StartRun
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.dunning import operations, queries
from server.dunning.routes.blueprint import blueprint


@blueprint.post("/runs")
@allow(Role.OFFICE)
@blueprint.arguments(StartRun)
@blueprint.response(202, Run)
def start_run(wanted: dict[str, Any]) -> dict[str, Any]:
    """Run the plan now, or see dry what it would do on a day. Ask for the run again to see how far it is."""
    with transaction() as session:
        run_id = operations.ask_for_run(session, **wanted, now=clock.now())
        return queries.get_run(session, run_id)


@blueprint.get("/runs/<run_id>")
@allow(Role.OFFICE)
@blueprint.response(200, Run)
def get_run(run_id: str) -> dict[str, Any]:
    """Get a run: planned, sent, skipped with reasons."""
    with transaction() as session:
        return queries.get_run(session, run_id)
