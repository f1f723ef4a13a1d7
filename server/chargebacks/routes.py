"""HTTP for chargebacks."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from schemas import chargebacks as wire
from server.access.routes import caller
from server.access.rules import Role, allow
from server.chargebacks import flows, models, queries
from server.core import clock, problems
from server.core.database import transaction
from server.core.paging import page

blueprint = Blueprint("chargebacks", "chargebacks", url_prefix="/api/v1", description="Payments that a bank takes back")


@blueprint.get("/chargebacks")
@allow(Role.OFFICE)
@blueprint.arguments(wire.ChargebackFilter, location="query")
@blueprint.response(200, wire.ChargebackList)
def list_chargebacks(wanted: dict[str, Any]) -> dict[str, Any]:
    """List chargebacks, newest first."""
    is_open = None if wanted["status"] is None else wanted["status"] == "open"
    with transaction() as session:
        statement = queries.chargebacks_statement(is_open=is_open)
        found = page(session, statement, by=models.Chargeback, cursor=wanted["cursor"], limit=wanted["limit"])
        return {**found, "items": queries.sheets(session, found["items"], locale=problems.language())}


@blueprint.get("/chargebacks/<chargeback_id>")
@allow(Role.OFFICE)
@blueprint.response(200, wire.ChargebackSheet)
def get_chargeback(chargeback_id: str) -> dict[str, Any]:
    """Get a chargeback with its evidence."""
    return _sheet(chargeback_id)


@blueprint.get("/chargebacks/<chargeback_id>/evidence/<file_id>")
@allow(Role.OFFICE)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def get_evidence(chargeback_id: str, file_id: str) -> Response:
    """Get a file of the evidence, byte for byte as it was sent."""
    with transaction() as session:
        file, content = queries.get_evidence(session, chargeback_id, file_id)
    kept_as = {"Content-Disposition": f'attachment; filename="{file.filename}"'}
    return Response(content, content_type="application/pdf", headers=kept_as)


@blueprint.post("/chargebacks/<chargeback_id>/submission")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.arguments(wire.Submission)
@blueprint.response(200, wire.ChargebackSheet)
def submit(wanted: dict[str, Any], chargeback_id: str) -> dict[str, Any]:
    """Hand the evidence in to the bank, which takes it once; a statement of ours may go with it.

    While `status` still needs a response it is on its way: it goes as soon as Stripe answers.
    """
    flows.submit(chargeback_id=chargeback_id, **wanted, asked_by=caller().principal, now=clock.now())
    return _sheet(chargeback_id)


@blueprint.post("/chargebacks/<chargeback_id>/acceptance")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.arguments(wire.Acceptance)
@blueprint.response(200, wire.ChargebackSheet)
def accept(_wanted: dict[str, Any], chargeback_id: str) -> dict[str, Any]:
    """Give in: the bank keeps the money, and the customer owes it again."""
    flows.accept(chargeback_id=chargeback_id, asked_by=caller().principal, now=clock.now())
    return _sheet(chargeback_id)


def _sheet(chargeback_id: str) -> dict[str, Any]:
    with transaction() as session:
        return queries.get_sheet(session, chargeback_id, locale=problems.language())
