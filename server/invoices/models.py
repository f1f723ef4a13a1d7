"""Tables of invoices, their number series and pay links."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.invoices.rules import Kind, Status, Subject

# A trigger refuses any other change.
MUTABLE = ("status",)


class Series(Base):
    """The next number of a series. The row is locked until the invoice is committed: no gap, no number twice."""

    __tablename__ = "invoice_series"

    prefix: Mapped[str] = mapped_column(primary_key=True)
    last_number: Mapped[int] = mapped_column(BigInteger)


# A number as banks hand it on: its letters and digits alone, or its digits without the zeros before them.
PLAIN_NUMBER = "upper(regexp_replace(number, '[^A-Za-z0-9]', '', 'g'))"
DIGITS_OF_NUMBER = "ltrim(regexp_replace(number, '[^0-9]', '', 'g'), '0')"


class Invoice(Base):
    """An invoice as it was issued: seller, buyer, lines and taxes are copies, and only the status may change."""

    __tablename__ = "invoices"
    __table_args__ = (
        CheckConstraint("total_minor >= 0 AND subtotal_minor >= 0", name="not_negative"),
        CheckConstraint("due_on >= issued_on", name="due_after_issue"),
        CheckConstraint("(kind IN ('final', 'late_charge')) = (stage IS NULL)", name="stage"),
        Index("uq_invoices_final", "job_id", unique=True, postgresql_where=sql("kind = 'final'")),
        Index("uq_invoices_stage", "job_id", "stage", unique=True, postgresql_where=sql("kind <> 'final'")),
        Index("ix_invoices_created_at_id", "created_at", "id"),
        Index(
            "ix_invoices_unpaid_customer",
            "customer_id",
            "currency",
            "due_on",
            postgresql_where=sql("status IN ('issued', 'partly_paid')"),
        ),
        Index(
            "ix_invoices_unpaid_total",
            "currency",
            "total_minor",
            postgresql_where=sql("status IN ('issued', 'partly_paid')"),
        ),
        Index("ix_invoices_plain_number", sql(PLAIN_NUMBER)),
        Index("ix_invoices_digits_of_number", sql(DIGITS_OF_NUMBER)),
        Index("ix_invoices_unpaid_due", "due_on", postgresql_where=sql("status IN ('issued', 'partly_paid')")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    kind: Mapped[Kind] = mapped_column(default=Kind.FINAL, server_default=sql("'final'"))
    # Which stage of the contract is asked for; null on the final invoice.
    stage: Mapped[int | None]
    # [{"invoice_id", "number", "amount_minor"}, ...]: the paid deposits that this one took
    deposits: Mapped[list[Any]] = mapped_column(default=list, server_default=sql("'[]'"))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    contract_id: Mapped[str | None] = mapped_column(ForeignKey("contracts.id"))
    status: Mapped[Status]
    language: Mapped[str]
    currency: Mapped[str]
    issued_on: Mapped[date]
    service_on: Mapped[date]
    due_on: Mapped[date]
    payment_days: Mapped[int]
    po_number: Mapped[str | None]
    seller: Mapped[dict[str, Any]]
    buyer: Mapped[dict[str, Any]]
    lines: Mapped[list[Any]]
    taxes: Mapped[list[Any]]
    subtotal_minor: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]

    @property
    def issued_at(self) -> datetime:
        """The moment of issue."""
        return self.created_at


class CreditNote(Base):
    """What was taken off an invoice afterwards, with the taxes it bore; numbered after its invoice."""

    __tablename__ = "credit_notes"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="positive"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    # [{"name", "account", "amount_minor"}, ...]: the part of the amount that is tax
    taxes: Mapped[list[Any]]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]


class PayLink(Base):
    """A link that pays. Renewing counts `version` up, which ends the link before; null `token_hash` is revoked."""

    __tablename__ = "pay_links"

    subject: Mapped[Subject] = mapped_column(primary_key=True)
    subject_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    token_hash: Mapped[str | None] = mapped_column(unique=True)
