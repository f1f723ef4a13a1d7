"""The log's table. Triggers refuse DELETE, TRUNCATE, and every UPDATE but the one that seals a row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class LogRow(Base):
    """A contact or an act. Written in the transaction of what it tells of; put into the chain some seconds later."""

    __tablename__ = "contact_log"
    __table_args__ = (
        CheckConstraint("(sequence IS NULL) = (hash IS NULL) AND (hash IS NULL) = (prev_hash IS NULL)", name="sealed"),
        CheckConstraint("coalesce(customer_id, invoice_id, case_id) IS NOT NULL", name="about"),
        Index("ix_contact_log_unsealed", "id", postgresql_where=text("sequence IS NULL")),
        Index("ix_contact_log_kind", "kind", "recorded_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    customer_id: Mapped[str | None] = mapped_column(index=True)
    invoice_id: Mapped[str | None] = mapped_column(index=True)
    case_id: Mapped[str | None] = mapped_column(index=True)
    subject_id: Mapped[str]
    """What it tells of: a message, a ledger entry, a promise."""
    by: Mapped[str]
    """Who did it: `staff:...`, `device:...`, `customer`, `bank`; empty where the product did by itself."""
    facts: Mapped[dict[str, Any]]
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    sequence: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    prev_hash: Mapped[str | None]
    hash: Mapped[str | None]
