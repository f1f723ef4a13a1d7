"""Let people, phones and programs in, and shut them out.

A token is a prefix and 32 random bytes, told once; only its SHA-256 is kept, which is enough for a secret that no
one chose (OWASP Password Storage Cheat Sheet). Passwords are chosen by people and get argon2id.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access import queries, rules
from server.access.models import ApiKey, Device, PairingCode, Staff
from server.access.rules import Role
from server.core import ids
from server.core.errors import Conflict, Unacceptable, Unauthenticated

# Crockford's base 32 without letters that look like digits: 10 of them are 50 bits, for minutes, behind a rate limit.
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_passwords = PasswordHasher()


class EmailTaken(Conflict):
    """Somebody of the business already uses this e-mail address."""

    code = "email_taken"


class EmailRequired(Unacceptable):
    """Only technicians may do without an e-mail address."""

    code = "email_required"


class PasswordTooShort(Unacceptable):
    """A password has at least 12 characters."""

    code = "password_too_short"


class WrongCredentials(Unauthenticated):
    """The e-mail address or the password is wrong."""

    code = "wrong_credentials"


class PairingCodeRefused(Unacceptable):
    """This pairing code is wrong, used or expired. Ask the office for a new one."""

    code = "pairing_code_refused"


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """A fresh code, told this once."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class PairedDevice:
    """A fresh phone's token, told this once."""

    device_id: str
    token: str
    technician: Staff


def hashed(secret: str) -> str:
    """Return the SHA-256 under which a token or code is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_staff(
    session: Session,
    *,
    name: str,
    role: Role,
    language: str,
    email: str | None = None,
    password: str | None = None,
    now: datetime,
) -> Staff:
    """Add a person. Raises EmailRequired, EmailTaken, PasswordTooShort."""
    email = email.strip().lower() if email else None
    if email is None and role is not Role.TECHNICIAN:
        raise EmailRequired
    if email and session.scalar(select(Staff.id).where(Staff.email == email)):
        raise EmailTaken
    staff = Staff(
        id=ids.new("stf", now=now),
        name=name,
        email=email,
        role=role,
        language=language,
        session_epoch=1,
        created_at=now,
    )
    session.add(staff)
    if password is not None:
        set_password(session, staff=staff, password=password)
    session.flush()
    return staff


def set_password(session: Session, *, staff: Staff, password: str) -> None:
    """Give a person a password; every office session of theirs ends. Raises PasswordTooShort."""
    if len(password) < rules.SHORTEST_PASSWORD:
        raise PasswordTooShort
    staff.password_hash = _passwords.hash(password)
    staff.session_epoch += 1
    session.flush()


def sign_in(session: Session, *, email: str, password: str) -> Staff:
    """Return the person with this e-mail address and password. Raises WrongCredentials.

    An unknown address costs the same time as a wrong password, so answers do not tell who works here.
    """
    found = session.scalar(select(Staff).where(Staff.email == email.strip().lower(), Staff.active))
    kept = found.password_hash if found is not None else None
    try:
        _passwords.verify(kept or _nobody(), password)
    except (VerifyMismatchError, InvalidHashError):
        raise WrongCredentials from None
    if found is None or kept is None:
        raise WrongCredentials
    if _passwords.check_needs_rehash(kept):
        found.password_hash = _passwords.hash(password)
    return found


@cache
def _nobody() -> str:
    """The hash of a password that nobody has."""
    return _passwords.hash(secrets.token_urlsafe(32))


def create_pairing(
    session: Session, *, technician_id: str, valid_for: timedelta = timedelta(minutes=10), now: datetime
) -> Pairing:
    """Make a code that pairs one phone of this technician. Raises TechnicianNotFound."""
    technician = queries.get_technician(session, technician_id)
    code = rules.spoken("".join(secrets.choice(CODE_LETTERS) for _ in range(10)))
    expires_at = now + valid_for
    session.add(PairingCode(code_hash=hashed(code), staff_id=technician.id, created_at=now, expires_at=expires_at))
    session.flush()
    return Pairing(code=code, expires_at=expires_at)


def pair_device(session: Session, *, code: str, name: str, now: datetime) -> PairedDevice:
    """Use a code up and give the phone its token. Raises PairingCodeRefused, whatever the reason."""
    pairing = session.get(PairingCode, hashed(rules.spoken(code)), with_for_update=True)
    if pairing is None or pairing.used_at is not None or pairing.expires_at <= now:
        raise PairingCodeRefused
    technician = session.get_one(Staff, pairing.staff_id)
    if not technician.active:
        raise PairingCodeRefused
    pairing.used_at = now
    token = f"fpd_{secrets.token_urlsafe(32)}"
    device = Device(
        id=ids.new("dev", now=now), staff_id=technician.id, name=name, token_hash=hashed(token), created_at=now
    )
    session.add(device)
    session.flush()
    return PairedDevice(device_id=device.id, token=token, technician=technician)


def revoke_device(session: Session, *, device_id: str, now: datetime) -> Device:
    """Shut a phone out, from its next request on. Raises DeviceNotFound."""
    device = queries.get_device(session, device_id)
    device.revoked_at = device.revoked_at or now
    session.flush()
    return device


def create_api_key(
    session: Session, *, name: str, role: Role = Role.OFFICE, created_by: str | None = None, now: datetime
) -> tuple[ApiKey, str]:
    """Make a key for an integrator; the second value is the key itself, told this once."""
    key = f"fpk_{secrets.token_urlsafe(32)}"
    kept = ApiKey(
        id=ids.new("key", now=now), name=name, key_hash=hashed(key), role=role, created_by=created_by, created_at=now
    )
    session.add(kept)
    session.flush()
    return kept, key
