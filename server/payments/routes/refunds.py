"""HTTP for refunds."""

from __future__ import annotations

from typing import Any

from schemas import payments as wire
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, problems
from server.core.database import transaction
from server.core.paging import page
from server.payments import flows, models, operations, queries
from server.payments.routes.blueprint import blueprint


@blueprint.post("/payments/<payment_id>/refunds")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.NewRefund)
@blueprint.response(201, wire.Refund)
def refund(wanted: dict[str, Any], payment_id: str) -> dict[str, Any]:
    """Give a payment back, in full or in part; a technician's are those of their own jobs.

    `status` is `awaiting_approval` above the caller's limit, until somebody else approves; `waiting` while a reader
    asks for the Interac card that paid.
    """
    refunded = flows.refund(
        **wanted,
        payment_id=payment_id,
        requested_by=caller().principal,
        role=caller().role,
        technician_id=caller().technician_id,
        now=clock.now(),
    )
    return _refund_sheet(refunded)


@blueprint.get("/payments/<payment_id>/refunds")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.RefundFilter, location="query")
@blueprint.response(200, wire.RefundList)
def list_refunds(wanted: dict[str, Any], payment_id: str) -> dict[str, Any]:
    """List the refunds of a payment, newest first."""
    with transaction() as session:
        payment = queries.get_payment(session, payment_id, technician_id=caller().technician_id)
        found = page(session, queries.refunds_statement(payment.id), by=models.Refund, **wanted)
        return {**found, "items": queries.refund_sheets(session, found["items"], locale=problems.language())}


@blueprint.post("/refunds/<refund_id>/check")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, wire.Refund)
def check_refund(refund_id: str) -> dict[str, Any]:
    """Ask the card service now what became of a refund."""
    with transaction() as session:
        queries.get_payment(
            session, queries.get_refund(session, refund_id).payment_id, technician_id=caller().technician_id
        )
    return _refund_sheet(flows.ask_about_refund(refund_id=refund_id, now=clock.now()))


@blueprint.post("/refunds/<refund_id>/cancellation")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, wire.Refund)
def cancel_refund(refund_id: str) -> dict[str, Any]:
    """Take a refund that waits for its card off the reader."""
    return _refund_sheet(
        flows.cancel_refund(refund_id=refund_id, technician_id=caller().technician_id, now=clock.now())
    )


@blueprint.post("/refunds/<refund_id>/approval")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.response(200, wire.Refund)
def approve_refund(refund_id: str) -> dict[str, Any]:
    """Let a refund that waits go ahead, as another than who asked for it."""
    return _refund_sheet(flows.approve_refund(refund_id=refund_id, approved_by=caller().principal, now=clock.now()))


@blueprint.post("/refunds/<refund_id>/rejection")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.response(200, wire.Refund)
def reject_refund(refund_id: str) -> dict[str, Any]:
    """Turn a refund that waits down, as another than who asked for it."""
    with transaction() as session:
        rejected = operations.reject_refund(
            session, refund_id=refund_id, rejected_by=caller().principal, now=clock.now()
        )
    return _refund_sheet(rejected)


def _refund_sheet(refund: models.Refund) -> dict[str, Any]:
    with transaction() as session:
        return queries.refund_sheets(session, [refund], locale=problems.language())[0]
