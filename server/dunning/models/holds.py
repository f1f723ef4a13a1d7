"""The table of why cases rest."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.dunning.rules import HoldKind


class Hold(Base):
    """Why a case rests. It ends by itself on `until_on`, or when its `owner` releases it."""

    __tablename__ = "dunning_holds"
    __table_args__ = (CheckConstraint("until_on IS NOT NULL OR owner IS NOT NULL", name="end_or_owner"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"), index=True)
    kind: Mapped[HoldKind] = mapped_column(server_default=text("'manual'"))
    reason: Mapped[str]
    until_on: Mapped[date | None]
    owner: Mapped[str | None]
    placed_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
