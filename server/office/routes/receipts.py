"""Receipts at the desk: looked at, and sent again."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as Redirect

from schemas.receipts import SendReceipt
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.documents.pdf import Paper
from server.office.routes.desk import blueprint, pdf_response
from server.receipts import operations, queries
from server.receipts.rules import Channel


@blueprint.get("/receipts/<receipt_id>.pdf")
@allow(Role.OFFICE)
def receipt_pdf(receipt_id: str) -> Response:
    """Send a receipt as the customer gets it, or on the `paper` asked for."""
    with transaction() as session:
        receipt = queries.get_receipt(session, receipt_id)
    wanted = request.args.get("paper")
    return pdf_response(operations.render(receipt, Paper(wanted) if wanted in set(Paper) else None), receipt.number)


@blueprint.post("/receipts/<receipt_id>/sendings")
@allow(Role.OFFICE)
def send_receipt(receipt_id: str) -> Redirect:
    """Send a receipt again, or to another address; a form sent twice within two minutes goes once."""
    invoice_id = request.form.get("invoice_id", "")
    try:
        wanted = SendReceipt().load({"channel": request.form.get("channel"), "to": request.form.get("to", "").strip()})
        with transaction() as session:
            operations.send(
                session,
                receipt=queries.get_receipt(session, receipt_id),
                channel=Channel(wanted["channel"]),
                to=wanted["to"],
                sent_by=caller().principal,
                now=clock.now(),
            )
        flash(_("The receipt is on its way."))
    except ValidationError:
        flash(_("This is no address a receipt can be sent to."), "failed")
    except Problem as refused:
        if refused.status == 404:
            abort(404)
        flash(refused.sentence(), "failed")
    return redirect(url_for("office.invoice", invoice_id=invoice_id), 303)
