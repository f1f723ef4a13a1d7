"""Seal everything that waits."""

from __future__ import annotations

from server.contacts import operations
from server.core.database import transaction


def seal_all() -> None:
    """Put what was committed so far into the chain, some thousand rows in a transaction."""
    sealed = 1
    while sealed:
        with transaction() as session:
            sealed = operations.seal(session)
