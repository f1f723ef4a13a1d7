"""HTTP for the phone: job sheets under /api, and the phone itself, a built web page, at /kiosk/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint as Pages
from flask import Response, redirect, send_from_directory
from flask_smorest import Blueprint
from werkzeug.wrappers import Response as Redirect

from schemas.jobs import JobFilter, JobList, JobSheet
from server.access.routes import caller
from server.access.rules import Role, allow, public
from server.business import queries as business
from server.core import clock, precondition, problems
from server.core.database import transaction
from server.core.paging import page
from server.jobs import queries as jobs
from server.jobs.models import Job
from server.phone import queries

blueprint = Blueprint("phone", "phone", url_prefix="/api/v1/jobs", description="Job sheets")
kiosk = Pages("kiosk", __name__)
BUILT = Path(__file__).parents[2] / "kiosk_client" / "dist"


@blueprint.get("")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(JobFilter, location="query")
@blueprint.response(200, JobList)
def list_jobs(wanted: dict[str, Any]) -> dict[str, Any]:
    """List job sheets, newest first; a technician's are their own, whatever is asked for."""
    technician_id = wanted["technician"]
    if technician_id == "me" or caller().technician_id is not None:
        technician_id = caller().staff_id
    with transaction() as session:
        statement = jobs.jobs_statement(
            technician_id=technician_id,
            customer_id=wanted["customer_id"],
            on=wanted["on"],
            time_zone=business.get_profile(session).time_zone,
        )
        found = page(session, statement, by=Job, cursor=wanted["cursor"], limit=wanted["limit"])
        return {
            **found,
            "items": queries.job_sheets(session, found["items"], locale=problems.language(), now=clock.now()),
        }


@blueprint.get("/<job_id>")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, JobSheet)
def get_job(job_id: str) -> dict[str, Any]:
    """Get a job sheet: customer, site, lines, totals, contract, invoice, balance, pay link, payments."""
    with transaction() as session:
        job = jobs.get_for_caller(session, job_id, caller())
        precondition.set_tag(job.version)
        return queries.job_sheets(session, [job], locale=problems.language(), now=clock.now())[0]


@kiosk.get("/kiosk")
@public("The phone's page holds nothing; its token opens the API")
def kiosk_root() -> Redirect:
    """Lead to the phone's page."""
    return redirect("/kiosk/")


@kiosk.get("/kiosk/", defaults={"path": "index.html"})
@kiosk.get("/kiosk/<path:path>")
@public("The phone's page holds nothing; its token opens the API")
def kiosk_file(path: str) -> Response:
    """Send a file of the phone's build. Hashed files are kept for good; the page and its worker are asked again."""
    response = send_from_directory(BUILT, path)
    response.cache_control.no_cache = None if path.startswith("assets/") else True
    response.cache_control.max_age = 31536000 if path.startswith("assets/") else None
    return response
