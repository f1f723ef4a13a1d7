"""HTTP for payouts."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from schemas import payouts as wire
from server.access.rules import Role, allow
from server.core.database import transaction
from server.core.paging import page
from server.payouts import models, queries

blueprint = Blueprint("payouts", "payouts", url_prefix="/api/v1", description="What arrives at the bank")


@blueprint.get("/payouts")
@allow(Role.OFFICE)
@blueprint.arguments(wire.PayoutFilter, location="query")
@blueprint.response(200, wire.PayoutList)
def list_payouts(wanted: dict[str, Any]) -> dict[str, Any]:
    """List payouts, newest first, each with gross, fees and net."""
    with transaction() as session:
        found = page(session, queries.payouts_statement(), by=models.Payout, **wanted)
        return {**found, "items": queries.sheets(session, found["items"])}


@blueprint.get("/payouts/<payout_id>")
@allow(Role.OFFICE)
@blueprint.response(200, wire.PayoutSheet)
def get_payout(payout_id: str) -> dict[str, Any]:
    """Get a payout with its lines."""
    with transaction() as session:
        return queries.get_sheet(session, payout_id)


@blueprint.get("/payouts/<payout_id>.csv")
@allow(Role.OFFICE)
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
def get_csv(payout_id: str) -> Response:
    """Get the lines of a payout as a table, for the bookkeeper: UTF-8, amounts in the currency's main unit."""
    with transaction() as session:
        sheet = queries.get_sheet(session, payout_id)
    kept_as = {"Content-Disposition": f'attachment; filename="{payout_id}.csv"'}
    return Response(queries.as_csv(sheet), content_type="text/csv; charset=utf-8", headers=kept_as)
