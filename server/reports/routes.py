"""Numbers over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from schemas.reports import AgingReport, DayWanted, NumbersReport
from server.access.rules import Role, allow
from server.business import queries as business
from server.core import clock
from server.core.database import transaction
from server.dunning.rules import recovery
from server.reports import queries

blueprint = Blueprint("reports", "reports", url_prefix="/api/v1/reports", description="Numbers the office steers by")


@blueprint.get("/aging")
@allow(Role.OFFICE)
@blueprint.arguments(DayWanted, location="query")
@blueprint.response(200, AgingReport)
def get_aging(wanted: dict[str, Any]) -> dict[str, Any]:
    """Show what was open at the end of a day, by how late it was; it equals the ledger of that day."""
    with transaction() as session:
        when = _when(session, wanted["on"])
        return {"on": when["on"], "items": queries.aging(session, **when)}


@blueprint.get("/aging.csv")
@allow(Role.OFFICE)
@blueprint.arguments(DayWanted, location="query")
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
def get_aging_csv(wanted: dict[str, Any]) -> Response:
    """Get every invoice that was open at the end of a day, as CSV."""
    with transaction() as session:
        when = _when(session, wanted["on"])
        rows = queries.aging_csv(session, **when)
    headers = {"Content-Disposition": f'attachment; filename="aging-{when["on"]}.csv"'}
    return Response(rows, content_type="text/csv; charset=utf-8", headers=headers)


@blueprint.get("/numbers")
@allow(Role.OFFICE)
@blueprint.arguments(DayWanted, location="query")
@blueprint.response(200, NumbersReport)
def get_numbers(wanted: dict[str, Any]) -> dict[str, Any]:
    """Show days of sales outstanding, effectiveness, roll rates and expected recovery on a day, by currency."""
    with transaction() as session:
        when = _when(session, wanted["on"])
        return {"on": when["on"], "curve_source": recovery.curve().source, "items": queries.numbers(session, **when)}


def _when(session: Any, on: date | None) -> dict[str, Any]:
    time_zone = business.get_profile(session).time_zone
    today = clock.local_date(clock.now(), time_zone)
    return {"on": on or today, "time_zone": time_zone, "today": today}
