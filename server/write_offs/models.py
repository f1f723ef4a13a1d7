"""Tables of what is written off."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.core.database import Base
from server.write_offs.rules import Status


class WriteOff(Base):
    """What a customer owes in one currency, to be let go. One waits at a time; two people decide."""

    __tablename__ = "write_offs"
    __table_args__ = (
        CheckConstraint("(decided_at IS NULL) = (status = 'asked')", name="decided"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decider"),
        CheckConstraint("decided_by <> asked_by OR status = 'rejected'", name="two_people"),
        Index("uq_write_offs_asked", "customer_id", "currency", unique=True, postgresql_where=text("status = 'asked'")),
        Index("ix_write_offs_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    currency: Mapped[str]
    status: Mapped[Status]
    reason: Mapped[str]
    asked_by: Mapped[str]
    created_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None]
    lines: Mapped[list[Line]] = relationship(lazy="selectin", order_by="Line.invoice_id")

    @property
    def amount_minor(self) -> int:
        """What is let go: as it was asked until it is booked, then what the books let go."""
        return sum(line.amount_minor for line in self.lines)


class Line(Base):
    """What a write-off lets go of one invoice, until the customer pays after all: then it is owed again."""

    __tablename__ = "write_off_lines"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="not_negative"),
        CheckConstraint("(reinstated_at IS NULL) = (reinstated_by IS NULL)", name="reinstated"),
    )

    write_off_id: Mapped[str] = mapped_column(ForeignKey("write_offs.id"), primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), primary_key=True, index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    reinstated_by: Mapped[str | None]
    reinstated_at: Mapped[datetime | None]
