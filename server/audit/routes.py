"""HTTP for proofs."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas import audit as wire
from server.access.rules import Role, allow
from server.audit import flows, rules
from server.core import clock, problems

blueprint = Blueprint("audit", "audit", url_prefix="/api/v1", description="Truths that must hold")


@blueprint.get("/invoices/<invoice_id>/proof")
@allow(Role.OFFICE)
@blueprint.response(200, wire.Proof)
def prove(invoice_id: str) -> dict[str, Any]:
    """Ask Stripe now about everything that was ever made for an invoice, and hold it against the ledger."""
    proof = flows.prove(invoice_id=invoice_id, now=clock.now())
    return rules.sheet(proof, locale=problems.language())
