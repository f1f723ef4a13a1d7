"""A page of rows."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session

Row = TypeVar("Row")

ROWS = 50


def page_of(session: Session, statement: Select[Row], *, page: int) -> tuple[list[Row], bool]:
    """Return the rows of a page, and whether more follow."""
    found = list(session.scalars(statement.offset((page - 1) * ROWS).limit(ROWS + 1)))
    return found[:ROWS], len(found) > ROWS
