"""HTTP for completing a job: it issues the invoice, which what is under way on its deposits is for from then on."""

from __future__ import annotations

from typing import Any

from schemas.invoices import Invoice
from schemas.jobs import Complete
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, ids
from server.core.database import transaction
from server.invoices import queries as invoices
from server.jobs import operations as jobs
from server.jobs import queries as job_queries
from server.payments import operations
from server.payments.routes.blueprint import blueprint


@blueprint.post("/jobs/<job_id>/completion")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(Complete)
@blueprint.response(201, Invoice)
def complete(wanted: dict[str, Any], job_id: str) -> dict[str, Any]:
    """Complete a job: its invoice is issued, with its number, books, pay link and message.

    The same `completion_id` again answers the same invoice.
    """
    now = clock.now()
    with transaction() as session:
        job_queries.get_for_caller(session, job_id, caller())
        job, fresh = jobs.complete(session, job_id=job_id, now=now, **wanted)
        invoice_id = ids.derived("inv", wanted["completion_id"])
        if fresh:
            invoice = operations.invoice_work(session, job=job, invoice_id=invoice_id, now=now)
        else:
            invoice = invoices.get_invoice(session, invoice_id)
        return invoices.sheets(session, [invoice])[0]
