"""What the pages of phones and readers show."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access.models import Device, Staff
from server.payments import queries as payments
from server.payments.models import Reader


def list_phones(session: Session) -> list[tuple[Device, str]]:
    """Return phones with the name of their technician, those that work first."""
    statement = select(Device, Staff.name).join(Staff, Staff.id == Device.staff_id)
    found = session.execute(statement.order_by(Device.revoked_at.is_not(None), Device.created_at.desc()).limit(200))
    return [(device, name) for device, name in found]


def list_readers(session: Session) -> list[Reader]:
    """Return card readers by their label."""
    return list(session.scalars(payments.readers_statement().order_by(Reader.label)))
