"""Money at the desk that waits for a card, or for somebody's decision about one."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as Redirect

from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.core.errors import Problem
from server.office.routes.desk import blueprint
from server.payments import flows
from server.payments import queries as payments


@blueprint.post("/refunds/<refund_id>/reader")
@allow(Role.OFFICE)
def check_or_cancel_refund(refund_id: str) -> Redirect:
    """Ask what became of a refund at a reader, or take it off the reader."""
    with transaction() as session:
        asked = payments.get_refund(session, refund_id)
        invoice_id = payments.get_payment(session, asked.payment_id).invoice_id
    try:
        if request.form.get("wanted") == "cancel":
            flows.cancel_refund(refund_id=refund_id, now=clock.now())
        else:
            flows.ask_about_refund(refund_id=refund_id, now=clock.now())
    except Problem as refused:
        flash(refused.sentence())
    return redirect(url_for("office.invoice", invoice_id=invoice_id), 303)
