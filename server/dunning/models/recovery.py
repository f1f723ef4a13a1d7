"""The table of our own debts by age, as they stood at the end of each month."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base


class RecoveryCohort(Base):
    """What came in on our own debts of an age, in one currency, as the books knew it on `counted_on`
    (`rules.recovery.Cohort`). Follows from the books and never changes: counting it again gives the same."""

    __tablename__ = "recovery_cohorts"
    __table_args__ = (CheckConstraint("collected_minor BETWEEN 0 AND open_minor AND open_minor > 0", name="collected"),)

    counted_on: Mapped[date] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    from_days: Mapped[int] = mapped_column(primary_key=True)
    to_days: Mapped[int]
    invoices: Mapped[int]
    customers: Mapped[int]
    open_minor: Mapped[int] = mapped_column(BigInteger)
    collected_minor: Mapped[int] = mapped_column(BigInteger)
    first_on: Mapped[date]
    last_on: Mapped[date]
