"""Tables of the policy's versions, and of who read which."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class PolicyVersion(Base):
    """The policy as it was from a moment on. The newest holds; rows are only ever added."""

    __tablename__ = "policy_versions"

    number: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    sha256: Mapped[str] = mapped_column(index=True)
    content: Mapped[dict[str, Any]]
    since_at: Mapped[datetime]


class PolicyAcknowledgement(Base):
    """Somebody of the staff read a version."""

    __tablename__ = "policy_acknowledgements"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    acknowledged_at: Mapped[datetime]
