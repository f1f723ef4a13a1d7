"""HTTP for the office: agencies, what is handed to them, who never is."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from schemas import referrals as wire
from server.access.routes import caller
from server.access.rules import Role, allow
from server.business import queries as business
from server.core import clock
from server.core.database import transaction
from server.core.paging import page
from server.referrals import flows, operations, queries
from server.referrals.models import Referral

blueprint = Blueprint("referrals", "referrals", url_prefix="/api/v1", description="Debts handed over")


@blueprint.get("/agencies")
@allow(Role.OFFICE)
@blueprint.response(200, wire.AgencyList)
def list_agencies() -> dict[str, Any]:
    """List agencies, by name, with what came of what was handed to each. All of them, as one page."""
    with transaction() as session:
        scores = queries.scores(session)
        items = [
            {
                **{
                    name: getattr(agency, name)
                    for name in ("id", "kind", "name", "email", "commission_bp", "closed_at")
                },
                "scores": [score for score in scores if score.agency_id == agency.id],
            }
            for agency in queries.list_agencies(session)
        ]
    return {"items": items, "next_cursor": None}


@blueprint.post("/agencies")
@allow(Role.ADMIN)
@blueprint.arguments(wire.AddAgency)
@blueprint.response(201, wire.Agency)
def add_agency(wanted: dict[str, Any]) -> Any:
    """Note an agency, a lawyer or a factor."""
    with transaction() as session:
        return operations.add_agency(session, **wanted, now=clock.now())


@blueprint.post("/agencies/<agency_id>/leave")
@allow(Role.ADMIN)
@blueprint.response(200, wire.Agency)
def leave_agency(agency_id: str) -> Any:
    """Hand nothing to this agency any more. What is there stays there."""
    with transaction() as session:
        return operations.leave_agency(session, agency_id=agency_id, now=clock.now())


@blueprint.put("/customers/<customer_id>/no_agency")
@allow(Role.OFFICE)
@blueprint.arguments(wire.BarReferral)
@blueprint.response(204)
def bar(wanted: dict[str, Any], customer_id: str) -> None:
    """Never hand this customer to an agency."""
    with transaction() as session:
        operations.bar(session, customer_id=customer_id, **wanted, set_by=caller().principal, now=clock.now())


@blueprint.delete("/customers/<customer_id>/no_agency")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.response(204)
def lift_bar(customer_id: str) -> None:
    """Let this customer be handed to an agency again."""
    with transaction() as session:
        operations.lift_bar(session, customer_id=customer_id)


@blueprint.get("/referrals/cases/<case_id>/ways")
@allow(Role.OFFICE)
@blueprint.response(200, wire.WaysOfCase)
def list_ways(case_id: str) -> dict[str, Any]:
    """Show what an open case is worth by every way to go on with it, the one the figures speak for first."""
    with transaction() as session:
        today = clock.local_date(clock.now(), business.get_profile(session).time_zone)
        worth, ways = queries.ways_of(session, case_id, today=today)
    return {**vars(worth), "cost_minor": worth.cost_minor, "ways": ways}


@blueprint.get("/referrals")
@allow(Role.OFFICE)
@blueprint.arguments(wire.ReferralFilter, location="query")
@blueprint.response(200, wire.ReferralList)
def list_referrals(wanted: dict[str, Any]) -> dict[str, Any]:
    """List referrals, newest first."""
    statement = queries.referrals_statement(case_id=wanted.pop("case_id"), agency_id=wanted.pop("agency_id"))
    with transaction() as session:
        found = page(session, statement, by=Referral, **wanted)
        return {**found, "items": queries.sheets(session, found["items"])}


@blueprint.post("/referrals")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.arguments(wire.Refer)
@blueprint.response(201, wire.Referral)
def refer(wanted: dict[str, Any]) -> dict[str, Any]:
    """Approve that a case goes to an agency. Nothing goes out of it from here any more."""
    with transaction() as session:
        referral = operations.refer(session, **wanted, approved_by=caller().principal, now=clock.now())
        return queries.sheets(session, [referral])[0]


@blueprint.get("/referrals/<referral_id>")
@allow(Role.OFFICE)
@blueprint.response(200, wire.Referral)
def get_referral(referral_id: str) -> dict[str, Any]:
    """Get a referral, with what came of it."""
    with transaction() as session:
        return queries.sheets(session, [queries.get_referral(session, referral_id)])[0]


@blueprint.post("/referrals/<referral_id>/handover")
@allow(Role.OFFICE)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/zip")
def hand_over(referral_id: str) -> Response:
    """Get what the agency needs in one ZIP, with hashes. The hash of it is written down."""
    content = flows.hand_over(referral_id=referral_id, by=caller().principal, now=clock.now())
    headers = {"Content-Disposition": f'attachment; filename="{referral_id}.zip"'}
    return Response(content, content_type="application/zip", headers=headers)


@blueprint.post("/referrals/<referral_id>/recall")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.arguments(wire.Recall)
@blueprint.response(200, wire.Referral)
def recall(wanted: dict[str, Any], referral_id: str) -> dict[str, Any]:
    """Take a case back. It goes on here where it had stopped."""
    with transaction() as session:
        referral = operations.recall(
            session, referral_id=referral_id, **wanted, recalled_by=caller().principal, now=clock.now()
        )
        return queries.sheets(session, [referral])[0]
