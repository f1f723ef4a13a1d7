"""Tables of chargebacks, the money they moved, and their evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.chargebacks.rules import Slot, Status
from server.core.database import Base
from server.core.sealed import SealedBytes, SealedText


class Chargeback(Base):
    """A payment that a bank takes back, under Stripe's id of the dispute. `created_at` is when the bank began.

    `texts` are the words of the evidence, once it was put together; `reopened_minor` is what the customer owes again
    by it, and `revision` how often that changed, each time an entry.
    """

    __tablename__ = "chargebacks"
    __table_args__ = (
        CheckConstraint("(submission_asked_at IS NULL) = (submission_asked_by IS NULL)", name="submission_asked"),
        CheckConstraint("(acceptance_asked_at IS NULL) = (acceptance_asked_by IS NULL)", name="acceptance_asked"),
        CheckConstraint("submission_asked_at IS NULL OR acceptance_asked_at IS NULL", name="one_answer"),
        Index("ix_chargebacks_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), index=True)
    status: Mapped[Status]
    reason: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    evidence_due_at: Mapped[datetime | None]
    submission_count: Mapped[int]
    texts: Mapped[dict[str, Any] | None]
    statement: Mapped[str | None] = mapped_column(SealedText)
    assembled_at: Mapped[datetime | None]
    staged_at: Mapped[datetime | None]
    submission_asked_by: Mapped[str | None]
    submission_asked_at: Mapped[datetime | None]
    acceptance_asked_by: Mapped[str | None]
    acceptance_asked_at: Mapped[datetime | None]
    alarmed_at: Mapped[datetime | None]
    reopened_minor: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class ChargebackMove(Base):
    """Money that went to the bank (below 0) or came back, under the id of its line of Stripe's balance."""

    __tablename__ = "chargeback_moves"

    id: Mapped[str] = mapped_column(primary_key=True)
    chargeback_id: Mapped[str] = mapped_column(ForeignKey("chargebacks.id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    happened_at: Mapped[datetime]


class EvidenceFile(Base):
    """A file that proves something, as it was when the evidence was put together. `stripe_file_id` is null until
    Stripe has it; one that does `fit` no more is kept here and not sent."""

    __tablename__ = "evidence_files"
    __table_args__ = (UniqueConstraint("chargeback_id", "slot"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    chargeback_id: Mapped[str] = mapped_column(ForeignKey("chargebacks.id"))
    slot: Mapped[Slot]
    filename: Mapped[str]
    content: Mapped[bytes] = mapped_column(SealedBytes, deferred=True)
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    fits: Mapped[bool]
    stripe_file_id: Mapped[str | None]
    created_at: Mapped[datetime]
