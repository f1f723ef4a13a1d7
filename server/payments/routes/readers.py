"""HTTP for card readers and the mobile SDK."""

from __future__ import annotations

from typing import Any

from schemas import payments as wire
from server.access.rules import Role, allow, told_once
from server.core import clock
from server.core.database import transaction
from server.core.paging import page
from server.payments import flows, models, queries
from server.payments.routes.blueprint import blueprint


@blueprint.get("/readers")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.ReaderFilter, location="query")
@blueprint.response(200, wire.ReaderList)
def list_readers(wanted: dict[str, Any]) -> dict[str, Any]:
    """List card readers."""
    with transaction() as session:
        return page(session, queries.readers_statement(), by=models.Reader, **wanted)


@blueprint.post("/readers")
@allow(Role.OFFICE)
@blueprint.arguments(wire.RegisterReader)
@blueprint.response(201, wire.Reader)
def register_reader(wanted: dict[str, Any]) -> models.Reader:
    """Register a card reader by the code it shows."""
    return flows.register_reader(**wanted, now=clock.now())


@blueprint.post("/terminal/connection_token")
@allow(Role.TECHNICIAN, Role.OFFICE)
@told_once("the SDK redeems it once, and asks for another each time")
@blueprint.response(200, wire.ConnectionToken)
def connection_token() -> dict[str, str]:
    """Get a secret by which the mobile SDK connects a phone to its reader, once."""
    return {"secret": flows.connection_token()}
