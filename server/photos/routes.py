"""HTTP for photos of jobs."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from schemas.photos import NewPhoto, Photo, PhotoList
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.jobs import queries as jobs
from server.photos import operations, queries
from server.photos.rules import Kind

blueprint = Blueprint("photos", "photos", url_prefix="/api/v1/jobs", description="Photos of jobs")


@blueprint.post("/<job_id>/photos")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(NewPhoto)
@blueprint.response(201, Photo)
def keep_photo(wanted: dict[str, Any], job_id: str) -> dict[str, Any]:
    """Keep a photo of a job."""
    wanted["kind"] = Kind(wanted["kind"])
    with transaction() as session:
        jobs.get_for_caller(session, job_id, caller())
        photo = operations.keep(session, job_id=job_id, **wanted, taken_by=caller().staff_id, now=clock.now())
        return queries.sheets(session, [photo])[0]


@blueprint.get("/<job_id>/photos")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, PhotoList)
def list_photos(job_id: str) -> dict[str, Any]:
    """List the photos of a job, the first taken first. They are few enough for one page."""
    with transaction() as session:
        jobs.get_for_caller(session, job_id, caller())
        found = queries.list_of_jobs(session, [job_id])
        return {"items": queries.sheets(session, found), "next_cursor": None}


@blueprint.get("/<job_id>/photos/<photo_id>")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="image/*")
def get_photo(job_id: str, photo_id: str) -> Response:
    """Get a photo, byte for byte as it came."""
    with transaction() as session:
        jobs.get_for_caller(session, job_id, caller())
        photo, content = queries.get_content(session, job_id=job_id, photo_id=photo_id)
    kept_as = {"Content-Disposition": f'attachment; filename="{photo.filename}"'}
    return Response(content, content_type=photo.type, headers=kept_as)
