"""Cards that customers let us keep, at the desk: charge one, or stop keeping it."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
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
from server.payments import operations as payments
from server.payments.rules import Status

_CHARGED = {
    Status.SUCCEEDED: _("The card is charged, and the customer gets a receipt."),
    Status.FAILED: _("The card was not charged. The invoice says why."),
}


@blueprint.post("/saved-cards/<card_id>/charges")
@allow(Role.OFFICE)
def charge_card(card_id: str) -> Redirect:
    """Charge a saved card for an invoice, for all that is owed or a part; the same form sent twice charges once."""
    invoice_id = request.form.get("invoice_id", "")
    with transaction() as session:
        invoice = invoices.get_invoice(session, invoice_id)
        balance_minor = invoices.balance_of(session, invoice)
    typed = request.form.get("amount", "").strip()
    amount_minor = rules.amount_minor(typed, invoice.currency) if typed else balance_minor
    here = url_for("office.invoice", invoice_id=invoice_id)
    if not request.form.get("payment_id"):
        abort(400)
    if amount_minor is None or amount_minor <= 0:
        flash(_("This is not an amount. Write it like 85.50 or 85,50."))
        return redirect(here, 303)
    try:
        charged = flows.charge_saved(
            payment_id=request.form["payment_id"],
            invoice_id=invoice_id,
            saved_card_id=card_id,
            amount_minor=amount_minor,
            taken_by=caller().principal,
            now=clock.now(),
        )
        flash(_CHARGED.get(charged.status, _("The charge is under way.")))
    except Problem as refused:
        flash(refused.sentence())
    return redirect(here, 303)


@blueprint.post("/saved-cards/<card_id>/withdrawal")
@allow(Role.OFFICE)
def withdraw_card(card_id: str) -> Redirect:
    """Stop keeping a card, as its customer asked."""
    with transaction() as session:
        card = payments.withdraw_card(session, card_id=card_id, withdrawn_by=caller().principal, now=clock.now())
    flash(_("The card is no longer kept."))
    return redirect(url_for("office.customer", customer_id=card.customer_id), 303)
