"""The table of promises to pay."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.dunning.rules import PromiseStatus, Source


class Promise(Base):
    """A customer's word to pay an amount by a day; at most one in a case waits for its day.

    `owed` is what its invoices owed when it was given, {invoice id: minor units}: the books tell what came since.
    """

    __tablename__ = "promises"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("(status = 'pending') = (decided_at IS NULL)", name="decided"),
        Index("uq_promises_pending", "case_id", unique=True, postgresql_where=text("status = 'pending'")),
        Index("ix_promises_case_id", "case_id", "made_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"))
    cycle: Mapped[int]
    status: Mapped[PromiseStatus]
    source: Mapped[Source]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    due_on: Mapped[date]
    owed: Mapped[dict[str, Any]]
    # What had come towards it when it was decided.
    received_minor: Mapped[int] = mapped_column(BigInteger)
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
