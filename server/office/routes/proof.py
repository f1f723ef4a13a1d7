"""The proof of an invoice at the desk, the evidence of it, and what the log says of a customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Response, render_template, request

from server.access.rules import Role, allow
from server.audit import flows, rules
from server.contacts.rules import NAMES
from server.core import clock, words
from server.core.database import transaction
from server.core.words import msgid as _
from server.customers import queries as customers
from server.dunning import rules as chasing
from server.evidence import flows as evidence_flows
from server.evidence import queries as evidence_queries
from server.invoices.rules import Subject
from server.office.queries.case_law import place_names
from server.office.queries.letting_go import staff_names
from server.office.routes.desk import blueprint
from server.standing import rules as terms

# What the log keeps as a code, by the fact's name, in words.
_WORDED: dict[str, Mapping[Any, str]] = {
    "outcome": chasing.OUTCOMES,
    "root_cause": {**chasing.CALL_CAUSES, **chasing.CAUSES},
    "reason": chasing.REASONS,
    "was": terms.CLASSES,
    "became": terms.CLASSES,
    "payer_type": terms.PAYERS,
    "link_to": {Subject.CUSTOMER: _("To everything the customer owes")},
}


@blueprint.get("/invoices/<invoice_id>/proof")
@allow(Role.OFFICE)
def proof(invoice_id: str) -> str:
    """Ask Stripe now about everything ever made for an invoice, and show it beside the books."""
    found = flows.prove(invoice_id=invoice_id, now=clock.now())
    return render_template("office/proof.html", proof=rules.sheet(found, locale=words.spoken()))


@blueprint.get("/invoices/<invoice_id>/evidence.zip")
@allow(Role.OFFICE)
def evidence_pack(invoice_id: str) -> Response:
    """Send everything that is kept of an invoice."""
    number, content = evidence_flows.pack(invoice_id=invoice_id)
    headers = {"Content-Disposition": f'attachment; filename="evidence-{number}.zip"'}
    return Response(content, content_type="application/zip", headers=headers)


@blueprint.get("/customers/<customer_id>/log")
@allow(Role.OFFICE)
def log(customer_id: str) -> str:
    """Show what the log says of a customer."""
    with transaction() as session:
        customer = customers.get_customer(session, customer_id)
        page = evidence_queries.list_log(session, customer_id=customer_id, cursor=request.args.get("cursor"), limit=50)
        people = staff_names(session)
    said = {"log": page, "names": NAMES, "staff_names": people, "places": place_names(), "worded": _WORDED}
    return render_template("office/log.html", customer=customer, day_of=date.fromisoformat, **said)
