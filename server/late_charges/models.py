"""The table of what was decided about charges for paying late."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.late_charges.rules import Status


class LateCharge(Base):
    """A decision about what paying an invoice late costs, for days up to `until_on`. What accrues is never stored: this
    is what somebody posted, waived or abandoned, with the terms it was computed by."""

    __tablename__ = "late_charges"
    __table_args__ = (
        CheckConstraint("interest_minor >= 0 AND fee_minor >= 0 AND interest_minor + fee_minor > 0", name="amounts"),
        CheckConstraint("status <> 'posted' OR charge_invoice_id IS NOT NULL", name="posted"),
        CheckConstraint("status = 'posted' OR reason IS NOT NULL", name="let_go_for_a_reason"),
        CheckConstraint("until_on >= from_on", name="days"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    status: Mapped[Status]
    # The invoice by which it is owed; null where it was let go before it was charged.
    charge_invoice_id: Mapped[str | None] = mapped_column(ForeignKey("invoices.id"), unique=True)
    currency: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date]
    interest_minor: Mapped[int] = mapped_column(BigInteger)
    fee_minor: Mapped[int] = mapped_column(BigInteger)
    # What it was computed by, as it was then: the rates, the contract, the row of law and its source, whom it is from.
    terms: Mapped[dict[str, Any]]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    # Why it was let go, by whom and when; what was charged before may be let go later.
    reason: Mapped[str | None]
    let_go_by: Mapped[str | None]
    let_go_at: Mapped[datetime | None]
