"""The table of legal steps that are meant."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class LegalIntent(Base):
    """Somebody who decides confirmed that legal steps follow in a cycle of a case, until it is withdrawn."""

    __tablename__ = "legal_intents"
    __table_args__ = (
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
        Index(
            "uq_legal_intents_in_force",
            "case_id",
            "cycle",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"))
    cycle: Mapped[int]
    reason: Mapped[str]
    confirmed_by: Mapped[str]
    confirmed_at: Mapped[datetime]
    withdrawn_by: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]
