"""What paying late costs, over HTTP: for the office alone."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.late_charges import ForgoLateCharge, LateCharge, LateChargeFilter, LateCharges, LetGo, PostLateCharge
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, words
from server.core.database import transaction
from server.late_charges import operations, queries, rules

blueprint = Blueprint(
    "late_charges", "late_charges", url_prefix="/api/v1/late_charges", description="What paying late costs"
)


@blueprint.get("")
@allow(Role.OFFICE)
@blueprint.arguments(LateChargeFilter, location="query")
@blueprint.response(200, LateCharges)
def assess(wanted: dict[str, Any]) -> dict[str, Any]:
    """Say what may be charged on an invoice now, why it is no more, and what was decided. It changes nothing."""
    with transaction() as session:
        found = queries.sheet(session, wanted["invoice_id"], until=wanted["until_on"], now=clock.now())
    return {**found, **rules.says(found, words.spoken())}


@blueprint.post("")
@allow(Role.OFFICE)
@blueprint.arguments(PostLateCharge)
@blueprint.response(201, LateCharge)
def post(wanted: dict[str, Any]) -> dict[str, Any]:
    """Charge what has accrued: an invoice of its own, told to the customer."""
    with transaction() as session:
        charge = operations.post(session, **wanted, by=caller().principal, now=clock.now())
        return queries.charge_sheets(session, [charge])[0]


@blueprint.post("/forgone")
@allow(Role.OFFICE)
@blueprint.arguments(ForgoLateCharge)
@blueprint.response(201, LateCharge)
def forgo(wanted: dict[str, Any]) -> dict[str, Any]:
    """Let go what has accrued before it is charged."""
    status = rules.ACTS[wanted.pop("act")]
    with transaction() as session:
        charge = operations.forgo(session, **wanted, status=status, by=caller().principal, now=clock.now())
        return queries.charge_sheets(session, [charge])[0]


@blueprint.post("/<charge_id>/release")
@allow(Role.OFFICE)
@blueprint.arguments(LetGo)
@blueprint.response(200, LateCharge)
def let_go(wanted: dict[str, Any], charge_id: str) -> dict[str, Any]:
    """Let go what was charged and is not paid."""
    said = {"status": rules.ACTS[wanted["act"]], "reason": wanted["reason"]}
    with transaction() as session:
        charge = operations.let_go(session, charge_id=charge_id, **said, by=caller().principal, now=clock.now())
        return queries.charge_sheets(session, [charge])[0]
