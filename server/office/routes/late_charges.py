"""What paying late costs, at the desk: what may be charged and why not; charging it, letting it go."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, ids, words
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.invoices import queries as invoices
from server.late_charges import operations, queries, rules
from server.law.rules import REFERENCES
from server.office.routes.desk import blueprint


@blueprint.get("/invoices/<invoice_id>/late_charges")
@allow(Role.OFFICE)
def late_charges(invoice_id: str) -> str:
    """Show what may be charged for paying an invoice late, and what was decided."""
    return _late_charges_page(invoice_id)


def _late_charges_page(invoice_id: str, *, refusal: str | None = None) -> str:
    now = clock.now()
    with transaction() as session:
        sheet = queries.sheet(session, invoice_id, now=now)
        invoice = invoices.sheets(session, [invoices.get_invoice(session, invoice_id)])[0]
    return render_template(
        "office/late_charges.html",
        invoice=invoice,
        may={**sheet, **rules.says(sheet, words.spoken())},
        references=REFERENCES,
        place=sheet["place"][words.spoken()[:2]],
        charge_id=request.form.get("charge_id") or ids.new("chg", now=now),
        refusal=refusal,
    )


@blueprint.post("/invoices/<invoice_id>/late_charges")
@allow(Role.OFFICE)
def decide_late_charge(invoice_id: str) -> Redirect | Response:
    """Charge what has accrued, or let it go; with `charge` in the form, let go what was charged."""
    said, now = request.form, clock.now()
    act, reason = said.get("act", ""), said.get("reason", "").strip()[:500]
    if act in rules.ACTS and not reason:
        return make_response(_late_charges_page(invoice_id, refusal=_("Say why it is let go.")), 422)
    given = {"by": caller().principal, "now": now}
    charge_id = said.get("charge_id") or ids.new("chg", now=now)
    try:
        with transaction() as session:
            if act not in rules.ACTS:
                operations.post(session, charge_id=charge_id, invoice_id=invoice_id, **given)  # type: ignore[arg-type]
            else:
                wanted = {"status": rules.ACTS[act], "reason": reason, **given}
                if "charge" in said:
                    operations.let_go(session, charge_id=said["charge"], **wanted)  # type: ignore[arg-type]
                else:
                    operations.forgo(session, charge_id=charge_id, invoice_id=invoice_id, **wanted)  # type: ignore[arg-type]
    except Problem as refused:
        return make_response(_late_charges_page(invoice_id, refusal=refused.sentence()), refused.status)
    flash(_("It is let go.") if act in rules.ACTS else _("It is charged, and the customer is told."))
    return redirect(url_for("office.late_charges", invoice_id=invoice_id), 303)
