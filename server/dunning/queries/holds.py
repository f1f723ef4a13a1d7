"""Questions about why cases rest."""

from __future__ import annotations

from sqlalchemy.orm import Session

from server.core.errors import NotFound
from server.dunning.models import Hold


class NoSuchHold(NotFound):
    """There is no such hold on this case."""

    code = "hold_not_found"


def get_hold(session: Session, case_id: str, hold_id: str) -> Hold:
    """Return a hold of this case. Raises NoSuchHold."""
    found = session.get(Hold, hold_id)
    if found is None or found.case_id != case_id:
        raise NoSuchHold
    return found
