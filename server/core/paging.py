"""Cursors: a list goes on from the last row seen, however many rows came since."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import Session

from server.core.errors import Malformed


class CursorUnreadable(Malformed):
    """This cursor is not one of ours. Start the list from its beginning."""

    code = "cursor_unreadable"


def page(session: Session, statement: Select[Any], *, by: Any, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return {"items": [...], "next_cursor": ...}: rows of `by`, newest first by (created_at, id).

    Raises CursorUnreadable.
    """
    if cursor:
        statement = statement.where(tuple_(by.created_at, by.id) < tuple_(*_read(cursor)))
    statement = statement.order_by(by.created_at.desc(), by.id.desc()).limit(limit + 1)
    rows = list(session.scalars(statement))
    following = _write(rows[limit - 1].created_at, rows[limit - 1].id) if len(rows) > limit else None
    return {"items": rows[:limit], "next_cursor": following}


def _write(created_at: datetime, row_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([created_at.isoformat(), row_id]).encode()).decode()


def _read(cursor: str) -> tuple[datetime, str]:
    try:
        created_at, row_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if not (row_id.isascii() and row_id.isprintable()):
            raise ValueError("not an id")
        return datetime.fromisoformat(created_at), row_id
    except (ValueError, TypeError, AttributeError, binascii.Error) as unreadable:
        raise CursorUnreadable from unreadable
