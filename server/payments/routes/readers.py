"""HTTP for card readers and the mobile SDK."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from schemas import payments as wire
from server.access.routes import caller
from server.access.rules import Role, allow, may, told_once
from server.core import clock, problems
from server.core.database import transaction
from server.core.paging import page
from server.gateway.readers import ReaderState
from server.payments import flows, models, queries
from server.payments.flows import readers as reader_flows
from server.payments.operations import readers as operations
from server.payments.queries import readers as sheets
from server.payments.routes.blueprint import blueprint


@blueprint.get("/readers")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.ReaderFilter, location="query")
@blueprint.response(200, wire.ReaderList)
def list_readers(wanted: dict[str, Any]) -> dict[str, Any]:
    """List card readers: whose each is, who holds it, and as a hint whether it was heard of."""
    seen = reader_flows.last_seen()
    with transaction() as session:
        found = page(session, queries.readers_statement(), by=models.Reader, **wanted)
        return {**found, "items": _sheets(session, found["items"], seen=seen)}


@blueprint.post("/readers")
@allow(Role.OFFICE)
@blueprint.arguments(wire.RegisterReader)
@blueprint.response(201, wire.Reader)
def register_reader(wanted: dict[str, Any]) -> dict[str, Any]:
    """Register a card reader by the code it shows."""
    return _sheet(flows.register_reader(**wanted, now=clock.now()))


@blueprint.get("/readers/<reader_id>")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, wire.CheckedReader)
def check_reader(reader_id: str) -> dict[str, Any]:
    """Ask the card service what a reader is doing this moment."""
    doing, state = reader_flows.check_reader(reader_id=reader_id)
    with transaction() as session:
        reader = queries.get_reader(session, reader_id)
        told = _sheets(session, [reader], seen={reader_id: state} if state else {})[0]
        return {**told, "doing": sheets.doing(doing, locale=problems.language())}


@blueprint.put("/readers/<reader_id>/assignment")
@allow(Role.OFFICE)
@blueprint.arguments(wire.AssignReader)
@blueprint.response(200, wire.Reader)
def assign_reader(wanted: dict[str, Any], reader_id: str) -> dict[str, Any]:
    """Say whose a reader is: a technician's, a van's, both, or nobody's."""
    with transaction() as session:
        return _sheets(session, [operations.assign_reader(session, reader_id=reader_id, **wanted)])[0]


@blueprint.post("/readers/<reader_id>/lease")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.TakeReader)
@blueprint.response(200, wire.Reader)
def take_reader(wanted: dict[str, Any], reader_id: str) -> dict[str, Any]:
    """Hold a reader for some minutes, as taking a payment on it does.

    Somebody else's passes on once they have not used it for that long; the office takes it over at once.
    """
    with transaction() as session:
        taken = operations.take_reader(
            session,
            reader_id=reader_id,
            by=caller().principal,
            fence=wanted["fence"],
            is_office=_is_office(),
            now=clock.now(),
        )
        return _sheets(session, [taken])[0]


@blueprint.delete("/readers/<reader_id>/lease")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, wire.Reader)
def let_go(reader_id: str) -> dict[str, Any]:
    """Let go of a reader and clear the lines it shows. The office frees it from whoever holds it."""
    return _sheet(
        reader_flows.let_go(reader_id=reader_id, by=caller().principal, is_office=_is_office(), now=clock.now()),
    )


@blueprint.post("/readers/<reader_id>/display")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.ShowLines)
@blueprint.response(200, wire.Reader)
def show_lines(wanted: dict[str, Any], reader_id: str) -> dict[str, Any]:
    """Show an invoice's lines and total on a reader, and hold it. Refused while a payment is under way there."""
    shown = reader_flows.show_lines(
        reader_id=reader_id,
        **wanted,
        by=caller().principal,
        technician_id=caller().technician_id,
        now=clock.now(),
    )
    return _sheet(shown)


@blueprint.post("/terminal/connection_token")
@allow(Role.TECHNICIAN, Role.OFFICE)
@told_once("the SDK redeems it once, and asks for another each time")
@blueprint.response(200, wire.ConnectionToken)
def connection_token() -> dict[str, str]:
    """Get a secret by which the mobile SDK connects a phone to its reader, once."""
    return {"secret": flows.connection_token()}


def _is_office() -> bool:
    return may(caller().role, {Role.OFFICE})


def _sheet(reader: models.Reader) -> dict[str, Any]:
    with transaction() as session:
        return _sheets(session, [reader])[0]


def _sheets(
    session: Session, readers: Sequence[models.Reader], *, seen: Mapping[str, ReaderState] | None = None
) -> list[dict[str, Any]]:
    return sheets.sheets(session, readers, seen=seen or {}, asked_by=caller().principal, now=clock.now())
