"""Evidence over HTTP, for the office alone."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from schemas.evidence import LogFilter, LogPage
from server.access.rules import Role, allow
from server.core.database import transaction
from server.evidence import flows, queries

blueprint = Blueprint("evidence", "evidence", url_prefix="/api/v1", description="What is kept of an invoice")


@blueprint.get("/invoices/<invoice_id>/evidence.zip")
@allow(Role.OFFICE)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/zip")
def get_pack(invoice_id: str) -> Response:
    """Get everything that is kept of an invoice in one ZIP, with hashes: the same bytes while nothing happens."""
    number, content = flows.pack(invoice_id=invoice_id)
    headers = {"Content-Disposition": f'attachment; filename="evidence-{number}.zip"'}
    return Response(content, content_type="application/zip", headers=headers)


@blueprint.get("/contacts")
@allow(Role.OFFICE)
@blueprint.arguments(LogFilter, location="query")
@blueprint.response(200, LogPage)
def list_contacts(wanted: dict[str, Any]) -> dict[str, Any]:
    """List what was done about a customer, an invoice or a case, newest first; `hash` is null until it is sealed."""
    with transaction() as session:
        return queries.list_log(session, **wanted)
