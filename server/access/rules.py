"""Who may do what: roles, and the audience every view declares."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

SHORTEST_PASSWORD = 12


class Role(StrEnum):
    """What a person or a key may do."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    OFFICE = "office"
    TECHNICIAN = "technician"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who makes a request, however they proved it."""

    kind: Literal["device", "api_key", "staff"]
    role: Role
    staff_id: str | None = None
    device_id: str | None = None
    key_id: str | None = None

    @property
    def principal(self) -> str:
        """The caller's name where keys and limits are kept by caller: `device:dev_...`."""
        return f"{self.kind}:{self.device_id or self.key_id or self.staff_id}"

    @property
    def technician_id(self) -> str | None:
        """The technician to whose own jobs this caller is confined; None for those who see everything."""
        return self.staff_id if self.role is Role.TECHNICIAN else None


def may(role: Role, audience: Collection[Role]) -> bool:
    """Say whether a role belongs to an audience: admin and supervisor may do whatever the office may."""
    return role in audience or (role in (Role.ADMIN, Role.SUPERVISOR) and Role.OFFICE in audience)


def allow(*roles: Role) -> Callable[[View], View]:
    """Declare who may call a view."""

    def mark(view: View) -> View:
        vars(view)["audience"] = frozenset(roles)
        return view

    return mark


def public(because: str) -> Callable[[View], View]:
    """Declare that anybody may call a view, and why that is safe."""

    def mark(view: View) -> View:
        vars(view).update(audience=frozenset(), public_because=because)
        return view

    return mark


def told_once(because: str) -> Callable[[View], View]:
    """Declare that a view's answer is never kept for a repeated request, and why: it works once."""

    def mark(view: View) -> View:
        vars(view)["told_once_because"] = because
        return view

    return mark


def spoken(code: str) -> str:
    """Return a pairing code as it was made, however a person typed it: `7k3qm 9xw2r` is `7K3QM-9XW2R`."""
    letters = "".join(code.split()).replace("-", "").upper().translate(str.maketrans("OIL", "011"))
    return f"{letters[:5]}-{letters[5:]}"
