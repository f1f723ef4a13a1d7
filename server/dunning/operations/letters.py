"""Print letters in batches, and say when they were posted."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import ids
from server.core.errors import Conflict
from server.documents import pdf
from server.documents.facts import Demand
from server.dunning import queries
from server.dunning.models import Action, Letter, LetterBatch
from server.dunning.operations.sending import withdraw_letters
from server.dunning.operations.steps import finish
from server.dunning.rules import ActionStatus


class NothingToPrint(Conflict):
    """No letter waits to be printed."""

    code = "nothing_to_print"


def print_batch(session: Session, *, batch_id: str | None = None, printed_by: str, now: datetime) -> LetterBatch:
    """Put every letter that waits, and still stands, into one batch; the same batch again is the one there is. Raises
    NothingToPrint."""
    known = session.get(LetterBatch, batch_id) if batch_id else None
    if known is not None:
        return known
    withdraw_letters(session, now=now)
    waiting = select(Letter).where(Letter.batch_id.is_(None), Letter.withdrawn_at.is_(None))
    found = list(session.scalars(waiting.order_by(Letter.written_at, Letter.id).with_for_update()))
    if not found:
        raise NothingToPrint
    batch = LetterBatch(id=batch_id or ids.new("bat", now=now), printed_by=printed_by, printed_at=now)
    session.add(batch)
    session.flush()
    for letter in found:
        letter.batch_id = batch.id
    session.flush()
    return batch


def render_batch(session: Session, batch_id: str) -> bytes:
    """Return the letters of a batch as one PDF, the same bytes each time. Raises NoSuchBatch."""
    batch = queries.get_batch(session, batch_id)
    wanted = select(Letter).where(Letter.batch_id == batch_id).order_by(Letter.written_at, Letter.id)
    letters = [_read(json.loads(letter.words)) for letter in session.scalars(wanted)]
    return pdf.demands(letters, country=business.get_profile(session).country, at=batch.printed_at)


def _read(said: dict[str, Any]) -> Demand:
    return Demand(**said)


def mark_posted(session: Session, *, batch_id: str, posted_by: str, now: datetime) -> LetterBatch:
    """Say that a batch was posted: the steps of its letters are done. Told again, nothing changes. Raises
    NoSuchBatch."""
    batch = queries.get_batch(session, batch_id, lock=True)
    if batch.posted_at is not None:
        return batch
    batch.posted_by, batch.posted_at = posted_by, now
    written = select(Action).join(Letter, Letter.action_id == Action.id).where(Letter.batch_id == batch_id)
    for action in session.scalars(written.order_by(Action.case_id)):
        case = queries.get_case(session, action.case_id, lock=True)
        session.refresh(action)
        case.last_contact_on = queries.today_of(session, now=now)
        if action.status is ActionStatus.CLAIMED:
            finish(session, case, action, now=now)
    session.flush()
    return batch
