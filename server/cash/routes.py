"""HTTP for floats, handovers and what was paid in."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas import cash as wire
from schemas.wire import Page
from server.access.routes import caller
from server.access.rules import Role, allow
from server.cash import operations, queries
from server.cash.models import Banking, Handover
from server.core import clock
from server.core.database import transaction
from server.core.paging import page

blueprint = Blueprint("cash", "cash", url_prefix="/api/v1/cash", description="Where cash and cheques are")


@blueprint.get("")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, wire.FloatList)
def list_floats() -> dict[str, Any]:
    """Say who holds which cash and cheques; a technician sees their own. All of it, as one page."""
    with transaction() as session:
        return {"items": queries.list_floats(session, technician_id=caller().technician_id), "next_cursor": None}


@blueprint.post("/handovers")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.HandOver)
@blueprint.response(201, wire.Handover)
def hand_over(wanted: dict[str, Any]) -> dict[str, Any]:
    """Hand cash and cheques over to the office. It waits until somebody else has counted it and countersigned."""
    technician_id = caller().technician_id or wanted["technician_id"] or ""
    with transaction() as session:
        said = {**wanted, "technician_id": technician_id}
        handover = operations.hand_over(session, **said, handed_by=caller().principal, now=clock.now())
        return queries.handover_sheets(session, [handover])[0]


@blueprint.get("/handovers")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.HandoverFilter, location="query")
@blueprint.response(200, wire.HandoverList)
def list_handovers(wanted: dict[str, Any]) -> dict[str, Any]:
    """List handovers, newest first; a technician sees their own."""
    statement = queries.handovers_statement(technician_id=caller().technician_id, status=wanted.pop("status"))
    with transaction() as session:
        found = page(session, statement, by=Handover, **wanted)
        return {**found, "items": queries.handover_sheets(session, found["items"])}


@blueprint.post("/handovers/<handover_id>/countersignature")
@allow(Role.OFFICE)
@blueprint.arguments(wire.Countersign)
@blueprint.response(200, wire.Handover)
def countersign(wanted: dict[str, Any], handover_id: str) -> dict[str, Any]:
    """Say what was counted, as another than who handed it over: only then does it pass into the office's drawer."""
    with transaction() as session:
        handover = operations.countersign(
            session, **wanted, handover_id=handover_id, countersigned_by=caller().principal, now=clock.now()
        )
        return queries.handover_sheets(session, [handover])[0]


@blueprint.post("/handovers/<handover_id>/rejection")
@allow(Role.OFFICE)
@blueprint.arguments(wire.Reject)
@blueprint.response(200, wire.Handover)
def reject(wanted: dict[str, Any], handover_id: str) -> dict[str, Any]:
    """Turn a handover down: everything stays with the technician."""
    with transaction() as session:
        handover = operations.reject(
            session, **wanted, handover_id=handover_id, rejected_by=caller().principal, now=clock.now()
        )
        return queries.handover_sheets(session, [handover])[0]


@blueprint.post("/bankings")
@allow(Role.OFFICE)
@blueprint.arguments(wire.PayIn)
@blueprint.response(201, wire.Banking)
def pay_in(wanted: dict[str, Any]) -> dict[str, Any]:
    """Say that cash and cheques of the office were paid in at the bank."""
    with transaction() as session:
        banking = operations.pay_in(session, **wanted, paid_in_by=caller().principal, now=clock.now())
        return queries.banking_sheets(session, [banking])[0]


@blueprint.get("/bankings")
@allow(Role.OFFICE)
@blueprint.arguments(Page, location="query")
@blueprint.response(200, wire.BankingList)
def list_bankings(wanted: dict[str, Any]) -> dict[str, Any]:
    """List what was paid in, newest first."""
    with transaction() as session:
        found = page(session, queries.bankings_statement(), by=Banking, **wanted)
        return {**found, "items": queries.banking_sheets(session, found["items"])}
