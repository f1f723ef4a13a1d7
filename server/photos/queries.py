"""Questions about photos. None reads the pictures themselves but `get_content`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.access.models import Staff
from server.core.errors import NotFound
from server.photos.models import Photo


class NoSuchPhoto(NotFound):
    """This job has no such photo."""

    code = "photo_not_found"


def find_photo(session: Session, photo_id: str) -> Photo | None:
    """Return a photo of any job, or None."""
    return session.get(Photo, photo_id)


def count_of_job(session: Session, job_id: str) -> int:
    """Return how many photos a job has."""
    return session.scalar(select(func.count()).where(Photo.job_id == job_id)) or 0


def list_of_jobs(session: Session, job_ids: Sequence[str]) -> list[Photo]:
    """Return the photos of jobs, the first taken first."""
    return list(session.scalars(select(Photo).where(Photo.job_id.in_(job_ids)).order_by(Photo.taken_at, Photo.id)))


def sheets(session: Session, photos: Sequence[Photo]) -> list[dict[str, Any]]:
    """Return photos as the wire has them, with the name of who took each."""
    people = select(Staff.id, Staff.name).where(Staff.id.in_({photo.taken_by for photo in photos if photo.taken_by}))
    names = {row.id: row.name for row in session.execute(people)}
    columns = [column.key for column in Photo.__table__.columns if column.key != "content"]
    return [
        {**{name: getattr(photo, name) for name in columns}, "taken_by_name": names.get(photo.taken_by or "")}
        for photo in photos
    ]


def get_content(session: Session, *, job_id: str, photo_id: str) -> tuple[Photo, bytes]:
    """Return a photo of a job and its bytes. Raises NoSuchPhoto."""
    mine = (Photo.id == photo_id, Photo.job_id == job_id)
    found = session.execute(select(Photo, Photo.content).where(*mine)).one_or_none()
    if found is None:
        raise NoSuchPhoto
    return found[0], found[1]
