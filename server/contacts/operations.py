"""Write the log, and seal it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from server.contacts import queries, rules
from server.contacts.models import LogRow
from server.core.database import insert_rows

_AT_ONCE = 5_000
_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(hashtextextended('contacts.seal', 0))")


def note(
    session: Session,
    *,
    kind: str,
    subject_id: str,
    customer_id: str | None = None,
    invoice_id: str | None = None,
    case_id: str | None = None,
    by: str = "",
    happened_at: datetime | None = None,
    facts: Mapping[str, str | int | bool | None],
    now: datetime,
) -> None:
    """Write down what happened, in the transaction in which it does. No lock is taken: the row waits for its place."""
    row = {"kind": kind, "subject_id": subject_id, "customer_id": customer_id, "invoice_id": invoice_id}
    note_each(session, [{**row, "case_id": case_id, "by": by, "facts": facts, "happened_at": happened_at}], now=now)


def note_each(session: Session, rows: Iterable[Mapping[str, Any]], *, now: datetime) -> None:
    """Write down many things that happened, each as `note` would: ten thousand in one statement."""
    made = [
        {**row, "facts": dict(row["facts"]), "happened_at": row["happened_at"] or now, "recorded_at": now}
        for row in rows
    ]
    insert_rows(session, LogRow, made)


def seal(session: Session) -> int:
    """Put what was committed since into the chain, one sealer at a time; return how many rows. Those of a transaction
    that ends later take later places: the chain's order is that of sealing, and never changes."""
    session.execute(_TAKE_TURNS)
    sequence, before = queries.get_head(session)
    places: list[dict[str, Any]] = []
    for row in queries.list_unsealed(session, limit=_AT_ONCE):
        sequence += 1
        said = {**row._mapping, "sequence": sequence, "prev_hash": before}
        before_this, before = before, rules.digest(said)
        places.append({"id": row.id, "sequence": sequence, "prev_hash": before_this, "hash": before})
    if places:
        session.execute(update(LogRow), places)
    return len(places)
