"""What the page of cash and cheques shows."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.access import queries as access
from server.cash import queries as cash
from server.cash.models import Banking, Handover
from server.cash.rules import HandoverStatus

NEWEST = 8


def cash_page(session: Session, *, by: str) -> dict[str, Any]:
    """Return everyone's float, the handovers that wait for a count, which of them `by` handed over, and the newest of
    what was decided or paid in."""
    office, *floats = cash.list_floats(session)
    waiting = cash.handovers_statement(status=HandoverStatus.WAITING).order_by(Handover.created_at)
    decided = cash.handovers_statement().where(Handover.decided_at.is_not(None)).order_by(Handover.decided_at.desc())
    paid_in = cash.bankings_statement().order_by(Banking.created_at.desc())
    handed = cash.handover_sheets(session, list(session.scalars(waiting)))
    return {
        "drawer": office,
        "floats": [held for held in floats if held["cheques"] or any(one["cash_minor"] for one in held["cash"])],
        "waiting": handed,
        "own": access.list_of_person(session, {each["handed_by"] for each in handed}, of=by),
        "decided": cash.handover_sheets(session, list(session.scalars(decided.limit(NEWEST)))),
        "bankings": cash.banking_sheets(session, list(session.scalars(paid_in.limit(NEWEST)))),
    }
