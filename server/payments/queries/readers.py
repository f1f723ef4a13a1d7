"""Questions about card readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from server.access import queries as access
from server.access.models import Staff
from server.core import words
from server.core.errors import NotFound
from server.gateway.readers import ReaderState
from server.payments.models import Payment, Reader, Refund
from server.payments.rules import OPEN, REFUND_UNSURE
from server.payments.rules import readers as rules


class NoSuchReader(NotFound):
    """There is no such card reader."""

    code = "reader_not_found"


def readers_statement() -> Select[Reader]:
    """Return the statement that lists readers."""
    return select(Reader)


def get_reader(session: Session, reader_id: str, *, lock: bool = False) -> Reader:
    """Return a reader, locked where it is to change. Raises NoSuchReader."""
    # It stays possible to begin payments on it meanwhile.
    changing = {"key_share": True} if lock else None
    found = session.get(Reader, reader_id, with_for_update=changing, populate_existing=lock)
    if found is None:
        raise NoSuchReader
    return found


def is_collecting(session: Session, reader_id: str) -> bool:
    """Say whether a payment or a refund is under way on a reader, as far as we know. A card that holds an amount is
    done with it."""
    paying = select(Payment.id).where(
        Payment.reader_id == reader_id, Payment.status.in_(OPEN), Payment.capture_before.is_(None)
    )
    giving_back = select(Refund.id).where(Refund.reader_id == reader_id, Refund.status.in_(REFUND_UNSURE))
    return session.scalar(select(or_(paying.exists(), giving_back.exists()))) or False


def sheets(
    session: Session,
    readers: Sequence[Reader],
    *,
    seen: Mapping[str, ReaderState],
    asked_by: str,
    now: datetime,
) -> list[dict[str, Any]]:
    """Return readers as the wire has them. `seen` is what Stripe says of them, `asked_by` a caller's principal."""
    names = _names_of_technicians(session, readers)
    someone = access.get_someone(session, asked_by)
    found = []
    for reader in readers:
        state = seen.get(reader.id)
        held = reader.held_until is not None and reader.held_until > now
        found.append(
            {
                **{column.key: getattr(reader, column.key) for column in Reader.__table__.columns},
                "registered_at": reader.registered_at,
                "technician_name": names.get(reader.technician_id or ""),
                "lease": {
                    "held_by": reader.holder_name if held else None,
                    "held_until": reader.held_until if held else None,
                    "is_mine": held and reader.holder == someone.id,
                    "fence": reader.fence,
                },
                "status": None if state is None or state.online is None else "online" if state.online else "offline",
                "last_seen_at": state.last_seen_at if state else None,
            }
        )
    return found


def doing(doing: rules.Doing, *, locale: str) -> dict[str, str]:
    """Return what a reader is doing as the wire has it."""
    advice = rules.IN_WORDS[doing]
    return {
        "code": doing,
        "message": words.say(locale, advice.message),
        "what_to_do": words.say(locale, advice.what_to_do),
    }


def _names_of_technicians(session: Session, readers: Iterable[Reader]) -> dict[str, str]:
    """Return the names of those to whom these readers are assigned, by id."""
    ids = {reader.technician_id for reader in readers}
    return {person.id: person.name for person in session.scalars(select(Staff).where(Staff.id.in_(ids)))}
