"""The table of what customers' credit paid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class CreditApplication(Base):
    """Credit of a customer that somebody used to pay an invoice."""

    __tablename__ = "credit_applications"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="positive"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    applied_by: Mapped[str]
    created_at: Mapped[datetime]

    @property
    def applied_at(self) -> datetime:
        """The moment of use."""
        return self.created_at
