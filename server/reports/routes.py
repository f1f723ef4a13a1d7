"""Numbers over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from schemas.reports import AgingReport, ConductReport, DayWanted, NumbersReport, WeeklyReport
from server.access.rules import Role, allow
from server.business import queries as business
from server.core import clock
from server.core.database import transaction
from server.dunning.rules import recovery
from server.dunning.rules.pursuing import costs
from server.reports import queries, rules

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


@blueprint.get("/conduct")
@allow(Role.OFFICE)
@blueprint.arguments(DayWanted, location="query")
@blueprint.response(200, ConductReport)
def get_conduct(wanted: dict[str, Any]) -> dict[str, Any]:
    """Show how the chase went over 90 days: promises kept, the plan followed, exceptions, what collecting cost."""
    with transaction() as session:
        when = _when(session, wanted["on"])
        found = queries.conduct(session, **when)
    return {"on": when["on"], "costs_source": costs().source, **vars(found), "cost_percent": found.cost_percent}


@blueprint.get("/weekly")
@allow(Role.OFFICE)
@blueprint.arguments(DayWanted, location="query")
@blueprint.response(200, WeeklyReport)
def get_weekly(wanted: dict[str, Any]) -> Any:
    """Show the report of the week of a day, which must be over; of the last week when left out."""
    with transaction() as session:
        return _weekly(session, wanted["on"])


@blueprint.get("/weekly.csv")
@allow(Role.OFFICE)
@blueprint.arguments(DayWanted, location="query")
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
def get_weekly_csv(wanted: dict[str, Any]) -> Response:
    """Get the report of a week as CSV."""
    with transaction() as session:
        weekly = _weekly(session, wanted["on"])
    headers = {"Content-Disposition": f'attachment; filename="week-{weekly.last}.csv"'}
    return Response(rules.as_csv(weekly), content_type="text/csv; charset=utf-8", headers=headers)


def _weekly(session: Any, on: date | None) -> rules.Weekly:
    when = _when(session, on)
    return queries.weekly(session, **{**when, "on": on or when["today"] - rules.WEEK})


def _when(session: Any, on: date | None) -> dict[str, Any]:
    time_zone = business.get_profile(session).time_zone
    today = clock.local_date(clock.now(), time_zone)
    return {"on": on or today, "time_zone": time_zone, "today": today}
