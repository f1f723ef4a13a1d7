"""Questions about card readers."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.core.errors import NotFound
from server.payments.models import Reader


class NoSuchReader(NotFound):
    """There is no such card reader."""

    code = "reader_not_found"


def readers_statement() -> Select[Reader]:
    """Return the statement that lists readers."""
    return select(Reader)


def get_reader(session: Session, reader_id: str) -> Reader:
    """Return a reader. Raises NoSuchReader."""
    found = session.get(Reader, reader_id)
    if found is None:
        raise NoSuchReader
    return found
