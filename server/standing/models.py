"""Tables of what we know of how customers pay, of the policy, of exceptions and of proposed terms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.standing.rules import PayerType, RiskClass


class CustomerStanding(Base):
    """How a customer pays, as last worked out (`risk` writes it), and what people decided about them.

    `facts` are the numbers the class follows from. What is agreed is null where the policy of the class holds.
    """

    __tablename__ = "customer_standings"
    __table_args__ = (
        CheckConstraint("agreed_up_front_percent BETWEEN 0 AND 100", name="up_front"),
        CheckConstraint("agreed_limit_minor >= 0", name="limit"),
    )

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    risk_class: Mapped[RiskClass] = mapped_column(default=RiskClass.NEW_UNKNOWN)
    since_at: Mapped[datetime]
    reviewed_at: Mapped[datetime]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    open_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str]
    slips: Mapped[bool] = mapped_column(default=False)
    suggested_payer_type: Mapped[str] = mapped_column(default=PayerType.UNKNOWN)
    payer_type: Mapped[PayerType] = mapped_column(default=PayerType.UNKNOWN)
    agreed_limit_minor: Mapped[int | None] = mapped_column(BigInteger)
    agreed_up_front_percent: Mapped[int | None]
    agreed_do_not_book: Mapped[bool | None]


class CreditPolicy(Base):
    """What the house does with each class; the newest row holds (`rules.read_policy` reads it)."""

    __tablename__ = "credit_policies"

    id: Mapped[str] = mapped_column(primary_key=True)
    classes: Mapped[dict[str, Any]]
    set_by: Mapped[str]
    set_at: Mapped[datetime] = mapped_column(index=True)


class CreditOverride(Base):
    """An exception for one customer: why, on whose word, until when. It ends by itself, or when somebody ends it."""

    __tablename__ = "credit_overrides"
    __table_args__ = (
        Index(
            "uq_credit_overrides_open",
            "customer_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    reason: Mapped[str]
    author: Mapped[str]
    until_on: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class TermProposal(Base):
    """Other terms for a customer, proposed from how they pay: a person approves or turns down."""

    __tablename__ = "term_proposals"
    __table_args__ = (
        CheckConstraint("(decided_at IS NULL) = (approved IS NULL)", name="decided"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided_by"),
        Index("uq_term_proposals_open", "customer_id", unique=True, postgresql_where=text("decided_at IS NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    because: Mapped[str]
    limit_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str]
    up_front_percent: Mapped[int | None]
    do_not_book: Mapped[bool | None]
    proposed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    approved: Mapped[bool | None]
