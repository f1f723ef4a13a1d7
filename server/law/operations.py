"""Review a row, and switch it on or off."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.core.errors import Conflict, Unacceptable
from server.law import queries, rules
from server.law.models import LawReview


class ReviewExists(Conflict):
    """There already is another review with this id."""

    code = "review_exists"


class RowChanged(Conflict):
    """This row was changed since you read it. Read it again, then review it."""

    code = "law_row_changed"


class HouseCeilingStays(Unacceptable):
    """The house's own ceiling is always on."""

    code = "house_ceiling_stays"


def review(
    session: Session,
    *,
    review_id: str,
    key: str,
    version: int,
    switched_on: bool,
    name: str,
    reviewed_by: str,
    now: datetime,
) -> LawReview:
    """Write down that somebody read a version of a row and switched it on, or off; the same review again is one.

    Raises NoSuchRow, HouseCeilingStays, RowChanged, ReviewExists.
    """
    row = queries.get_row(key)
    known = session.get(LawReview, review_id)
    if known is not None:
        if (known.row_key, known.version, known.switched_on, known.name) != (key, version, switched_on, name):
            raise ReviewExists
        return known
    if row.key == rules.HOUSE:
        raise HouseCeilingStays
    if row.version != version:
        raise RowChanged(version=row.version)
    made = LawReview(
        id=review_id,
        row_key=key,
        version=version,
        switched_on=switched_on,
        name=name,
        reviewed_by=reviewed_by,
        reviewed_at=now,
    )
    session.add(made)
    session.flush()
    return made
