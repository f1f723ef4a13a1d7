"""Idempotency-Key: a POST sent again gets the answer it got, for 24 hours at least.

Same key and same body: the stored answer. Same key, other body: 422. First one still under way: 409. The key belongs
to its caller. An answer of 5xx is not kept: every write is safe twice by its own id, so trying again is right. For the
same reason a request whose process was killed does not hold its key for long, though another may take longer than that.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from flask import Response, g, request
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.core import clock
from server.core.database import Base, transaction
from server.core.errors import Conflict, Malformed, Unacceptable
from server.core.sealed import SealedBytes

KEPT_FOR = timedelta(days=3)
ABANDONED_AFTER = timedelta(seconds=20)


class IdempotencyKeyReused(Unacceptable):
    """This Idempotency-Key was used before with another request."""

    code = "idempotency_key_reused"


class RequestInFlight(Conflict):
    """The same request is still under way. Send it again in a few seconds: its answer is there then, or it is done."""

    code = "request_in_flight"


class IdempotencyKeyTooLong(Malformed):
    """An Idempotency-Key has 1 to 255 characters."""

    code = "idempotency_key_too_long"


class KeptAnswer(Base):
    """A request that was made under a key, and its answer once there is one."""

    __tablename__ = "idempotency_keys"

    principal: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    content_type: Mapped[str | None]
    etag: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(SealedBytes)


def begin(principal: str) -> Response | None:
    """Claim the request's key, or return the answer it already got. Called before a POST's view."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255:
        raise IdempotencyKeyTooLong
    fingerprint = hashlib.sha256(f"{request.method} {request.full_path}\n".encode() + request.get_data()).hexdigest()
    now = clock.now()
    with transaction() as session:
        row = {"principal": principal, "key": key, "fingerprint": fingerprint, "started_at": now}
        claimed = session.execute(
            insert(KeptAnswer).values(row).on_conflict_do_nothing().returning(KeptAnswer.key)
        ).first()
        if claimed is None:
            kept = session.scalars(
                select(KeptAnswer).where(KeptAnswer.principal == principal, KeptAnswer.key == key).with_for_update()
            ).one()
            if kept.fingerprint != fingerprint:
                raise IdempotencyKeyReused
            if kept.status is not None:
                return _replay(kept)
            if now - kept.started_at < ABANDONED_AFTER:
                raise RequestInFlight
            kept.started_at = now
    g.idempotency = (principal, key)
    return None


def _replay(kept: KeptAnswer) -> Response:
    response = Response(kept.body, status=kept.status, content_type=kept.content_type)
    response.headers["Idempotent-Replayed"] = "true"
    if kept.etag:
        response.headers["ETag"] = kept.etag
    return response


def finish(response: Response) -> None:
    """Keep the answer under the claimed key, or let the key go when the answer is no answer."""
    claimed = g.pop("idempotency", None)
    if claimed is None:
        return
    principal, key = claimed
    mine = (KeptAnswer.principal == principal, KeptAnswer.key == key)
    with transaction() as session:
        if response.status_code >= 500 or response.status_code in (401, 429):
            session.execute(delete(KeptAnswer).where(*mine))
            return
        answer = {
            "status": response.status_code,
            "content_type": response.content_type,
            "etag": response.headers.get("ETag"),
            "body": response.get_data(),
        }
        session.execute(update(KeptAnswer).where(*mine).values(answer))


def forget(session: Session, *, now: datetime) -> None:
    """Delete keys that are past their time."""
    session.execute(delete(KeptAnswer).where(KeptAnswer.started_at < now - KEPT_FOR))
