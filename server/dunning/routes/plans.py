"""HTTP for the office: treatment plans, their versions and what they would do."""

from __future__ import annotations

from typing import Any

from schemas.chasing import ChangePlan
from schemas.dunning import CaseSheet
from schemas.plans import CompareWith, Comparison, Plan, PlanList, Preview, PreviewOf, WritePlan
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.dunning import operations, queries
from server.dunning.routes.blueprint import blueprint


@blueprint.get("/plans")
@allow(Role.OFFICE)
@blueprint.response(200, PlanList)
def list_plans() -> dict[str, Any]:
    """List every version of every plan, the newest first."""
    now = clock.now()
    with transaction() as session:
        operations.install_plans(session, now=now)
        return {"items": queries.plan_sheets(session, queries.list_plans(session)), "next_cursor": None}


@blueprint.post("/plans")
@allow(Role.OFFICE)
@blueprint.arguments(WritePlan)
@blueprint.response(201, Plan)
def write_plan(wanted: dict[str, Any]) -> dict[str, Any]:
    """Write the next version of a plan. Nobody follows it until it is switched on."""
    with transaction() as session:
        row = operations.write_version(session, written=wanted, written_by=caller().principal, now=clock.now())
        return queries.plan_sheets(session, [row])[0]


@blueprint.get("/plans/<plan_id>")
@allow(Role.OFFICE)
@blueprint.response(200, Plan)
def get_plan(plan_id: str) -> dict[str, Any]:
    """Get a version of a plan."""
    with transaction() as session:
        return queries.plan_sheets(session, [queries.get_plan(session, plan_id)])[0]


@blueprint.post("/plans/<plan_id>/switch")
@allow(Role.OFFICE)
@blueprint.response(200, Plan)
def switch_on(plan_id: str) -> dict[str, Any]:
    """Let new cases follow a version from now on, after a dry run of it."""
    with transaction() as session:
        operations.switch_on(session, plan_id=plan_id, switched_by=caller().principal, now=clock.now())
        return queries.plan_sheets(session, [queries.get_plan(session, plan_id)])[0]


@blueprint.get("/plans/<plan_id>/comparison")
@allow(Role.OFFICE)
@blueprint.arguments(CompareWith, location="query")
@blueprint.response(200, Comparison)
def compare_plans(wanted: dict[str, Any], plan_id: str) -> dict[str, Any]:
    """Say how another version differs from this one, and whom both would treat differently on a day."""
    now = clock.now()
    with transaction() as session:
        as_of = wanted["as_of"] or queries.today_of(session, now=now)
        return operations.compare(session, plan_id=plan_id, other_id=wanted["other_id"], as_of=as_of, now=now)


@blueprint.get("/preview")
@allow(Role.OFFICE)
@blueprint.arguments(PreviewOf, location="query")
@blueprint.response(200, Preview)
def preview(wanted: dict[str, Any]) -> dict[str, str]:
    """Show what the customer of a case would read today."""
    with transaction() as session:
        return operations.preview(session, **wanted, now=clock.now())


@blueprint.post("/cases/<case_id>/plan")
@allow(Role.OFFICE)
@blueprint.arguments(ChangePlan)
@blueprint.response(200, CaseSheet)
def change_plan(wanted: dict[str, Any], case_id: str) -> dict[str, Any]:
    """Let a case follow another version from now on, at the step where it stands."""
    now = clock.now()
    with transaction() as session:
        operations.change_plan(session, case_id=case_id, **wanted, changed_by=caller().principal, now=now)
        return queries.get_sheet(session, case_id, today=queries.today_of(session, now=now))
