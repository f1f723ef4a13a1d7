"""HTTP for the office: why cases rest."""

from __future__ import annotations

from typing import Any

from schemas.dunning import CaseSheet, PlaceHold
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.dunning import operations, queries
from server.dunning.routes.blueprint import blueprint
from server.dunning.rules import HoldKind


@blueprint.post("/cases/<case_id>/holds")
@allow(Role.OFFICE)
@blueprint.arguments(PlaceHold)
@blueprint.response(201, CaseSheet)
def place_hold(wanted: dict[str, Any], case_id: str) -> dict[str, Any]:
    """Make a case rest: until a day, or until somebody releases the hold. Nothing is sent meanwhile."""
    now = clock.now()
    wanted["kind"] = HoldKind(wanted["kind"])
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
        operations.release_hold(session, case_id=case_id, hold_id=hold_id, released_by=caller().principal, now=now)
        return queries.get_sheet(session, case_id, today=queries.today_of(session, now=now))
