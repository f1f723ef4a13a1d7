"""Review a row, and switch it on or off."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from server.core.errors import Conflict, Unacceptable
from server.law import queries, rules
from server.law.models import LawReview, ReferenceRate


class ReviewExists(Conflict):
    """There already is another review with this id."""

    code = "review_exists"


class RowChanged(Conflict):
    """This row was changed since you read it. Read it again, then review it."""

    code = "law_row_changed"


class HouseCeilingStays(Unacceptable):
    """The house's own ceiling is always on."""

    code = "house_ceiling_stays"


class RateExists(Conflict):
    """There already is another reference rate with this id."""

    code = "rate_exists"


class RateUnknown(Unacceptable):
    """No law here goes by such a reference rate."""

    code = "rate_unknown"


def enter_rate(
    session: Session,
    *,
    rate_id: str,
    name: str,
    valid_from: date,
    percent: Decimal,
    source: str,
    entered_by: str,
    now: datetime,
) -> ReferenceRate:
    """Write down a reference rate from a day on, with where it was read; the same again is one.

    Raises RateUnknown, RateExists.
    """
    known = session.get(ReferenceRate, rate_id)
    if known is not None:
        if (known.name, known.valid_from, known.percent) != (name, valid_from, percent):
            raise RateExists
        return known
    if name not in rules.REFERENCES:
        raise RateUnknown
    said = {"name": name, "valid_from": valid_from, "percent": percent, "source": source}
    rate = ReferenceRate(id=rate_id, **said, entered_by=entered_by, entered_at=now)
    session.add(rate)
    session.flush()
    return rate


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
