"""HTTP for the office: payment plans."""

from __future__ import annotations

from typing import Any

from flask import Response

from schemas.arrangements import DrawUpPlan, PaymentPlan, SignPlan
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.documents import pdf
from server.dunning import operations, queries
from server.dunning.routes.blueprint import blueprint
from server.dunning.rules import Every, Source


@blueprint.post("/cases/<case_id>/payment_plans")
@allow(Role.OFFICE)
@blueprint.arguments(DrawUpPlan)
@blueprint.response(201, PaymentPlan)
def draw_up_plan(wanted: dict[str, Any], case_id: str) -> dict[str, Any]:
    """Offer the customer to pay in parts: they sign on their page, and the case rests."""
    with transaction() as session:
        plan = operations.draw_up_plan(
            session,
            case_id=case_id,
            plan_id=wanted["payment_plan_id"],
            count=wanted["count"],
            first_on=wanted["first_on"],
            every=Every(wanted["every"]),
            parts=[(part["due_on"], part["amount_minor"]) for part in wanted["parts"]],
            invoice_ids=wanted["invoice_ids"],
            source=Source.OFFICE,
            made_by=caller().principal,
            now=clock.now(),
        )
        return queries.plan_sheet(session, plan)


@blueprint.get("/payment_plans/<plan_id>")
@allow(Role.OFFICE)
@blueprint.response(200, PaymentPlan)
def get_payment_plan(plan_id: str) -> dict[str, Any]:
    """Get a payment plan with what is missing of each part."""
    with transaction() as session:
        return queries.plan_sheet(session, queries.get_payment_plan(session, plan_id))


@blueprint.get("/payment_plans/<plan_id>.pdf")
@allow(Role.OFFICE)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def get_agreement(plan_id: str) -> Response:
    """Get the written agreement as a PDF, with its signature once there is one."""
    with transaction() as session:
        facts = queries.plan_pdf_facts(queries.get_payment_plan(session, plan_id))
    shown_as = {"Content-Disposition": f'inline; filename="{plan_id}.pdf"'}
    return Response(pdf.agreement(facts), content_type="application/pdf", headers=shown_as)


@blueprint.post("/payment_plans/<plan_id>/offer")
@allow(Role.OFFICE)
@blueprint.response(200, PaymentPlan)
def offer_plan(plan_id: str) -> dict[str, Any]:
    """Agree to what a customer asked for: they can sign it now."""
    with transaction() as session:
        return queries.plan_sheet(session, operations.offer_plan(session, plan_id=plan_id, now=clock.now()))


@blueprint.post("/payment_plans/<plan_id>/signature")
@allow(Role.OFFICE)
@blueprint.arguments(SignPlan)
@blueprint.response(201, PaymentPlan)
def sign_plan(wanted: dict[str, Any], plan_id: str) -> dict[str, Any]:
    """Record that the customer signed at the office, and who saw it."""
    with transaction() as session:
        plan = operations.sign_plan(session, plan_id=plan_id, **wanted, signed_by=caller().principal, now=clock.now())
        return queries.plan_sheet(session, plan)


@blueprint.post("/payment_plans/<plan_id>/cancellation")
@allow(Role.OFFICE)
@blueprint.response(200, PaymentPlan)
def cancel_plan(plan_id: str) -> dict[str, Any]:
    """End a payment plan. The case goes on at the step where it rested."""
    with transaction() as session:
        return queries.plan_sheet(session, operations.cancel_plan(session, plan_id=plan_id, now=clock.now()))
