"""The table of tips paid out to those who earned them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.payments.rules import Method


class TipPayout(Base):
    """Tips that a technician got from us, in cash or by transfer."""

    __tablename__ = "tip_payouts"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        Index("ix_tip_payouts_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    technician_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    method: Mapped[Method]
    reference: Mapped[str | None]
    paid_by: Mapped[str]
    created_at: Mapped[datetime]
