"""Tables of handovers to the office and of what was paid in at the bank."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.cash.rules import HandoverStatus
from server.core.database import Base


class Handover(Base):
    """Cash and cheques of a technician's float on their way to the office. `amount_minor` is the cash they say it is,
    `expected_minor` what the books took out of the float, `counted_minor` what the office found."""

    __tablename__ = "handovers"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0 AND counted_minor >= 0", name="not_negative"),
        CheckConstraint("(decided_at IS NULL) = (status = 'waiting')", name="decided"),
        CheckConstraint("decided_by <> handed_by", name="second_person"),
        CheckConstraint("(status = 'countersigned') = (counted_minor IS NOT NULL)", name="counted"),
        CheckConstraint("counted_minor = expected_minor OR reason IS NOT NULL", name="difference_has_reason"),
        Index("ix_handovers_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    technician_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    status: Mapped[HandoverStatus]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    expected_minor: Mapped[int | None] = mapped_column(BigInteger)
    counted_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str]
    reason: Mapped[str | None]
    handed_by: Mapped[str]
    decided_by: Mapped[str | None]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    cheques: Mapped[list[HandedCheque]] = relationship(lazy="selectin", order_by="HandedCheque.payment_id")


class HandedCheque(Base):
    """A cheque that goes with a handover, by the payment it came as."""

    __tablename__ = "handed_cheques"

    handover_id: Mapped[str] = mapped_column(ForeignKey("handovers.id"), primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), primary_key=True, index=True)


class Banking(Base):
    """Cash and cheques of the office that were paid in at the bank."""

    __tablename__ = "bankings"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="not_negative"),
        Index("ix_bankings_created_at_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    reference: Mapped[str | None]
    paid_in_by: Mapped[str]
    created_at: Mapped[datetime]
    cheques: Mapped[list[BankedCheque]] = relationship(lazy="selectin", order_by="BankedCheque.payment_id")


class BankedCheque(Base):
    """A cheque that was paid in, once."""

    __tablename__ = "banked_cheques"

    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), primary_key=True)
    banking_id: Mapped[str] = mapped_column(ForeignKey("bankings.id"), index=True)
