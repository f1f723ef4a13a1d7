"""HTTP for invoices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from schemas.invoices import CustomerLink, Invoice, InvoiceFilter, InvoiceList, QrWanted
from schemas.jobs import RequestStage
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, numbers
from server.core.database import transaction
from server.core.paging import page
from server.customers import queries as customers
from server.documents import qr
from server.invoices import models, operations, queries
from server.invoices.rules import Subject
from server.jobs import queries as job_queries

blueprint = Blueprint("invoices", "invoices", url_prefix="/api/v1", description="What a customer owes for a job")


@blueprint.post("/jobs/<job_id>/stages/<position>/invoice")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(RequestStage)
@blueprint.response(201, Invoice)
def request_stage(wanted: dict[str, Any], job_id: str, position: str) -> dict[str, Any]:
    """Ask for the money of a stage of the signed contract, before the work is done."""
    number = numbers.whole(position) or 0
    with transaction() as session:
        job_queries.get_for_caller(session, job_id, caller())
        invoice = operations.request_stage(session, job_id=job_id, position=number, **wanted, now=clock.now())
        return queries.sheets(session, [invoice])[0]


@blueprint.get("/invoices")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(InvoiceFilter, location="query")
@blueprint.response(200, InvoiceList)
def list_invoices(wanted: dict[str, Any]) -> dict[str, Any]:
    """List invoices, newest first; a technician's are those of their own jobs."""
    statement = queries.invoices_statement(
        status=wanted["status"], customer_id=wanted["customer_id"], technician_id=caller().technician_id
    )
    with transaction() as session:
        found = page(session, statement, by=models.Invoice, cursor=wanted["cursor"], limit=wanted["limit"])
        return {**found, "items": queries.sheets(session, found["items"])}


@blueprint.get("/invoices/<invoice_id>")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, Invoice)
def get_invoice(invoice_id: str) -> dict[str, Any]:
    """Get an invoice with its balance and pay link."""
    return _sheet(invoice_id)


@blueprint.get("/invoices/<invoice_id>.pdf")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def get_pdf(invoice_id: str) -> Response:
    """Get the invoice as a PDF, in the customer's language, with the pay QR."""
    sheet = _sheet(invoice_id)
    shown_as = {"Content-Disposition": f'inline; filename="{sheet["number"]}.pdf"'}
    return Response(operations.render(sheet), content_type="application/pdf", headers=shown_as)


@blueprint.get("/invoices/<invoice_id>/qr.svg")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(QrWanted, location="query")
@blueprint.response(200, {"type": "string"}, content_type="image/svg+xml")
def get_qr(wanted: dict[str, Any], invoice_id: str) -> Response:
    """Get the pay link as a QR code, for a part of the balance where one is asked for."""
    url, part_minor = _sheet(invoice_id)["pay_url"], wanted["amount_minor"]
    if url is None:
        raise queries.LinkDead
    return Response(qr.svg(f"{url}?amount_minor={part_minor}" if part_minor else url), content_type="image/svg+xml")


@blueprint.post("/invoices/<invoice_id>/link_renewal")
@allow(Role.OFFICE)
@blueprint.response(200, Invoice)
def renew_link(invoice_id: str) -> dict[str, Any]:
    """End the pay link that is out there and make another."""
    with transaction() as session:
        invoice = queries.get_invoice(session, invoice_id, lock=True)
        operations.renew_link(
            session, subject=Subject.INVOICE, subject_id=invoice.id, by=caller().principal, now=clock.now()
        )
        return queries.sheets(session, [invoice])[0]


@blueprint.post("/invoices/<invoice_id>/link_revocation")
@allow(Role.OFFICE)
@blueprint.response(200, Invoice)
def revoke_link(invoice_id: str) -> dict[str, Any]:
    """End the pay link; nothing can be paid by it until it is renewed."""
    with transaction() as session:
        invoice = queries.get_invoice(session, invoice_id, lock=True)
        operations.revoke_link(
            session, subject=Subject.INVOICE, subject_id=invoice.id, by=caller().principal, now=clock.now()
        )
        return queries.sheets(session, [invoice])[0]


@blueprint.post("/customers/<customer_id>/link_renewal")
@allow(Role.OFFICE)
@blueprint.response(200, CustomerLink)
def renew_customer_link(customer_id: str) -> dict[str, Any]:
    """End the link by which a customer pays whatever they owe, if there is one, and make another."""
    return _change_customer_link(customer_id, operations.renew_link)


@blueprint.post("/customers/<customer_id>/link_revocation")
@allow(Role.OFFICE)
@blueprint.response(200, CustomerLink)
def revoke_customer_link(customer_id: str) -> dict[str, Any]:
    """End the link by which a customer pays whatever they owe; there is none until it is renewed."""
    return _change_customer_link(customer_id, operations.revoke_link)


def _change_customer_link(customer_id: str, change: Callable[..., None]) -> dict[str, Any]:
    with transaction() as session:
        customers.get_customer(session, customer_id)
        operations.open_link(session, subject=Subject.CUSTOMER, subject_id=customer_id)
        change(session, subject=Subject.CUSTOMER, subject_id=customer_id, by=caller().principal, now=clock.now())
        urls = queries.pay_urls(session, Subject.CUSTOMER, [customer_id])
        return {"customer_id": customer_id, "pay_url": urls.get(customer_id)}


def _sheet(invoice_id: str) -> dict[str, Any]:
    with transaction() as session:
        invoice = queries.get_invoice(session, invoice_id, technician_id=caller().technician_id)
        return queries.sheets(session, [invoice])[0]
