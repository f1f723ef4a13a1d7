"""Tables of agencies, of what was handed to them, and of customers who are never handed over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.core.database import Base
from server.referrals.rules import AgencyKind, Status


class Agency(Base):
    """Somebody who collects for us: an agency, a lawyer, a factor. `commission_bp` is what they keep, in basis points
    of what comes in."""

    __tablename__ = "agencies"
    __table_args__ = (CheckConstraint("commission_bp BETWEEN 0 AND 10000", name="commission"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[AgencyKind]
    name: Mapped[str]
    email: Mapped[str | None]
    commission_bp: Mapped[int]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Referral(Base):
    """A case in somebody else's hands. `pack_sha256` is the hash of what was handed over last."""

    __tablename__ = "referrals"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (status = 'referred')", name="ended"),
        CheckConstraint("(pack_sha256 IS NULL) = (handed_over_at IS NULL)", name="handed_over"),
        Index("uq_referrals_open", "case_id", unique=True, postgresql_where=text("status = 'referred'")),
        Index("ix_referrals_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"), index=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("agencies.id"), index=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    currency: Mapped[str]
    commission_bp: Mapped[int]
    status: Mapped[Status]
    note: Mapped[str]
    approved_by: Mapped[str]
    created_at: Mapped[datetime]
    pack_sha256: Mapped[str | None]
    handed_over_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]
    debts: Mapped[list[ReferredDebt]] = relationship(lazy="selectin", order_by="ReferredDebt.invoice_id")


class ReferredDebt(Base):
    """What an invoice owed, and nobody objected to, when it was handed over."""

    __tablename__ = "referred_debts"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="positive"),)

    referral_id: Mapped[str] = mapped_column(ForeignKey("referrals.id"), primary_key=True)
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), primary_key=True, index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)


class NoAgency(Base):
    """A customer who is never handed to an agency, and why: a small town remembers."""

    __tablename__ = "no_agency"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    reason: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
