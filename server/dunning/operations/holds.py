"""Let a case rest, and let it go on."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from server.contacts.rules import Kind
from server.core.errors import Conflict, Unacceptable
from server.dunning import queries, rules
from server.dunning.models import Hold
from server.dunning.operations import log
from server.dunning.operations.cases import CaseClosed
from server.dunning.rules import HoldKind


class HoldExists(Conflict):
    """There already is another hold with this id."""

    code = "hold_exists"


class HoldOver(Unacceptable):
    """This hold would already be over. Choose a later day."""

    code = "hold_over"


def place_hold(
    session: Session,
    *,
    case_id: str,
    hold_id: str,
    kind: HoldKind = HoldKind.MANUAL,
    reason: str,
    until_on: date | None,
    owner: str,
    now: datetime,
) -> None:
    """Make a case rest until a day, or until its owner releases it; the same hold again changes nothing.

    Raises NoSuchCase, CaseClosed, HoldExists, HoldOver.
    """
    case = queries.get_case(session, case_id, lock=True)
    known = session.get(Hold, hold_id)
    if known is not None:
        if (known.case_id, known.kind, known.reason, known.until_on) != (case_id, kind, reason, until_on):
            raise HoldExists
        return
    if case.closed_at is not None:
        raise CaseClosed
    if not rules.in_force(until_on=until_on, released_at=None, today=queries.today_of(session, now=now)):
        raise HoldOver
    session.add(
        Hold(id=hold_id, case_id=case_id, kind=kind, reason=reason, until_on=until_on, owner=owner, placed_at=now)
    )
    session.flush()
    said = {"reason": reason, "until_on": until_on.isoformat() if until_on else None}
    log.note(session, case, Kind.HOLD_PLACED, subject_id=hold_id, by=owner, facts=said, now=now)


def release_hold(session: Session, *, case_id: str, hold_id: str, released_by: str, now: datetime) -> None:
    """End a hold now; one that was released stays as it was. Raises NoSuchCase, NoSuchHold."""
    case = queries.get_case(session, case_id, lock=True)
    hold = queries.get_hold(session, case_id, hold_id)
    if hold.released_at is None:
        hold.released_at = now
        session.flush()
        told = {"reason": hold.reason}
        log.note(session, case, Kind.HOLD_RELEASED, subject_id=hold.id, by=released_by, facts=told, now=now)
