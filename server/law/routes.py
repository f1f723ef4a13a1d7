"""The rules of places over HTTP: anybody in the office reads them, an admin reviews them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from schemas.law import EnterRate, LawRow, LawRowList, ReferenceRate, ReferenceRateList, ReviewLaw
from server.access.routes import caller
from server.access.rules import Role, allow
from server.business import queries as business
from server.core import clock
from server.core.database import transaction
from server.law import operations, queries

blueprint = Blueprint("law", "law", url_prefix="/api/v1/law", description="What each place allows")


@blueprint.get("")
@allow(Role.OFFICE)
@blueprint.response(200, LawRowList)
def list_rows() -> dict[str, Any]:
    """List the rules of every place, each with its source, and who reviewed them."""
    with transaction() as session:
        return {"items": queries.list_sheets(session, today=_today(session, clock.now())), "next_cursor": None}


@blueprint.get("/rates")
@allow(Role.OFFICE)
@blueprint.response(200, ReferenceRateList)
def list_rates() -> dict[str, Any]:
    """List the reference rates that were entered, the newest first. All of them, as one page."""
    with transaction() as session:
        return {"items": queries.list_rates(session), "next_cursor": None}


@blueprint.post("/rates")
@allow(Role.ADMIN)
@blueprint.arguments(EnterRate)
@blueprint.response(201, ReferenceRate)
def enter_rate(wanted: dict[str, Any]) -> Any:
    """Write down a reference rate from a day on. What was charged before stays as it is."""
    with transaction() as session:
        return operations.enter_rate(session, **wanted, entered_by=caller().principal, now=clock.now())


@blueprint.get("/<key>")
@allow(Role.OFFICE)
@blueprint.response(200, LawRow)
def get_row(key: str) -> dict[str, Any]:
    """Get the rules of a place."""
    with transaction() as session:
        return queries.get_sheet(session, key, today=_today(session, clock.now()))


@blueprint.post("/<key>/reviews")
@allow(Role.ADMIN)
@blueprint.arguments(ReviewLaw)
@blueprint.response(201, LawRow)
def review(wanted: dict[str, Any], key: str) -> dict[str, Any]:
    """Say that the rules of a place were read, and switch them on or off."""
    now = clock.now()
    with transaction() as session:
        operations.review(session, key=key, **wanted, reviewed_by=caller().principal, now=now)
        return queries.get_sheet(session, key, today=_today(session, now))


def _today(session: Session, now: datetime) -> date:
    return clock.local_date(now, business.get_profile(session).time_zone)
