"""Tables of bank statements and their lines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.statements.rules import LineStatus


class BankStatement(Base):
    """A statement as it was taken in. Balances below 0 are overdrafts; null where the file does not say them."""

    __tablename__ = "bank_statements"
    __table_args__ = (Index("ix_bank_statements_created_at_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str]
    currency: Mapped[str]
    reference: Mapped[str | None]
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]
    opening_minor: Mapped[int | None] = mapped_column(BigInteger)
    closing_minor: Mapped[int | None] = mapped_column(BigInteger)
    imported_by: Mapped[str]
    created_at: Mapped[datetime]


class BankLine(Base):
    """A line of a statement, once, however many files show it: its id follows from the account and what the bank
    says. `payment_id` is the payment it made, or took back."""

    __tablename__ = "bank_lines"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("(status IN ('matched', 'reversed')) = (payment_id IS NOT NULL)", name="payment"),
        CheckConstraint("(status = 'credited') = (customer_id IS NOT NULL)", name="customer"),
        CheckConstraint("status <> 'ignored' OR reason IS NOT NULL", name="ignored_has_reason"),
        Index("ix_bank_lines_created_at_id", "created_at", "id"),
        Index("uq_bank_lines_matched", "payment_id", unique=True, postgresql_where=text("status = 'matched'")),
        Index("ix_bank_lines_waiting", "created_at", postgresql_where=text("status = 'waiting'")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    statement_id: Mapped[str] = mapped_column(ForeignKey("bank_statements.id"), index=True)
    account: Mapped[str]
    booked_on: Mapped[date]
    is_credit: Mapped[bool]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    references: Mapped[list[Any]]
    text: Mapped[str]
    name: Mapped[str]
    bank_reference: Mapped[str]
    same_as: Mapped[list[Any]]
    is_return: Mapped[bool]
    status: Mapped[LineStatus]
    payment_id: Mapped[str | None] = mapped_column(ForeignKey("payments.id"), index=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    reason: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
