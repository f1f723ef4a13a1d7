"""HTTP for receipts: of a payment, and of a refund."""

from __future__ import annotations

from typing import Any

from flask import Response

from schemas import receipts as wire
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.documents import qr
from server.documents.pdf import Paper
from server.payments import queries
from server.payments.routes.blueprint import blueprint
from server.receipts import models
from server.receipts import operations as receipts
from server.receipts import queries as receipt_queries
from server.receipts.rules import Channel

PDF: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}, "content_type": "application/pdf"}


@blueprint.get("/payments/<payment_id>/receipt")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, wire.Receipt)
def get_receipt(payment_id: str) -> dict[str, Any]:
    """Get the receipt of a payment, or the slip of its decline."""
    return _sheet(_of_payment(payment_id))


@blueprint.get("/payments/<payment_id>/receipt.pdf")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.ReceiptPaper, location="query")
@blueprint.response(200, **PDF)
def get_receipt_pdf(wanted: dict[str, Any], payment_id: str) -> Response:
    """Get the receipt of a payment as a PDF, on a sheet or on a strip 80 mm wide."""
    return _pdf(_of_payment(payment_id), wanted)


@blueprint.get("/payments/<payment_id>/receipt/qr.svg")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, {"type": "string"}, content_type="image/svg+xml")
def get_receipt_qr(payment_id: str) -> Response:
    """Get the address of the receipt's page as a QR code."""
    return _qr(_of_payment(payment_id))


@blueprint.post("/payments/<payment_id>/receipt/sendings")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.SendReceipt)
@blueprint.response(201, wire.ReceiptSending)
def send_receipt(wanted: dict[str, Any], payment_id: str) -> dict[str, Any]:
    """Send the receipt of a payment again, or to another address; asked twice within two minutes it goes once."""
    return _send(_of_payment(payment_id), wanted)


@blueprint.get("/refunds/<refund_id>/receipt")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, wire.Receipt)
def get_refund_receipt(refund_id: str) -> dict[str, Any]:
    """Get the receipt of a refund, or the slip of its failure."""
    return _sheet(_of_refund(refund_id))


@blueprint.get("/refunds/<refund_id>/receipt.pdf")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.ReceiptPaper, location="query")
@blueprint.response(200, **PDF)
def get_refund_receipt_pdf(wanted: dict[str, Any], refund_id: str) -> Response:
    """Get the receipt of a refund as a PDF, on a sheet or on a strip 80 mm wide."""
    return _pdf(_of_refund(refund_id), wanted)


@blueprint.get("/refunds/<refund_id>/receipt/qr.svg")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, {"type": "string"}, content_type="image/svg+xml")
def get_refund_receipt_qr(refund_id: str) -> Response:
    """Get the address of the page of a refund's receipt as a QR code."""
    return _qr(_of_refund(refund_id))


@blueprint.post("/refunds/<refund_id>/receipt/sendings")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.SendReceipt)
@blueprint.response(201, wire.ReceiptSending)
def send_refund_receipt(wanted: dict[str, Any], refund_id: str) -> dict[str, Any]:
    """Send the receipt of a refund again, or to another address; asked twice within two minutes it goes once."""
    return _send(_of_refund(refund_id), wanted)


@blueprint.get("/credit_payouts/<payout_id>/receipt")
@allow(Role.OFFICE)
@blueprint.response(200, wire.Receipt)
def get_credit_payout_receipt(payout_id: str) -> dict[str, Any]:
    """Get the receipt of held credit that was transferred back to its customer."""
    return _sheet(_of_credit_payout(payout_id))


@blueprint.get("/credit_payouts/<payout_id>/receipt.pdf")
@allow(Role.OFFICE)
@blueprint.arguments(wire.ReceiptPaper, location="query")
@blueprint.response(200, **PDF)
def get_credit_payout_receipt_pdf(wanted: dict[str, Any], payout_id: str) -> Response:
    """Get the receipt of held credit that was transferred back as a PDF, on a sheet or on a strip 80 mm wide."""
    return _pdf(_of_credit_payout(payout_id), wanted)


@blueprint.post("/credit_payouts/<payout_id>/receipt/sendings")
@allow(Role.OFFICE)
@blueprint.arguments(wire.SendReceipt)
@blueprint.response(201, wire.ReceiptSending)
def send_credit_payout_receipt(wanted: dict[str, Any], payout_id: str) -> dict[str, Any]:
    """Send the receipt of held credit that was transferred back again, or to another address; asked twice within two
    minutes it goes once."""
    return _send(_of_credit_payout(payout_id), wanted)


def _of_credit_payout(payout_id: str) -> models.Receipt:
    with transaction() as session:
        return receipt_queries.get_of_credit_payout(session, payout_id)


def _of_payment(payment_id: str) -> models.Receipt:
    with transaction() as session:
        payment = queries.get_payment(session, payment_id, technician_id=caller().technician_id)
        return receipt_queries.get_of_payment(session, payment.id)


def _of_refund(refund_id: str) -> models.Receipt:
    with transaction() as session:
        refund = queries.get_refund(session, refund_id)
        queries.get_payment(session, refund.payment_id, technician_id=caller().technician_id)
        return receipt_queries.get_of_refund(session, refund.id)


def _sheet(receipt: models.Receipt) -> dict[str, Any]:
    with transaction() as session:
        return receipt_queries.sheets(session, [receipt])[0]


def _pdf(receipt: models.Receipt, wanted: dict[str, Any]) -> Response:
    paper = Paper(wanted["paper"]) if wanted["paper"] else None
    shown_as = {"Content-Disposition": f'inline; filename="{receipt.number}.pdf"'}
    return Response(receipts.render(receipt, paper), content_type="application/pdf", headers=shown_as)


def _qr(receipt: models.Receipt) -> Response:
    return Response(qr.svg(receipt_queries.page_url(receipt)), content_type="image/svg+xml")


def _send(receipt: models.Receipt, wanted: dict[str, Any]) -> dict[str, Any]:
    with transaction() as session:
        sending, message = receipts.send(
            session,
            receipt=receipt,
            channel=Channel(wanted["channel"]),
            to=wanted["to"],
            sent_by=caller().principal,
            now=clock.now(),
        )
        return receipt_queries.sending_sheet(sending, message)
