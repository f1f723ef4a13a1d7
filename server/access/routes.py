"""Who calls, and phones. `identify` runs before every view."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request
from flask_login import LoginManager, UserMixin, current_user
from flask_smorest import Blueprint

from schemas.access import Device, DeviceList, PairDevice, PairedDevice, Pairing, PairingWanted, TechnicianList
from schemas.wire import Page
from server.access import operations, queries, rules
from server.access.models import Staff
from server.access.rules import Caller, Role, allow, public
from server.core import clock
from server.core.database import transaction
from server.core.errors import Forbidden, Unauthenticated
from server.core.limits import GUESSES, limiter

blueprint = Blueprint("access", "access", url_prefix="/api/v1", description="Phones, and who may do what")
login_manager = LoginManager()
_OPENED_BY_TOKENS = ("/api/", "/terminal/")


class OfficeSession(UserMixin):
    """A person signed in at the desk; the session ends when their epoch moves on."""

    def __init__(self, staff: Staff) -> None:
        self.staff = staff

    def get_id(self) -> str:
        """Return what the cookie holds."""
        return f"{self.staff.id}:{self.staff.session_epoch}"


@login_manager.user_loader
def load_office_session(kept: str) -> OfficeSession | None:
    """Return the session a cookie names, or None once it ended."""
    staff_id, _, epoch = kept.rpartition(":")
    if not epoch.isdecimal():
        return None
    with transaction() as session:
        staff = queries.find_staff_of_session(session, staff_id=staff_id, epoch=int(epoch))
    return None if staff is None else OfficeSession(staff)


def set_up(app: Flask) -> None:
    """Let the application know office sessions."""
    login_manager.init_app(app)


def identify() -> None:
    """Find out who calls, and refuse whom the view is not for. Raises Unauthenticated, Forbidden.

    Tokens open the API and what apps on phones call, cookies open the pages: a cookie is never read where tokens open,
    so no other site can use it there.
    """
    g.caller = None
    if request.endpoint is None:
        return
    audience = getattr(current_app.view_functions[request.endpoint], "audience", None)
    if audience is None:
        raise AssertionError(f"{request.endpoint} does not say who may call it")
    if not audience:
        return
    found = _of_token() if request.path.startswith(_OPENED_BY_TOKENS) else _of_cookie()
    if found is None:
        raise Unauthenticated
    if not rules.may(found.role, audience):
        raise Forbidden
    g.caller = found


def caller() -> Caller:
    """Return who makes this request, in a view that is not public."""
    found: Caller | None = g.caller
    if found is None:
        raise AssertionError(f"{request.endpoint} is public: nobody is known to call it")
    return found


def caller_principal() -> str | None:
    """Return the name under which this request's Idempotency-Key is kept.

    None where nobody is known to call, and where an answer works once: a kept one would be of no use.
    """
    if g.caller is None or hasattr(current_app.view_functions[request.endpoint or ""], "told_once_because"):
        return None
    return caller().principal


def _of_token() -> Caller | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = request.headers.get("X-Auth-Token", "") if request.path.startswith("/terminal/") else ""
    if not token:
        return None
    with transaction() as session:
        if token.startswith("fpd_"):
            return queries.find_caller_of_device(session, token_hash=operations.hashed(token))
        return queries.find_caller_of_key(session, key_hash=operations.hashed(token))


def _of_cookie() -> Caller | None:
    if not current_user.is_authenticated:
        return None
    staff = current_user.staff
    return Caller(kind="staff", role=Role(staff.role), staff_id=staff.id)


@blueprint.post("/devices/pair")
@public("the single-use code, told in the office, is the proof")
@limiter.limit(GUESSES)
@blueprint.arguments(PairDevice)
@blueprint.response(201, PairedDevice)
def pair(wanted: dict[str, Any]) -> operations.PairedDevice:
    """Pair a phone with its single-use code."""
    with transaction() as session:
        return operations.pair_device(session, **wanted, now=clock.now())


@blueprint.get("/devices")
@allow(Role.OFFICE)
@blueprint.arguments(Page, location="query")
@blueprint.response(200, DeviceList)
def list_devices(wanted: dict[str, Any]) -> dict[str, Any]:
    """List phones."""
    with transaction() as session:
        return queries.list_devices(session, **wanted)


@blueprint.post("/devices/pairings")
@allow(Role.OFFICE)
@blueprint.arguments(PairingWanted)
@blueprint.response(201, Pairing)
def create_pairing(wanted: dict[str, Any]) -> operations.Pairing:
    """Make a code that pairs one phone."""
    with transaction() as session:
        return operations.create_pairing(session, **wanted, now=clock.now())


@blueprint.post("/devices/<device_id>/revocation")
@allow(Role.OFFICE)
@blueprint.response(201, Device)
def revoke_device(device_id: str) -> Any:
    """Shut a phone out, from its next request on."""
    with transaction() as session:
        return operations.revoke_device(session, device_id=device_id, now=clock.now())


@blueprint.get("/technicians")
@allow(Role.OFFICE)
@blueprint.arguments(Page, location="query")
@blueprint.response(200, TechnicianList)
def list_technicians(wanted: dict[str, Any]) -> dict[str, Any]:
    """List technicians."""
    with transaction() as session:
        return queries.list_technicians(session, **wanted)
