"""HTTP for the office: cases."""

from __future__ import annotations

from typing import Any

from schemas.dunning import CaseFilter, CaseList, CaseSheet
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.dunning import queries
from server.dunning.routes.blueprint import blueprint


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
