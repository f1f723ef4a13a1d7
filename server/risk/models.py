"""The history of classes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class ClassChange(Base):
    """A customer's class (`standing.rules.RiskClass`) changed. Rows are only ever added."""

    __tablename__ = "risk_class_changes"
    __table_args__ = (Index("ix_risk_class_changes_customer_id", "customer_id", "changed_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    was: Mapped[str]
    became: Mapped[str]
    facts: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime] = mapped_column(index=True)
