"""How the business works, at the desk: what only its owner changes."""

from __future__ import annotations

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as Redirect

from schemas.business import Arrangements, Settings
from schemas.tips import TipOptions
from server.access.rules import Role, allow
from server.business import operations as business
from server.business.rules import SecondPayment
from server.core import numbers
from server.core.database import transaction
from server.core.words import msgid as _
from server.office import rules
from server.office.routes.desk import blueprint
from server.office.routes.forms import attempt, typed_minor
from server.payments import flows

RULES = {rule.value for rule in SecondPayment}
_LIMITS = ("technician_refund_limit_minor", "office_refund_limit_minor")
_EBILLING = "ebilling_credit_minor"


@blueprint.get("/settings")
@allow(Role.ADMIN)
def settings() -> str:
    """Show how the business works."""
    return _settings_page()


def _settings_page(refusal: str | None = None) -> str:
    said = {name: request.form.get(name) for name in (*_LIMITS, _EBILLING, "second_payment")}
    offered = g.business.tips.get(g.business.currency, {})
    tip_kind, tips = next(iter(offered.items()), ("percentages", [10, 15, 20]))
    return render_template(
        "office/settings.html",
        business=g.business,
        refusal=refusal,
        said=said,
        offers_tips=bool(offered),
        tip_kind=tip_kind,
        tips=tips,
    )


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


@blueprint.post("/settings/ebilling")
@allow(Role.ADMIN)
def change_ebilling() -> Redirect | Response:
    """Say what a customer gets who lets invoices come by e-mail; 0 is nothing."""

    def act() -> str:
        changes = Settings().load({_EBILLING: typed_minor(g.business.currency, _EBILLING, empty="0")})
        with transaction() as session:
            business.change_settings(session, changes)
        return _("The settings are changed.")

    said = _("This is not an amount. Write it like 85.50 or 85,50.")
    return attempt(act, again=_settings_page, then=url_for("office.settings"), wrong=lambda _wrong: said)


@blueprint.post("/settings/tips")
@allow(Role.ADMIN)
def change_tips() -> Redirect | Response:
    """Say which tips the readers offer in the business's currency, or that they offer none at all."""
    currency, kind = g.business.currency, request.form.get("tip_kind", "")
    typed = [each.strip() for each in request.form.getlist("tip") if each.strip()]

    def act() -> str:
        chosen = [_amount_or_percent(each, kind, currency) for each in typed]
        offered = {**g.business.tips, currency: {kind: chosen}} if "offer_tips" in request.form else {}
        flows.set_tips(**TipOptions().load({"tips": offered}))
        return _("The settings are changed. Readers follow within minutes.")

    said = _("Give one to three percentages from 1 to 100, or as many amounts like 2.50.")
    return attempt(act, again=_settings_page, then=url_for("office.settings"), wrong=lambda _wrong: said)


def _amount_or_percent(typed: str, kind: str, currency: str) -> int | None:
    if kind == "fixed_amounts_minor":
        return rules.amount_minor(typed, currency)
    return numbers.whole(typed)


@blueprint.post("/settings/arrangements")
@allow(Role.ADMIN)
def change_arrangements() -> Redirect | Response:
    """Say what may be arranged with somebody who is late."""
    try:
        wanted = Arrangements().load({name: request.form.get(name) for name in Arrangements().fields})
    except ValidationError:
        return make_response(_settings_page(_("This is not a number within the limits.")), 422)
    with transaction() as session:
        business.change_settings(session, wanted)
    flash(_("The settings are changed."))
    return redirect(url_for("office.settings"), 303)
