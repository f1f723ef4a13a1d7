"""Keep photos."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from server.core.errors import Conflict, Unacceptable
from server.documents import pdf
from server.documents.facts import Picture
from server.invoices import queries as invoices
from server.jobs import queries as jobs
from server.payments import queries as payments
from server.photos import queries, rules
from server.photos.models import Photo
from server.photos.rules import Kind


class PhotoExists(Conflict):
    """There already is another photo with this id."""

    code = "photo_exists"


class PhotoUnreadable(Unacceptable):
    """This is no picture that can be kept. Send a JPEG, PNG or WebP of at most 2 MB and 5000 pixels a side."""

    code = "photo_unreadable"


class TooManyPhotos(Unacceptable):
    """This job has as many photos as a job can have."""

    code = "too_many_photos"


class NotPaidByThis(Unacceptable):
    """A photo of a cheque belongs to a payment of the same job, and no other photo does."""

    code = "photo_not_of_payment"


def keep(
    session: Session,
    *,
    photo_id: str,
    job_id: str,
    kind: Kind,
    content: bytes,
    caption: str | None = None,
    payment_id: str | None = None,
    taken_by: str | None,
    taken_at: datetime,
    now: datetime,
) -> Photo:
    """Keep a photo of a job; the same one again is the one there is. A phone's clock may run ahead: a photo was never
    taken later than we hear of it.

    Raises JobNotFound, PhotoExists, PhotoUnreadable, TooManyPhotos, NotPaidByThis.
    """
    jobs.get_for_update(session, job_id)
    digest = hashlib.sha256(content).hexdigest()
    known = queries.find_photo(session, photo_id)
    if known is not None:
        if (known.job_id, known.sha256, known.kind, known.payment_id) != (job_id, digest, kind, payment_id):
            raise PhotoExists
        return known
    picture = rules.read(content) if len(content) <= rules.LARGEST_BYTES else None
    if picture is None or not pdf.can_draw(
        Picture(content=content, type=picture.type, width=picture.width, height=picture.height)
    ):
        raise PhotoUnreadable
    if queries.count_of_job(session, job_id) >= rules.MOST_OF_A_JOB:
        raise TooManyPhotos
    _require_of_job(session, job_id=job_id, kind=kind, payment_id=payment_id)
    photo = Photo(
        id=photo_id,
        job_id=job_id,
        payment_id=payment_id,
        kind=kind,
        caption=caption,
        type=picture.type,
        content=content,
        size_bytes=len(content),
        width=picture.width,
        height=picture.height,
        sha256=digest,
        taken_by=taken_by,
        taken_at=min(taken_at, now),
        created_at=now,
    )
    session.add(photo)
    session.flush()
    return photo


def _require_of_job(session: Session, *, job_id: str, kind: Kind, payment_id: str | None) -> None:
    if payment_id is None:
        return
    payment = payments.find_payment(session, payment_id)
    mine = payment is not None and any(
        invoices.get_invoice(session, invoice_id).job_id == job_id for invoice_id in payment.parts
    )
    if kind is not Kind.CHEQUE or not mine:
        raise NotPaidByThis
