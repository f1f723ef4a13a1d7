"""HTTP for the mobile SDK and Tap to Pay, and for money that an app took without saying for what."""

from __future__ import annotations

from typing import Any

from schemas import mobile as wire
from schemas.payments import Payment
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, problems
from server.core.database import transaction
from server.core.paging import page
from server.payments import flows, models, operations, queries
from server.payments.routes.blueprint import blueprint


@blueprint.get("/terminal/locations")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.LocationFilter, location="query")
@blueprint.response(200, wire.LocationList)
def list_locations(wanted: dict[str, Any]) -> dict[str, Any]:
    """List the places where readers are used: the SDK names one when it connects."""
    return flows.list_locations(**wanted)


@blueprint.post("/terminal/locations")
@allow(Role.OFFICE)
@blueprint.arguments(wire.NewLocation)
@blueprint.response(201, wire.Location)
def create_location(wanted: dict[str, Any]) -> dict[str, Any]:
    """Register a place where readers are used."""
    return flows.create_location(**wanted)


@blueprint.get("/unassigned_payments")
@allow(Role.OFFICE)
@blueprint.arguments(wire.UnassignedFilter, location="query")
@blueprint.response(200, wire.UnassignedList)
def list_unassigned(wanted: dict[str, Any]) -> dict[str, Any]:
    """List money taken in person that named no payment and no invoice."""
    with transaction() as session:
        return page(session, queries.unassigned_statement(), by=models.UnassignedPayment, **wanted)


@blueprint.post("/unassigned_payments/<unassigned_id>/assignment")
@allow(Role.OFFICE)
@blueprint.arguments(wire.PayInvoice)
@blueprint.response(201, Payment)
def assign(wanted: dict[str, Any], unassigned_id: str) -> dict[str, Any]:
    """Say which invoice money pays; what is more than owed becomes the customer's credit."""
    with transaction() as session:
        payment = operations.assign(
            session, unassigned_id=unassigned_id, **wanted, assigned_by=caller().principal, now=clock.now()
        )
        return queries.sheets(session, [payment], locale=problems.language())[0]
