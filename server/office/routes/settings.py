"""How the business works, at the desk: what only its owner changes."""

from __future__ import annotations

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from server.access.rules import Role, allow
from server.business import operations as business
from server.business.rules import SecondPayment
from server.core.database import transaction
from server.core.words import msgid as _
from server.office import rules
from server.office.routes.desk import blueprint

RULES = {rule.value for rule in SecondPayment}
_LIMITS = ("technician_refund_limit_minor", "office_refund_limit_minor")


@blueprint.get("/settings")
@allow(Role.ADMIN)
def settings() -> str:
    """Show how the business works."""
    return _settings_page()


def _settings_page(refusal: str | None = None) -> str:
    said = {name: request.form.get(name) for name in (*_LIMITS, "second_payment")}
    return render_template("office/settings.html", business=g.business, refusal=refusal, said=said)


@blueprint.post("/settings/refunds")
@allow(Role.ADMIN)
def change_refund_limits() -> Redirect | Response:
    """Say what one person alone may give back of a payment, and what becomes of money beyond what was owed."""
    limits = {name: rules.amount_minor(request.form.get(name, ""), g.business.currency) for name in _LIMITS}
    if None in limits.values():
        return make_response(_settings_page(_("This is not an amount. Write it like 85.50 or 85,50.")), 422)
    with transaction() as session:
        rule = {"second_payment": request.form["second_payment"]} if request.form.get("second_payment") in RULES else {}
        business.change_settings(session, {**limits, **rule})
    flash(_("The settings are changed."))
    return redirect(url_for("office.settings"), 303)


@blueprint.post("/settings/capture")
@allow(Role.ADMIN)
def change_capture() -> Redirect:
    """Say whether a card at a reader is authorized first."""
    with transaction() as session:
        business.change_settings(session, {"capture_later": "capture_later" in request.form})
    flash(_("The settings are changed."))
    return redirect(url_for("office.settings"), 303)
