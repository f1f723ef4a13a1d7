"""A row that cannot be written, as when a disk is full or what it should hold contradicts what is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from server.core.database import transaction


@contextmanager
def unwritable(table: str, condition: str) -> Iterator[None]:
    """Refuse every change to the rows of a table that meet a condition in SQL, meanwhile."""
    _alter(table, f"ADD CONSTRAINT poisoned CHECK (NOT ({condition})) NOT VALID")
    try:
        yield
    finally:
        _alter(table, "DROP CONSTRAINT poisoned")


def _alter(table: str, how: str) -> None:
    with transaction() as session:
        session.execute(text(f"ALTER TABLE {table} {how}"))
