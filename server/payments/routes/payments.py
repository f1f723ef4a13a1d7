"""HTTP for attempts to collect."""

from __future__ import annotations

from typing import Any

from schemas import payments as wire
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, problems
from server.core.database import transaction
from server.core.errors import Forbidden
from server.core.paging import page
from server.payments import flows, models, queries
from server.payments.routes.blueprint import blueprint
from server.payments.rules import Channel, Consent, Method


@blueprint.post("/payments")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.Collect)
@blueprint.response(201, wire.StartedPayment)
def collect(wanted: dict[str, Any]) -> dict[str, Any]:
    """Start collecting a payment.

    `status` says where it stands: `waiting` for a card or the customer, `unknown` when the card service did not
    answer (it resolves itself; do not charge again), `succeeded` at once for cash, cheque and transfer.
    """
    method, consent, card_id = Method(wanted["method"]), wanted.pop("save_card"), wanted.pop("saved_card_id")
    shares = {share["invoice_id"]: share["amount_minor"] for share in wanted["shares"] or []}
    if method is Method.CARD_ON_FILE:
        return _sheet(_charge(wanted, card_id))
    payment = flows.collect(
        **{**wanted, "method": method, "shares": shares or None},
        consent=Consent(**consent, channel=Channel.READER) if consent else None,
        taken_by=caller().principal,
        technician_id=caller().technician_id,
        now=clock.now(),
    )
    return {**_sheet(payment), "client_secret": flows.client_secret(payment, asked_by=caller().principal)}


def _charge(wanted: dict[str, Any], card_id: str) -> models.Payment:
    if caller().technician_id is not None:
        raise Forbidden  # only the office charges a card without its holder
    asked = {name: wanted[name] for name in ("payment_id", "invoice_id", "amount_minor")}
    return flows.charge_saved(**asked, saved_card_id=card_id, taken_by=caller().principal, now=clock.now())


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
    return _sheet(flows.check(payment_id=payment_id, now=clock.now()))


@blueprint.post("/payments/<payment_id>/cancellation")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, wire.Payment)
def cancel(payment_id: str) -> dict[str, Any]:
    """Give a payment up, unless its money came already."""
    return _sheet(flows.cancel(payment_id=payment_id, technician_id=caller().technician_id, now=clock.now()))


@blueprint.post("/payments/<payment_id>/capture")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.Capture)
@blueprint.response(200, wire.Payment)
def capture(wanted: dict[str, Any], payment_id: str) -> dict[str, Any]:
    """Take what a card holds for a payment, or a part of it.

    A payment that waits for this is `processing` and says until when in `capture_before`; to let the amount go, cancel
    it. Six hours before the bank would let go, what is still owed is captured by itself.
    """
    return _sheet(flows.capture(payment_id=payment_id, **wanted, technician_id=caller().technician_id, now=clock.now()))


def _sheet(payment: models.Payment) -> dict[str, Any]:
    with transaction() as session:
        return queries.sheets(session, [payment], locale=problems.language())[0]
