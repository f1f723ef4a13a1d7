"""Plan visits and say what was done. Reading them is the job sheet's, completing them the invoice's."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.jobs import Job, NewJob, ReplaceLines
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, precondition
from server.core.database import transaction
from server.jobs import operations, queries

blueprint = Blueprint("jobs", "jobs", url_prefix="/api/v1/jobs", description="Visits and their lines")


@blueprint.post("")
@allow(Role.OFFICE)
@blueprint.arguments(NewJob)
@blueprint.response(201, Job)
def plan_job(wanted: dict[str, Any]) -> dict[str, Any]:
    """Plan a visit."""
    with transaction() as session:
        job = operations.plan_job(session, **wanted, now=clock.now())
        precondition.set_tag(job.version)
        return queries.get_with_totals(session, job.id)


@blueprint.put("/<job_id>/lines")
@allow(Role.OFFICE, Role.TECHNICIAN)
@blueprint.arguments(ReplaceLines)
@blueprint.response(200, Job)
def replace_lines(wanted: dict[str, Any], job_id: str) -> dict[str, Any]:
    """Say what the visit consists of, all of it."""
    version = precondition.expected_version()
    with transaction() as session:
        queries.get_for_caller(session, job_id, caller())
        job = operations.replace_lines(session, job_id=job_id, **wanted, expected_version=version)
        precondition.set_tag(job.version)
        return queries.get_with_totals(session, job.id)
