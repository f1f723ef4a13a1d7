"""The table of audits: what each found, so that the office can show the last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class AuditRun(Base):
    """An audit. `findings` are those of `rules.Finding`, by field; empty when every truth held."""

    __tablename__ = "audit_runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    ran_at: Mapped[datetime] = mapped_column(index=True)
    findings: Mapped[list[Any]]
    # Where the log ended: rows cut off its end later are missed.
    log_sequence: Mapped[int | None] = mapped_column(BigInteger)
    log_hash: Mapped[str | None]
