"""Tables of visits and their lines."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.core import money
from server.core.database import Base


class Job(Base):
    """A visit. Its lines may change until it is completed; the invoice then keeps its own copy."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("status IN ('scheduled', 'en_route', 'in_progress', 'completed', 'canceled')", name="status"),
        CheckConstraint("(status = 'completed') = (completed_at IS NOT NULL)", name="completed_at"),
        CheckConstraint("(completed_at IS NULL) = (completion_id IS NULL)", name="completion_id"),
        CheckConstraint("deposit_minor >= 0", name="deposit_minor"),
        Index("ix_jobs_technician_id_scheduled_at", "technician_id", "scheduled_at"),
        Index("ix_jobs_scheduled_at", "scheduled_at"),
        Index("ix_jobs_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    technician_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    title: Mapped[str]
    status: Mapped[str]
    currency: Mapped[str]
    scheduled_at: Mapped[datetime]
    site_address: Mapped[dict[str, Any] | None]
    po_number: Mapped[str | None]
    deposit_minor: Mapped[int | None] = mapped_column(BigInteger)
    # [{"label", "amount_minor" or "percent", "when", "on"}, ...]: what is paid before the work is done
    schedule: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    completed_at: Mapped[datetime | None]
    completion_id: Mapped[str | None] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    created_at: Mapped[datetime]
    lines: Mapped[list[JobLine]] = relationship(
        order_by="JobLine.position", cascade="all, delete-orphan", lazy="selectin"
    )


class JobLine(Base):
    """Something done or delivered: quantity x unit price, before taxes."""

    __tablename__ = "job_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_price_minor >= 0", name="unit_price_minor"),
    )

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    description: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    unit_price_minor: Mapped[int] = mapped_column(BigInteger)
    tax_code: Mapped[str] = mapped_column(ForeignKey("tax_codes.code"))

    @property
    def amount_minor(self) -> int:
        """Quantity x unit price, rounded half up."""
        return money.share(self.unit_price_minor, self.quantity)
