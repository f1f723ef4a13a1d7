"""Tables of payment plans, their parts, and the charges of saved cards for them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.core.database import Base
from server.dunning.rules import PlanStatus, Source


class PaymentPlan(Base):
    """What a customer pays in parts, agreed in writing; at most one in a case is asked for, offered or in force.

    `owed` is what its invoices owed when it was drawn up, {invoice id: minor units}. `text` is what is signed, under
    its SHA-256, from the moment it is offered.
    """

    __tablename__ = "payment_plans"
    __table_args__ = (
        CheckConstraint("total_minor > 0", name="positive"),
        CheckConstraint("(text IS NULL) = (document_sha256 IS NULL)", name="document"),
        CheckConstraint("(signed_at IS NULL) = (signer_name IS NULL)", name="signed"),
        CheckConstraint("status NOT IN ('active', 'completed', 'broken') OR signed_at IS NOT NULL", name="in_writing"),
        CheckConstraint("(status IN ('asked', 'offered', 'active')) = (closed_at IS NULL)", name="closed"),
        Index(
            "uq_payment_plans_live",
            "case_id",
            unique=True,
            postgresql_where=text("status IN ('asked', 'offered', 'active')"),
        ),
        Index("ix_payment_plans_case_id", "case_id", "made_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"))
    cycle: Mapped[int]
    status: Mapped[PlanStatus]
    source: Mapped[Source]
    total_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    owed: Mapped[dict[str, Any]]
    saved_card_id: Mapped[str | None] = mapped_column(ForeignKey("saved_cards.id"))
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    # What the agreement says: {"locale", "seller", "customer", "invoices", "clauses", "offered_at"}.
    content: Mapped[dict[str, Any] | None]
    text: Mapped[str | None]
    document_sha256: Mapped[str | None]
    sign_by: Mapped[date | None]
    signer_name: Mapped[str | None]
    witness_name: Mapped[str | None]
    signed_by: Mapped[str | None]
    signed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    parts: Mapped[list[Instalment]] = relationship(order_by="Instalment.position", lazy="selectin")


class Instalment(Base):
    """A part of a payment plan. Whether it is paid is asked of the books, not stored."""

    __tablename__ = "instalments"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="positive"),)

    plan_id: Mapped[str] = mapped_column(ForeignKey("payment_plans.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    due_on: Mapped[date]
    amount_minor: Mapped[int] = mapped_column(BigInteger)


class InstalmentCharge(Base):
    """A charge of the saved card for a part: written down before the card is charged, once for each attempt.

    `payment_id` follows from plan, part and attempt. `refused_because` is why no payment could be begun.
    """

    __tablename__ = "instalment_charges"
    __table_args__ = (
        UniqueConstraint("plan_id", "position", "attempt"),
        CheckConstraint("amount_minor > 0", name="positive"),
    )

    payment_id: Mapped[str] = mapped_column(primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("payment_plans.id"), index=True)
    position: Mapped[int]
    attempt: Mapped[int]
    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    refused_because: Mapped[str | None]
    charged_at: Mapped[datetime]
