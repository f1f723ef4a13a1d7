"""Treatment plans at the desk: versions, what one would do, how two differ, switching one on."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from flask import Response, abort, flash, g, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as Redirect

from schemas.plans import WritePlan
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.dunning import operations
from server.dunning import queries as dunning
from server.dunning import rules as chasing
from server.dunning.rules.texts import TEXTS
from server.office import queries, rules
from server.office.routes.desk import blueprint
from server.standing.rules import CLASSES

_NAMES = {"text_names": rules.TEXT_NAMES, "plan_names": rules.PLAN_NAMES, "classes": CLASSES}


@blueprint.get("/chase/plans")
@allow(Role.OFFICE)
def plans() -> str:
    """Show every version of every plan."""
    with transaction() as session:
        operations.install_plans(session, now=clock.now())
        found = dunning.plan_sheets(session, dunning.list_plans(session))
    return render_template("office/plans.html", plans=found, **_NAMES)


@blueprint.get("/chase/plans/<plan_id>")
@allow(Role.OFFICE)
def plan(plan_id: str) -> str:
    """Show a version: its steps, what it would do on a day, how it differs from another, how to change it."""
    return _plan_page(plan_id)


def _plan_page(
    plan_id: str, refusal: str | None = None, *, written: str | None = None, faults: dict[str, Any] | None = None
) -> str:
    now = clock.now()
    today = clock.local_date(now, g.business.time_zone)
    as_of = _day(request.args.get("as_of", "")) or today
    other_id = request.args.get("other_id")
    with transaction() as session:
        shown = dunning.plan_sheets(session, [dunning.get_plan(session, plan_id)])[0]
        run_id = request.args.get("run_id")
        seen = dunning.get_run(session, run_id) if run_id else None
        comparison = (
            operations.compare(session, plan_id=other_id, other_id=plan_id, as_of=as_of, now=now) if other_id else None
        )
        if comparison:
            said = dunning.read_plan(dunning.get_plan(session, plan_id))
            comparison["differences"] = rules.differences(comparison["changes"], said)
        lines = [*seen["planned"], *seen["skipped"]] if seen else []
        about = {line["customer_id"] for line in lines} | {
            each["customer_id"] for each in (comparison["customers"] if comparison else [])
        }
        names = queries.names_of_customers(session, about)
        others = [row for row in dunning.list_plans(session) if row.id != plan_id]
        preview = _preview(session) if request.args.get("template") else None
        cases = dunning.list_cases(session, customer_id=None, status="open", cursor=None, limit=20, today=today)[
            "items"
        ]
        people = queries.names_of_customers(session, {case["customer_id"] for case in cases})
    return render_template(
        "office/plan.html",
        plan=shown,
        run=seen,
        as_of=as_of,
        comparison=comparison,
        names=names,
        others=others,
        preview=preview,
        cases=cases,
        people=people,
        texts=list(TEXTS),
        faults=faults or {},
        chasing=chasing,
        fields=rules.FIELDS,
        places=queries.place_names(),
        **_NAMES,
        written=written or _written(shown["plan"]),
        refusal=refusal,
    )


def _preview(session: Any) -> dict[str, str] | None:
    try:
        wanted = {"template": request.args["template"], "case_id": request.args.get("case_id", "")}
        return operations.preview(session, **wanted, now=clock.now())
    except Problem:
        return None


def _written(plan: chasing.Plan) -> str:
    said = {name: value for name, value in asdict(plan).items() if name != "version"}
    return json.dumps(said, indent=2, ensure_ascii=False)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


@blueprint.post("/chase/plans/<plan_id>/versions")
@allow(Role.OFFICE)
def write_version(plan_id: str) -> Redirect | Response:
    """Write the next version, from the plan as text; or only its threshold."""
    typed = request.form.get("plan", "")
    try:
        with transaction() as session:
            now_written = dunning.read_plan(dunning.get_plan(session, plan_id))
        wanted = json.loads(typed) if typed else json.loads(_written(now_written))
        if not typed:
            minor = rules.amount_minor(request.form.get("threshold", ""), g.business.currency)
            if minor is None:
                return make_response(
                    _plan_page(plan_id, _("This is not an amount. Write it like 85.50 or 85,50.")), 422
                )
            others = [each for each in wanted["large_accounts"] if each["currency"] != g.business.currency]
            wanted["large_accounts"] = [*others, {"currency": g.business.currency, "above_minor": minor}]
        loaded = WritePlan().load(wanted)
        with transaction() as session:
            who = caller().principal
            row = operations.write_version(session, written=loaded, written_by=who, now=clock.now())
    except (json.JSONDecodeError, TypeError):
        return make_response(_plan_page(plan_id, _("This is not JSON."), written=typed), 422)
    except ValidationError as invalid:
        found = rules.flat(invalid.messages_dict)
        return make_response(_plan_page(plan_id, _("The plan has faults."), written=typed, faults=found), 422)
    except operations.PlanInvalid as invalid:
        said = invalid.errors
        return make_response(_plan_page(plan_id, invalid.sentence(), written=typed, faults=said), invalid.status)
    return redirect(url_for("office.plan", plan_id=row.id), 303)


@blueprint.post("/chase/plans/<plan_id>/dry-run")
@allow(Role.OFFICE)
def try_plan(plan_id: str) -> Redirect | Response:
    """See what a version would do on a day; nothing is sent."""
    now = clock.now()
    with transaction() as session:
        as_of = _day(request.form.get("as_of", ""))
        run_id = operations.ask_for_run(session, run_id=None, as_of=as_of, dry_run=True, plan_id=plan_id, now=now)
        operations.run(session, run_id=run_id, now=now)
    return redirect(url_for("office.plan", plan_id=plan_id, run_id=run_id, as_of=as_of, _anchor="dry"), 303)


@blueprint.post("/chase/plans/<plan_id>/switch")
@allow(Role.OFFICE)
def switch_plan(plan_id: str) -> Redirect | Response:
    """Let new cases follow a version from now on."""
    try:
        with transaction() as session:
            operations.switch_on(session, plan_id=plan_id, switched_by=caller().principal, now=clock.now())
    except Problem as refused:
        if refused.status == 404:
            abort(404)
        return make_response(_plan_page(plan_id, refused.sentence()), refused.status)
    flash(_("New cases follow this version now."))
    return redirect(url_for("office.plan", plan_id=plan_id), 303)
