"""HTTP for the office: what customers object to."""

from __future__ import annotations

from typing import Any

from schemas.arrangements import DecideDispute, Dispute, OpenDispute
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.dunning import models, operations, queries
from server.dunning.routes.blueprint import blueprint
from server.dunning.rules import DisputeReason, DisputeStatus, RootCause, Source


@blueprint.post("/invoices/<invoice_id>/disputes")
@allow(Role.OFFICE)
@blueprint.arguments(OpenDispute)
@blueprint.response(201, Dispute)
def open_dispute(wanted: dict[str, Any], invoice_id: str) -> models.Dispute:
    """Take down what a customer objects to; that amount is not demanded until it is decided."""
    wanted["reason"] = DisputeReason(wanted["reason"])
    with transaction() as session:
        return operations.dispute(
            session,
            invoice_id=invoice_id,
            **wanted,
            source=Source.OFFICE,
            opened_by=caller().principal,
            now=clock.now(),
        )


@blueprint.get("/disputes/<dispute_id>")
@allow(Role.OFFICE)
@blueprint.response(200, Dispute)
def get_dispute(dispute_id: str) -> models.Dispute:
    """Get an objection."""
    with transaction() as session:
        return queries.get_dispute(session, dispute_id)


@blueprint.post("/disputes/<dispute_id>/decision")
@allow(Role.OFFICE)
@blueprint.arguments(DecideDispute)
@blueprint.response(200, Dispute)
def decide_dispute(wanted: dict[str, Any], dispute_id: str) -> models.Dispute:
    """Say that an objection is right, which takes it off the invoice, wrong, or withdrawn. The customer is told."""
    root_cause = RootCause(wanted["root_cause"]) if wanted["root_cause"] else None
    wanted |= {"status": DisputeStatus(wanted["status"]), "root_cause": root_cause}
    with transaction() as session:
        return operations.decide_dispute(
            session, dispute_id=dispute_id, **wanted, decided_by=caller().principal, now=clock.now()
        )
