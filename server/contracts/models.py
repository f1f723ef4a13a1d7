"""Tables of terms, contracts and signatures."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.core.database import Base

# A trigger refuses every other change of a contract; a signature never changes at all.
MUTABLE = ("status",)


class TermsTemplate(Base):
    """One language of one version of the business's terms. Changing them makes a new version."""

    __tablename__ = "terms_templates"
    __table_args__ = (
        UniqueConstraint("name", "version", "language"),
        CheckConstraint("language IN ('fr', 'en')", name="language"),
        CheckConstraint("payment_days >= 0", name="payment_days"),
        CheckConstraint("late_charge_percent_per_year >= 0", name="late_charge_percent_per_year"),
        CheckConstraint("late_charge_stated_per IN ('year', 'month')", name="late_charge_stated_per"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    language: Mapped[str]
    title: Mapped[str]
    # [{"heading": ..., "text": ...}, ...] with the placeholders that rules.PLACEHOLDERS names
    clauses: Mapped[list[Any]]
    payment_days: Mapped[int]
    late_charge_percent_per_year: Mapped[Decimal | None] = mapped_column(Numeric(7, 4))
    # How the text states that rate: Canada allows 5 % a year of one that is not stated per year.
    late_charge_stated_per: Mapped[str] = mapped_column(default="year", server_default=sql("'year'"))
    # A fixed fee for paying late, once an invoice, by currency: {"EUR": 4000}
    late_fees: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=sql("'{}'::jsonb"))
    valid_from: Mapped[date]
    active: Mapped[bool] = mapped_column(default=True, server_default=sql("true"))
    created_at: Mapped[datetime]


class Contract(Base):
    """The terms of one job as they were shown. Everything but the status is frozen."""

    __tablename__ = "contracts"
    __table_args__ = (
        CheckConstraint("status IN ('presented', 'signed', 'superseded', 'void')", name="status"),
        CheckConstraint("language IN ('fr', 'en')", name="language"),
        Index("uq_contracts_one_presented", "job_id", unique=True, postgresql_where=sql("status = 'presented'")),
        Index("uq_contracts_one_signed", "job_id", unique=True, postgresql_where=sql("status = 'signed'")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    status: Mapped[str]
    terms_id: Mapped[str] = mapped_column(ForeignKey("terms_templates.id"))
    terms_version: Mapped[int]
    language: Mapped[str]
    title: Mapped[str]
    clauses: Mapped[list[Any]]
    # what the text was rendered from, for the PDF: {"seller", "customer", "job", "lines", "taxes", "subtotal_minor"}
    content: Mapped[dict[str, Any]]
    text: Mapped[str]
    document_sha256: Mapped[str]
    total_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    payment_days: Mapped[int]
    late_charge_percent_per_year: Mapped[Decimal | None] = mapped_column(Numeric(7, 4))
    late_charge_stated_per: Mapped[str] = mapped_column(default="year", server_default=sql("'year'"))
    late_fee_minor: Mapped[int | None] = mapped_column(BigInteger)
    presented_at: Mapped[datetime]
    signature: Mapped[Signature | None] = relationship(lazy="selectin")


class Signature(Base):
    """Who signed, when, how. `signed_at` is the phone's clock, `received_at` ours."""

    __tablename__ = "signatures"
    __table_args__ = (
        CheckConstraint(
            "(method = 'strokes' AND strokes IS NOT NULL AND typed_name IS NULL)"
            " OR (method = 'typed_name' AND typed_name IS NOT NULL AND strokes IS NULL)",
            name="method",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("contracts.id"), unique=True)
    signer_name: Mapped[str]
    method: Mapped[str]
    strokes: Mapped[list[Any] | None]
    typed_name: Mapped[str | None]
    witness_name: Mapped[str | None]
    signed_at: Mapped[datetime]
    received_at: Mapped[datetime]
    device_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
