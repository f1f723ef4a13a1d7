"""Tables of who may do what. Tokens and codes are kept as SHA-256 hashes alone, passwords as argon2 hashes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class Staff(Base):
    """A person of the business. Technicians may do without an e-mail address: their phone signs in."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("role IN ('admin', 'supervisor', 'office', 'technician')", name="role"),
        CheckConstraint("language IN ('fr', 'en')", name="language"),
        CheckConstraint("email = lower(email)", name="email_in_lower_case"),
        CheckConstraint("role = 'technician' OR email IS NOT NULL", name="email"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    role: Mapped[str]
    language: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    session_epoch: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    created_at: Mapped[datetime]


class Device(Base):
    """A technician's phone; created by pairing it."""

    __tablename__ = "devices"

    id: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class PairingCode(Base):
    """A code that pairs one phone, once, until it expires."""

    __tablename__ = "pairing_codes"

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiKey(Base):
    """A key of an integrator, with the rights of a role."""

    __tablename__ = "api_keys"
    __table_args__ = (CheckConstraint("role IN ('admin', 'supervisor', 'office')", name="role"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
