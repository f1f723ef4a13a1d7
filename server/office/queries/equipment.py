"""What the pages of phones and readers show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access.models import Device, Staff
from server.gateway.readers import ReaderState
from server.payments import queries as payments
from server.payments.models import Reader
from server.payments.queries.readers import sheets


def list_phones(session: Session) -> list[tuple[Device, str]]:
    """Return phones with the name of their technician, those that work first."""
    statement = select(Device, Staff.name).join(Staff, Staff.id == Device.staff_id)
    found = session.execute(statement.order_by(Device.revoked_at.is_not(None), Device.created_at.desc()).limit(200))
    return [(device, name) for device, name in found]


def list_readers(
    session: Session, *, seen: Mapping[str, ReaderState], asked_by: str, now: datetime
) -> list[dict[str, Any]]:
    """Return card readers by their label, as the wire has them."""
    known = session.scalars(payments.readers_statement().order_by(Reader.label)).all()
    return sheets(session, known, seen=seen, asked_by=asked_by, now=now)
