"""The proof of an invoice at the desk."""

from __future__ import annotations

from flask import render_template

from server.access.rules import Role, allow
from server.audit import flows, rules
from server.core import clock, words
from server.office.routes.desk import blueprint


@blueprint.get("/invoices/<invoice_id>/proof")
@allow(Role.OFFICE)
def proof(invoice_id: str) -> str:
    """Ask Stripe now about everything ever made for an invoice, and show it beside the books."""
    found = flows.prove(invoice_id=invoice_id, now=clock.now())
    return render_template("office/proof.html", proof=rules.sheet(found, locale=words.spoken()))
