"""Who is there, and whose token this is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access.models import ApiKey, Device, Staff
from server.access.rules import Caller, Role
from server.core import paging
from server.core.database import among
from server.core.errors import NotFound


class StaffNotFound(NotFound):
    """There is no such person."""

    code = "staff_not_found"


class TechnicianNotFound(NotFound):
    """There is no such technician."""

    code = "technician_not_found"


class DeviceNotFound(NotFound):
    """There is no such phone."""

    code = "device_not_found"


def get_staff(session: Session, staff_id: str) -> Staff:
    """Return a person. Raises StaffNotFound."""
    found = session.get(Staff, staff_id)
    if found is None:
        raise StaffNotFound
    return found


def get_technician(session: Session, technician_id: str) -> Staff:
    """Return an active technician. Raises TechnicianNotFound."""
    found = session.get(Staff, technician_id)
    if found is None or found.role != Role.TECHNICIAN or not found.active:
        raise TechnicianNotFound
    return found


def list_told(session: Session) -> Sequence[Staff]:
    """Return whom we write to about the business as a whole: its supervisors and owners who have an address."""
    leading = Staff.role.in_([Role.SUPERVISOR, Role.ADMIN])
    told = select(Staff).where(Staff.active, Staff.email.is_not(None), leading)
    return session.scalars(told.order_by(Staff.id)).all()


def find_staff_of_session(session: Session, *, staff_id: str, epoch: int) -> Staff | None:
    """Return the active person an office session belongs to; None once its epoch is past."""
    return session.scalar(select(Staff).where(Staff.id == staff_id, Staff.session_epoch == epoch, Staff.active))


def find_caller_of_device(session: Session, *, token_hash: str) -> Caller | None:
    """Return the caller of a device token; None when it is unknown or revoked, or its technician is gone."""
    row = session.execute(
        select(Device.id, Device.staff_id, Staff.role)
        .join(Staff, Staff.id == Device.staff_id)
        .where(Device.token_hash == token_hash, Device.revoked_at.is_(None), Staff.active)
    ).first()
    return None if row is None else Caller(kind="device", role=Role(row.role), staff_id=row.staff_id, device_id=row.id)


def find_caller_of_key(session: Session, *, key_hash: str) -> Caller | None:
    """Return the caller of an API key; None when it is unknown or revoked."""
    row = session.execute(
        select(ApiKey.id, ApiKey.role).where(ApiKey.key_hash == key_hash, ApiKey.revoked_at.is_(None))
    ).first()
    return None if row is None else Caller(kind="api_key", role=Role(row.role), key_id=row.id)


def find_technician_id(session: Session, principal: str) -> str | None:
    """Return the technician whose phone made a request (`device:...`); None where it was made at the office."""
    kind, _, device_id = principal.partition(":")
    return session.scalar(select(Device.staff_id).where(Device.id == device_id)) if kind == "device" else None


@dataclass(frozen=True, kw_only=True)
class Someone:
    """Whoever acts: a person, whichever of their phones they use, or an integrator's key."""

    id: str
    name: str


def get_someone(session: Session, principal: str) -> Someone:
    """Return who a caller's principal is, such as `staff:sta_...` for each phone of that person."""
    kind, _, row_id = principal.partition(":")
    if kind == "api_key" and (key := session.get(ApiKey, row_id)) is not None:
        return Someone(id=principal, name=key.name)
    device = session.get(Device, row_id) if kind == "device" else None
    staff_id = device.staff_id if device else row_id
    staff = session.get(Staff, staff_id) if device or kind == "staff" else None
    return Someone(id=f"staff:{staff.id}", name=staff.name) if staff else Someone(id=principal, name=principal)


def are_one_person(session: Session, one: str, other: str) -> bool:
    """Say whether two callers' principals are one person's, where something takes two people.

    Whoever made a key answers for what is done with it. Keys of which nobody knows who made them count as one
    person's."""
    return bool(list_of_person(session, [one], of=other))


def list_of_person(session: Session, principals: Iterable[str], *, of: str) -> list[str]:
    """Return those of these callers' principals that are the person's whose principal `of` is, in two questions
    however many they are, in none where there are none."""
    asked = list(principals)
    if not asked:
        return []
    told = [principal.partition(":") for principal in [*asked, of]]
    phones = select(Device.id, Device.staff_id).where(
        among(Device.id, [each for kind, _, each in told if kind == "device"])
    )
    keys = select(ApiKey.id, ApiKey.created_by).where(
        among(ApiKey.id, [each for kind, _, each in told if kind == "api_key"])
    )
    people = {f"device:{row.id}": f"staff:{row.staff_id}" for row in session.execute(phones)}
    people |= {f"api_key:{row.id}": f"staff:{row.created_by}" for row in session.execute(keys) if row.created_by}

    def person(principal: str) -> str:
        return people.get(principal, "api_key" if principal.startswith("api_key:") else principal)

    return [principal for principal in asked if person(principal) == person(of)]


def names_of(session: Session, principals: Iterable[str]) -> dict[str, str]:
    """Return the names of the people behind these callers' principals (`staff:...`, `device:...`), in two questions
    however many they are, in none where there are none. A key has none."""
    told = [principal.partition(":") for principal in principals]
    if not told:
        return {}
    on_phones = select(Device.id, Staff.name).join(Staff, Staff.id == Device.staff_id)
    phones = on_phones.where(among(Device.id, [each for kind, _, each in told if kind == "device"]))
    people = select(Staff.id, Staff.name).where(among(Staff.id, [each for kind, _, each in told if kind == "staff"]))
    names = {f"device:{row.id}": row.name for row in session.execute(phones)}
    return names | {f"staff:{row.id}": row.name for row in session.execute(people)}


def get_device(session: Session, device_id: str) -> Device:
    """Return a phone, revoked or not. Raises DeviceNotFound."""
    found = session.get(Device, device_id)
    if found is None:
        raise DeviceNotFound
    return found


def list_technicians(session: Session, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return a page of active technicians."""
    wanted = select(Staff).where(Staff.role == Role.TECHNICIAN, Staff.active)
    return paging.page(session, wanted, by=Staff, cursor=cursor, limit=limit)


def list_devices(session: Session, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return a page of phones, revoked ones too."""
    return paging.page(session, select(Device), by=Device, cursor=cursor, limit=limit)
