"""The policy over HTTP: for whoever works here by the API, for customers as a PDF."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint as Pages
from flask import Response, request
from flask_smorest import Blueprint

from schemas.policy import Acknowledge, Policy
from server.access.routes import caller
from server.access.rules import Role, allow, public
from server.business import queries as business
from server.core import clock, problems
from server.core.database import transaction
from server.core.limits import limiter
from server.documents import pdf
from server.policy import operations, queries
from server.policy.models import PolicyVersion

blueprint = Blueprint("policy", "policy", url_prefix="/api/v1/policy", description="The policy of the house")
pages = Pages("policy_pages", __name__)


@blueprint.get("")
@allow(Role.OFFICE, Role.TECHNICIAN)
@blueprint.response(200, Policy)
def get_policy() -> dict[str, Any]:
    """Get the policy as the settings are now, in words, and who read it."""
    return _sheet()


def _sheet() -> dict[str, Any]:
    with transaction() as session:
        version = operations.publish(session, now=clock.now())
        facts = queries.get_facts(session, version, language=problems.language(), for_staff=True)
        return {
            "number": version.number,
            "sha256": version.sha256,
            "since_at": version.since_at,
            "sections": [
                {
                    "heading": section.heading,
                    "rows": [{"label": label, "value": value} for label, value in section.rows],
                }
                for section in facts.sections
            ],
            "readers": [
                {"name": person.name, "acknowledged_at": read.acknowledged_at if read else None}
                for person, read in queries.list_readers(session, version.sha256)
            ],
        }


@blueprint.post("/acknowledgements")
@allow(Role.OFFICE, Role.TECHNICIAN)
@blueprint.arguments(Acknowledge)
@blueprint.response(200, Policy)
def acknowledge(wanted: dict[str, Any]) -> dict[str, Any]:
    """Say that you read the version that holds now."""
    with transaction() as session:
        operations.acknowledge(session, sha256=wanted["sha256"], staff_id=caller().staff_id, now=clock.now())
    return _sheet()


@pages.get("/policy.pdf")
@public("it is handed over with every contract")
@limiter.limit("30 per minute")
def policy_pdf() -> Response:
    """Send the policy as it was `on` a day, or is now, in French or English: what of it concerns a customer."""
    try:
        on = date.fromisoformat(request.args["on"]) if request.args.get("on") else None
    except ValueError:
        on = None
    language = request.args.get("language")
    with transaction() as session:
        version = _version(session, on)
        chosen = language if language in {"fr", "en"} else problems.language()
        facts = queries.get_facts(session, version, language=chosen, for_staff=False)
    headers = {"Content-Disposition": f'inline; filename="policy-{version.number}.pdf"'}
    return Response(pdf.policy(facts), content_type="application/pdf", headers=headers)


def _version(session: Any, on: date | None) -> PolicyVersion:
    return queries.get_in_force(session, on=on, time_zone=business.get_profile(session).time_zone)
