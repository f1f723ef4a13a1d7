"""Which rows are in force, who reviewed them, and where customers are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core.errors import NotFound
from server.customers.models import Customer
from server.law import rules
from server.law.models import LawReview, ReferenceRate
from server.law.rules import Place, Review, Row, State


class NoSuchRow(NotFound):
    """There is no such row of rules."""

    code = "law_row_not_found"


@dataclass(frozen=True, kw_only=True)
class Somewhere:
    """Where a customer is, and whether the row of the place is in force."""

    place: Place
    state: State

    @property
    def is_on(self) -> bool:
        """Whether the row of the place binds."""
        return self.state in rules.IN_FORCE


def get_row(key: str) -> Row:
    """Return a row. Raises NoSuchRow."""
    found = rules.rows().get(key)
    if found is None:
        raise NoSuchRow
    return found


def last_reviews(session: Session) -> dict[str, LawReview]:
    """Return the last review of each row that has one."""
    newest = (
        select(LawReview)
        .ext(distinct_on(LawReview.row_key))
        .order_by(LawReview.row_key, LawReview.reviewed_at.desc(), LawReview.id.desc())
    )
    return {review.row_key: review for review in session.scalars(newest)}


def places_of(session: Session, customers: Iterable[Any], *, today: date) -> dict[str, Somewhere]:
    """Return where each of these customers (with `id`, as in `rules.Customer`) is, by id; one question for all."""
    seller, states = business.get_profile(session), _states(session, today=today)
    places = {customer.id: rules.place_of(customer, seller) for customer in customers}
    return {key: Somewhere(place=place, state=states[place.row.key]) for key, place in places.items()}


def place_of(session: Session, customer: Customer, *, today: date) -> Somewhere:
    """Return where a customer is."""
    return places_of(session, [customer], today=today)[customer.id]


def list_sheets(session: Session, *, today: date) -> list[dict[str, Any]]:
    """Return every row as the wire shows it, with where it stands and who reviewed it."""
    reviews, states = last_reviews(session), _states(session, today=today)
    return [_sheet(row, reviews.get(row.key), states[row.key]) for row in rules.rows().values()]


def get_sheet(session: Session, key: str, *, today: date) -> dict[str, Any]:
    """Return a row as the wire shows it. Raises NoSuchRow."""
    get_row(key)
    return next(sheet for sheet in list_sheets(session, today=today) if sheet["key"] == key)


def list_reviews(session: Session, key: str) -> list[LawReview]:
    """Return every review of a row, the newest first."""
    of_row = select(LawReview).where(LawReview.row_key == key)
    return list(session.scalars(of_row.order_by(LawReview.reviewed_at.desc(), LawReview.id.desc())))


def list_rates(session: Session, names: Iterable[str] = rules.REFERENCES) -> list[ReferenceRate]:
    """Return what was entered of reference rates, the newest first; of what was entered twice the last word first."""
    wanted = select(ReferenceRate).where(ReferenceRate.name.in_(names))
    newest = (ReferenceRate.valid_from.desc(), ReferenceRate.entered_at.desc(), ReferenceRate.id.desc())
    return list(session.scalars(wanted.order_by(*newest)))


def least_rate(session: Session, name: str, *, since: date, until: date) -> Decimal | None:
    """Return the least of a reference rate over some days; None where on one of them none was known."""
    entered = {rate.valid_from: rate.percent for rate in reversed(list_rates(session, [name]))}
    return rules.least_rate(entered, since=since, until=until)


def _states(session: Session, *, today: date) -> dict[str, State]:
    reviews = last_reviews(session)
    return {key: rules.state(row, _read(reviews.get(key)), today=today) for key, row in rules.rows().items()}


def _read(review: LawReview | None) -> Review | None:
    if review is None:
        return None
    return Review(version=review.version, switched_on=review.switched_on, reviewed_at=review.reviewed_at)


def _sheet(row: Row, review: LawReview | None, state: State) -> dict[str, Any]:
    reviewed_on = review.reviewed_at.date() if review else None
    return {
        "key": row.key,
        "version": row.version,
        "country": row.country,
        "region": row.region,
        "name": row.name,
        "state": state,
        "rules": list(row.rules.values()),
        "reviewed_on": reviewed_on,
        "reviewed_by": review.name if review else None,
        "review_by": rules.review_by(row, reviewed_on=reviewed_on) if reviewed_on else row.review_by,
    }
