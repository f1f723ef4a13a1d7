"""Contracts over HTTP."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from schemas.contracts import Contract, IssueContract, Sign
from server.access.routes import caller
from server.access.rules import Role, allow
from server.contracts import operations, queries
from server.core import clock
from server.core.database import transaction
from server.documents import pdf
from server.jobs import queries as jobs

blueprint = Blueprint("contracts", "contracts", url_prefix="/api/v1", description="Terms shown, signed, kept")


@blueprint.post("/jobs/<job_id>/contract")
@allow(Role.OFFICE, Role.TECHNICIAN)
@blueprint.arguments(IssueContract)
@blueprint.response(201, Contract)
def issue(wanted: dict[str, Any], job_id: str) -> Any:
    """Render the terms for a job and freeze them."""
    with transaction() as session:
        jobs.get_for_caller(session, job_id, caller())
        return operations.issue(session, job_id=job_id, **wanted, now=clock.now())


@blueprint.post("/contracts/<contract_id>/signature")
@allow(Role.OFFICE, Role.TECHNICIAN)
@blueprint.arguments(Sign)
@blueprint.response(201, Contract)
def sign(wanted: dict[str, Any], contract_id: str) -> Any:
    """Keep a signature of exactly the text that was presented."""
    with transaction() as session:
        queries.get_for_caller(session, contract_id, caller())
        return operations.sign(session, contract_id=contract_id, **wanted, caller=caller(), now=clock.now())


@blueprint.get("/contracts/<contract_id>")
@allow(Role.OFFICE, Role.TECHNICIAN)
@blueprint.response(200, Contract)
def get_contract(contract_id: str) -> Any:
    """Show a contract, with its frozen text."""
    with transaction() as session:
        return queries.get_for_caller(session, contract_id, caller())


@blueprint.get("/contracts/<contract_id>.pdf")
@allow(Role.OFFICE, Role.TECHNICIAN)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def get_pdf(contract_id: str) -> Response:
    """Get the contract as a PDF, with its signature once there is one."""
    with transaction() as session:
        facts = queries.get_facts(session, queries.get_for_caller(session, contract_id, caller()))
    shown_as = {"Content-Disposition": f'inline; filename="{contract_id}.pdf"'}
    return Response(pdf.contract(facts), content_type="application/pdf", headers=shown_as)
