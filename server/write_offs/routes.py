"""HTTP for the office: asking for a write-off, deciding one, and taking up what was let go."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas import write_offs as wire
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.core.paging import page
from server.write_offs import operations, queries
from server.write_offs.models import WriteOff

blueprint = Blueprint("write_offs", "write_offs", url_prefix="/api/v1/write_offs", description="Debts let go")


@blueprint.get("")
@allow(Role.OFFICE)
@blueprint.arguments(wire.WriteOffFilter, location="query")
@blueprint.response(200, wire.WriteOffList)
def list_write_offs(wanted: dict[str, Any]) -> dict[str, Any]:
    """List write-offs, newest first."""
    statement = queries.write_offs_statement(customer_id=wanted.pop("customer_id"), status=wanted.pop("status"))
    with transaction() as session:
        found = page(session, statement, by=WriteOff, **wanted)
        return {**found, "items": queries.sheets(session, found["items"])}


@blueprint.get("/<write_off_id>")
@allow(Role.OFFICE)
@blueprint.response(200, wire.WriteOff)
def get_write_off(write_off_id: str) -> dict[str, Any]:
    """Get a write-off."""
    with transaction() as session:
        return queries.sheets(session, [queries.get_write_off(session, write_off_id)])[0]


@blueprint.post("")
@allow(Role.OFFICE)
@blueprint.arguments(wire.AskWriteOff)
@blueprint.response(201, wire.WriteOff)
def ask(wanted: dict[str, Any]) -> dict[str, Any]:
    """Ask to let go all a customer owes in a currency. Nothing changes until a second person agrees."""
    said = {name: wanted[name] for name in ("write_off_id", "customer_id", "currency", "reason")}
    with transaction() as session:
        asked = operations.ask(session, **said, asked_by=caller().principal, now=clock.now())
        return queries.sheets(session, [asked])[0]


@blueprint.post("/<write_off_id>/approval")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.response(200, wire.WriteOff)
def agree(write_off_id: str) -> dict[str, Any]:
    """Let it go, as another than who asked: at most what each invoice still owes."""
    with transaction() as session:
        agreed = operations.agree(session, write_off_id=write_off_id, agreed_by=caller().principal, now=clock.now())
        return queries.sheets(session, [agreed])[0]


@blueprint.post("/<write_off_id>/rejection")
@allow(Role.OFFICE)
@blueprint.arguments(wire.RejectWriteOff)
@blueprint.response(200, wire.WriteOff)
def reject(wanted: dict[str, Any], write_off_id: str) -> dict[str, Any]:
    """Turn a write-off down, or take back one's own."""
    with transaction() as session:
        rejected = operations.reject(
            session, write_off_id=write_off_id, **wanted, rejected_by=caller().principal, now=clock.now()
        )
        return queries.sheets(session, [rejected])[0]


@blueprint.post("/<write_off_id>/invoices/<invoice_id>/reinstatement")
@allow(Role.OFFICE)
@blueprint.response(200, wire.WriteOff)
def reinstate(write_off_id: str, invoice_id: str) -> dict[str, Any]:
    """Let an invoice be owed again, because its customer pays after all. Any way of paying may then take it."""
    with transaction() as session:
        reinstated = operations.reinstate(
            session,
            write_off_id=write_off_id,
            invoice_id=invoice_id,
            reinstated_by=caller().principal,
            now=clock.now(),
        )
        return queries.sheets(session, [reinstated])[0]
