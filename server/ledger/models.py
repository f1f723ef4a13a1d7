"""Accounts, entries, transfers. Triggers refuse UPDATE, DELETE and TRUNCATE of the last two (law 1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.core.database import Base
from server.ledger.rules import Kind


class Account(Base):
    """Where value is: of one kind, one owner ("" for the business itself), one currency."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (UniqueConstraint("kind", "owner", "currency"), UniqueConstraint("id", "currency"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[Kind]
    owner: Mapped[str]
    currency: Mapped[str]


class Entry(Base):
    """Something that happened, once: its id follows from what happened. `happened_at` is when, `recorded_at` is when
    the books learnt of it."""

    __tablename__ = "ledger_entries"

    id: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    about: Mapped[str] = mapped_column(index=True)
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    transfers: Mapped[list[Transfer]] = relationship(back_populates="entry", order_by="Transfer.id")


class Transfer(Base):
    """An amount that left one account for another: always one debit and one credit, so never unbalanced, and both of
    one currency."""

    __tablename__ = "ledger_transfers"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        ForeignKeyConstraint(["debit_account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"]),
        ForeignKeyConstraint(["credit_account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"]),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("ledger_entries.id"), index=True)
    debit_account_id: Mapped[int] = mapped_column(index=True)
    credit_account_id: Mapped[int] = mapped_column(index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    entry: Mapped[Entry] = relationship(back_populates="transfers")
