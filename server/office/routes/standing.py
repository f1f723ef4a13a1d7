"""How a customer pays and on what terms we work for them, at the desk; and what the house does with each class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from schemas.risk import Agreement, CreditPolicyChange, NewOverride
from server.access.routes import caller
from server.access.rules import Role, allow, may
from server.core import clock, ids, words
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.customers import queries as customers
from server.office import rules as typed
from server.office.queries.letting_go import staff_names
from server.office.routes.desk import blueprint
from server.referrals import operations as referrals
from server.referrals.queries import find_no_agency
from server.risk import queries
from server.risk import rules as risk
from server.standing import operations, rules
from server.standing import queries as standings

DECIDERS = (Role.SUPERVISOR, Role.ADMIN)


@blueprint.get("/customers/<customer_id>/standing")
@allow(Role.OFFICE)
def standing(customer_id: str) -> str:
    """Show how a customer pays, and what follows."""
    return _page(customer_id)


def _page(customer_id: str, *, refusal: str | None = None) -> str:
    now = clock.now()
    with transaction() as session:
        customer = customers.get_customer(session, customer_id)
        sheet = queries.get_sheet(session, customer_id, locale=words.spoken(), now=now)
        barred = find_no_agency(session, customer_id)
        names = staff_names(session)
    return render_template(
        "office/standing.html",
        customer=customer,
        standing=sheet,
        barred=barred,
        names=names,
        words=rules,
        payers=[(value, words.say(words.spoken(), name)) for value, name in rules.PAYERS.items()],
        proposals=risk.PROPOSALS,
        may_decide=may(caller().role, DECIDERS),
        override_id=ids.new("ovr", now=now),
        today=clock.local_date(now, g.business.time_zone),
        refusal=refusal,
    )


def _done(customer_id: str, do: Callable[[Session], Any], sentence: str) -> Redirect | Response:
    try:
        with transaction() as session:
            do(session)
    except Problem as refused:
        return make_response(_page(customer_id, refusal=refused.sentence()), refused.status)
    flash(sentence)
    return redirect(url_for("office.standing", customer_id=customer_id), 303)


@blueprint.post("/customers/<customer_id>/standing")
@allow(Role.OFFICE)
def agree_standing(customer_id: str) -> Redirect | Response:
    """Say why a customer does not pay, and agree terms with them; an empty field is what their class says."""
    form = {name: text.strip() for name, text in request.form.items()}
    limit_minor = typed.amount_minor(form["limit"], g.business.currency) if form.get("limit") else None
    if form.get("limit") and limit_minor is None:
        said = _("This is not an amount. Write it like 85.50 or 85,50.")
        return make_response(_page(customer_id, refusal=said), 422)
    wanted = {
        "payer_type": form.get("payer_type", ""),
        "limit_minor": limit_minor,
        "up_front_percent": form.get("up_front_percent") or None,
        "do_not_book": {"yes": True, "no": False}.get(form.get("do_not_book", "")),
    }
    try:
        changes = Agreement().load(wanted)
    except ValidationError:
        return make_response(_page(customer_id, refusal=_("A part is a number from 0 to 100.")), 422)
    by, now = caller().principal, clock.now()
    return _done(
        customer_id,
        lambda session: operations.agree(session, customer_id=customer_id, changes=changes, by=by, now=now),
        _("The terms are changed."),
    )


@blueprint.post("/customers/<customer_id>/overrides")
@allow(Role.OFFICE)
def make_override(customer_id: str) -> Redirect | Response:
    """Make an exception; the same form sent twice is one."""
    try:
        wanted = NewOverride().load(
            {name: request.form.get(name, "").strip() for name in ("override_id", "reason", "until_on")}
        )
    except ValidationError:
        return make_response(_page(customer_id, refusal=_("An exception needs a reason and its last day.")), 422)
    by, now = caller().principal, clock.now()
    return _done(
        customer_id,
        lambda session: operations.override(session, customer_id=customer_id, **wanted, author=by, now=now),
        _("The exception is made."),
    )


@blueprint.post("/customers/<customer_id>/overrides/<override_id>/end")
@allow(Role.OFFICE)
def end_override(customer_id: str, override_id: str) -> Redirect | Response:
    """End an exception now."""
    by, now = caller().principal, clock.now()
    return _done(
        customer_id,
        lambda session: operations.end_override(
            session, customer_id=customer_id, override_id=override_id, by=by, now=now
        ),
        _("The exception is over."),
    )


@blueprint.post("/customers/<customer_id>/proposals/<proposal_id>")
@allow(Role.SUPERVISOR, Role.ADMIN)
def decide_terms(customer_id: str, proposal_id: str) -> Redirect | Response:
    """Approve other terms, or turn them down."""
    approved = request.form.get("decision") == "approve"
    by, now = caller().principal, clock.now()
    return _done(
        customer_id,
        lambda session: operations.decide(session, proposal_id=proposal_id, approved=approved, by=by, now=now),
        _("It is decided."),
    )


@blueprint.post("/customers/<customer_id>/no_agency")
@allow(Role.OFFICE)
def bar(customer_id: str) -> Redirect | Response:
    """Never hand a customer to an agency."""
    reason, by, now = request.form.get("reason", "").strip()[:500], caller().principal, clock.now()
    if not reason:
        return make_response(_page(customer_id, refusal=_("Say why.")), 422)
    return _done(
        customer_id,
        lambda session: referrals.bar(session, customer_id=customer_id, reason=reason, set_by=by, now=now),
        _("They are never handed to an agency."),
    )


@blueprint.post("/customers/<customer_id>/no_agency/end")
@allow(*DECIDERS)
def lift_bar(customer_id: str) -> Redirect | Response:
    """Let a customer be handed to an agency again."""
    return _done(
        customer_id,
        lambda session: referrals.lift_bar(session, customer_id=customer_id),
        _("They may be handed to an agency again."),
    )


@blueprint.get("/credit")
@allow(Role.ADMIN)
def credit_policy() -> str:
    """Show what the house does with each class."""
    return _policy_page()


def _policy_page(refusal: str | None = None) -> str:
    with transaction() as session:
        policy = standings.get_policy(session)
    return render_template("office/credit_policy.html", policy=policy, words=rules, said=request.form, refusal=refusal)


@blueprint.post("/credit")
@allow(Role.ADMIN)
def set_credit_policy() -> Redirect | Response:
    """Say what the house does with each class from now on."""
    try:
        wanted = CreditPolicyChange().load(
            {"classes": {each.value: _class(each, request.form) for each in rules.RiskClass}}
        )
    except ValidationError:
        said = _("A part is a number from 0 to 100, a limit an amount like 850.00.")
        return make_response(_policy_page(said), 422)
    with transaction() as session:
        policy = rules.read_policy(wanted["classes"])
        operations.set_policy(session, policy=policy, set_by=caller().principal, now=clock.now())
    flash(_("The settings are changed."))
    return redirect(url_for("office.credit_policy"), 303)


def _class(each: rules.RiskClass, form: Mapping[str, str]) -> dict[str, Any]:
    limit = form.get(f"limit_{each}", "").strip()
    minor = typed.amount_minor(limit, g.business.currency) if limit else None
    return {
        "up_front_percent": form.get(f"up_front_{each}", "").strip() or 0,
        "limit_minor": "" if limit and minor is None else minor,
        "do_not_book": f"stop_{each}" in form,
    }
