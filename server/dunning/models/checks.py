"""The table of what somebody looked at before a harsh step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.dunning.rules import Before


class OwnCheck(Base):
    """Questions about our own side before a step of a case, in one cycle of it; the step waits until they are clear.

    `answers` are {question: whether it is so}; a no is kept, with its note, until somebody says yes.
    """

    __tablename__ = "dunning_own_checks"
    __table_args__ = (
        UniqueConstraint("case_id", "cycle", "before"),
        CheckConstraint("(answered_at IS NULL) = (answered_by IS NULL)", name="answered"),
        CheckConstraint("NOT is_clear OR answered_at IS NOT NULL", name="clear"),
        Index("ix_dunning_own_checks_open", "case_id", postgresql_where=text("NOT is_clear")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"))
    cycle: Mapped[int]
    before: Mapped[Before]
    asked_at: Mapped[datetime]
    is_clear: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    answers: Mapped[dict[str, Any] | None]
    note: Mapped[str | None]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
