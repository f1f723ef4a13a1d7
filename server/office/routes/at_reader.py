"""Money at the desk that waits for a card, or for somebody's decision about one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.invoices import queries as invoices
from server.office import rules
from server.office.routes.desk import blueprint
from server.payments import flows
from server.payments import operations as payment_operations
from server.payments import queries as payments
from server.payments.rules import Status


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


@blueprint.post("/payments/<payment_id>/capture")
@allow(Role.OFFICE)
def capture_or_release(payment_id: str) -> Redirect:
    """Take what a card holds, or a part of it, or let it go."""
    with transaction() as session:
        payment = payments.get_payment(session, payment_id)
    amount_minor = rules.amount_minor(request.form.get("amount", ""), payment.currency)
    try:
        if request.form.get("wanted") == "release":
            flows.cancel(payment_id=payment_id, now=clock.now())
            flash(_("The amount is released: nothing was taken, and the invoice owes it."))
        elif not amount_minor or amount_minor < 1:
            flash(_("This is not an amount. Write it like 85.50 or 85,50."))
        else:
            taken = flows.capture(payment_id=payment_id, amount_minor=amount_minor, now=clock.now())
            if taken.status is Status.SUCCEEDED:
                flash(_("The payment is recorded, and the customer gets a receipt."))
    except Problem as refused:
        flash(refused.sentence())
    return redirect(url_for("office.invoice", invoice_id=payment.lead_id), 303)


@blueprint.get("/unassigned")
@allow(Role.OFFICE)
def unassigned() -> str:
    """Show cards taken in person that named no payment and no invoice."""
    with transaction() as session:
        waiting = list(session.scalars(payments.unassigned_statement()))
    return render_template("office/unassigned.html", waiting=waiting)


@blueprint.post("/unassigned/<unassigned_id>")
@allow(Role.OFFICE)
def assign_payment(unassigned_id: str) -> Redirect:
    """Say which invoice such money pays."""
    try:
        with transaction() as session:
            invoice = invoices.find_by_number(session, request.form.get("number", "").strip())
            if invoice is None:
                raise invoices.NoSuchInvoice
            payment_operations.assign(
                session,
                unassigned_id=unassigned_id,
                invoice_id=invoice.id,
                assigned_by=caller().principal,
                now=clock.now(),
            )
    except Problem as refused:
        flash(refused.sentence())
        return redirect(url_for("office.unassigned"), 303)
    return redirect(url_for("office.invoice", invoice_id=invoice.id), 303)
