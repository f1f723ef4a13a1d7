"""HTTP for payments and card readers."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas import payments as wire
from server.access.routes import caller
from server.access.rules import Role, allow, told_once
from server.core import clock, problems
from server.core.database import transaction
from server.core.paging import page
from server.payments import flows, models, operations, queries
from server.payments.rules import Method

blueprint = Blueprint("payments", "payments", url_prefix="/api/v1", description="Collecting money")


@blueprint.post("/payments")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.Collect)
@blueprint.response(201, wire.Payment)
def collect(wanted: dict[str, Any]) -> dict[str, Any]:
    """Start collecting a payment.

    `status` says where it stands: `waiting` for a card or the customer, `unknown` when the card service did not
    answer (it resolves itself; do not charge again), `succeeded` at once for cash, cheque and transfer.
    """
    payment = flows.collect(
        **{**wanted, "method": Method(wanted["method"])},
        taken_by=caller().principal,
        technician_id=caller().technician_id,
        now=clock.now(),
    )
    return _sheet(payment)


@blueprint.get("/payments")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.PaymentFilter, location="query")
@blueprint.response(200, wire.PaymentList)
def list_payments(wanted: dict[str, Any]) -> dict[str, Any]:
    """List payments, newest first; a technician's are those of their own jobs."""
    statement = queries.payments_statement(
        invoice_id=wanted["invoice_id"], status=wanted["status"], technician_id=caller().technician_id
    )
    with transaction() as session:
        found = page(session, statement, by=models.Payment, cursor=wanted["cursor"], limit=wanted["limit"])
        return {**found, "items": queries.sheets(session, found["items"], locale=problems.language())}


@blueprint.get("/payments/<payment_id>")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, wire.Payment)
def get_payment(payment_id: str) -> dict[str, Any]:
    """Get a payment."""
    with transaction() as session:
        payment = queries.get_payment(session, payment_id, technician_id=caller().technician_id)
    return _sheet(payment)


@blueprint.post("/payments/<payment_id>/check")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, wire.Payment)
def check(payment_id: str) -> dict[str, Any]:
    """Ask the card service now what became of a payment."""
    with transaction() as session:
        queries.get_payment(session, payment_id, technician_id=caller().technician_id)
    return _sheet(flows.ask(payment_id=payment_id, now=clock.now()))


@blueprint.post("/payments/<payment_id>/cancellation")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, wire.Payment)
def cancel(payment_id: str) -> dict[str, Any]:
    """Give a payment up, unless its money came already."""
    return _sheet(flows.cancel(payment_id=payment_id, technician_id=caller().technician_id, now=clock.now()))


@blueprint.post("/payments/<payment_id>/refunds")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.NewRefund)
@blueprint.response(201, wire.Refund)
def refund(wanted: dict[str, Any], payment_id: str) -> dict[str, Any]:
    """Give a payment back, in full or in part; a technician's are those of their own jobs.

    `status` is `awaiting_approval` above the caller's limit, until somebody else approves.
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


def _sheet(payment: models.Payment) -> dict[str, Any]:
    with transaction() as session:
        return queries.sheets(session, [payment], locale=problems.language())[0]


def _refund_sheet(refund: models.Refund) -> dict[str, Any]:
    with transaction() as session:
        return queries.refund_sheets(session, [refund], locale=problems.language())[0]
