"""HTTP for the office: cases, their holds, and runs of the plan."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.dunning import CaseFilter, CaseList, CaseSheet, PlaceHold, Run, StartRun
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.dunning import operations, queries

blueprint = Blueprint("dunning", "dunning", url_prefix="/api/v1/dunning", description="Chasing what is unpaid")


@blueprint.get("/cases")
@allow(Role.OFFICE)
@blueprint.arguments(CaseFilter, location="query")
@blueprint.response(200, CaseList)
def list_cases(wanted: dict[str, Any]) -> dict[str, Any]:
    """List cases, newest first."""
    with transaction() as session:
        return queries.list_cases(session, **wanted, today=queries.today_of(session, now=clock.now()))


@blueprint.get("/cases/<case_id>")
@allow(Role.OFFICE)
@blueprint.response(200, CaseSheet)
def get_case(case_id: str) -> dict[str, Any]:
    """Get a case with its invoices, actions and holds."""
    with transaction() as session:
        return queries.get_sheet(session, case_id, today=queries.today_of(session, now=clock.now()))


@blueprint.post("/cases/<case_id>/holds")
@allow(Role.OFFICE)
@blueprint.arguments(PlaceHold)
@blueprint.response(201, CaseSheet)
def place_hold(wanted: dict[str, Any], case_id: str) -> dict[str, Any]:
    """Make a case rest: until a day, or until somebody releases the hold. Nothing is sent meanwhile."""
    now = clock.now()
    with transaction() as session:
        operations.place_hold(session, case_id=case_id, **wanted, owner=caller().principal, now=now)
        return queries.get_sheet(session, case_id, today=queries.today_of(session, now=now))


@blueprint.post("/cases/<case_id>/holds/<hold_id>/release")
@allow(Role.OFFICE)
@blueprint.response(200, CaseSheet)
def release_hold(case_id: str, hold_id: str) -> dict[str, Any]:
    """End a hold now. The case goes on at the step where it rested."""
    now = clock.now()
    with transaction() as session:
        operations.release_hold(session, case_id=case_id, hold_id=hold_id, now=now)
        return queries.get_sheet(session, case_id, today=queries.today_of(session, now=now))


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
