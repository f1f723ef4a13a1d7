"""Tables of what people do in cases: calls, letters to post, surveys that come back, proposals to decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from server.core.database import Base
from server.core.sealed import SealedText
from server.dunning.rules import CallCause, Outcome, ProposalKind


class Call(Base):
    """A call that was made, and how it ended. Several may be tried for one step."""

    __tablename__ = "dunning_calls"

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"), index=True)
    action_id: Mapped[str] = mapped_column(ForeignKey("dunning_actions.id"))
    outcome: Mapped[Outcome]
    root_cause: Mapped[CallCause | None]
    spoke_with: Mapped[str | None]
    note: Mapped[str | None]
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    called_by: Mapped[str]
    called_at: Mapped[datetime]


class LetterBatch(Base):
    """Letters that were printed together, and when somebody posted them."""

    __tablename__ = "dunning_letter_batches"
    __table_args__ = (CheckConstraint("(posted_at IS NULL) = (posted_by IS NULL)", name="posted"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    printed_by: Mapped[str]
    printed_at: Mapped[datetime]
    posted_by: Mapped[str | None]
    posted_at: Mapped[datetime | None]


class Letter(Base):
    """A letter as it was written: its words as JSON (`documents.facts.Letter`), printed in one batch."""

    __tablename__ = "dunning_letters"
    __table_args__ = (
        Index("ix_dunning_letters_waiting", "written_at", postgresql_where=text("batch_id IS NULL")),
        Index("ix_dunning_letters_action_id", "action_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"))
    action_id: Mapped[str] = mapped_column(ForeignKey("dunning_actions.id"))
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("dunning_letter_batches.id"), index=True)
    words: Mapped[str] = mapped_column(SealedText)
    written_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Survey(Base):
    """Questions put to a customer before the due date, and what they answered on their page."""

    __tablename__ = "dunning_surveys"

    action_id: Mapped[str] = mapped_column(ForeignKey("dunning_actions.id"), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"), index=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    answers: Mapped[dict[str, Any] | None]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class Proposal(Base):
    """What the plan asks a person to decide: refer the case, write it off, or either."""

    __tablename__ = "dunning_proposals"
    __table_args__ = (
        Index("uq_dunning_proposals_open", "case_id", unique=True, postgresql_where=text("decided_at IS NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("dunning_cases.id"), index=True)
    action_id: Mapped[str | None] = mapped_column(ForeignKey("dunning_actions.id"))
    kind: Mapped[ProposalKind]
    because: Mapped[str]
    open_minor: Mapped[int] = mapped_column(BigInteger)
    # What pursuing it was worth then (`rules.pursuing.Worth`), as evidence; null before figures were kept.
    worth: Mapped[dict[str, Any] | None]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    decision: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None]


class Decider(Base):
    """Who decides at a customer's, beside whoever pays: the debtor's manager of the escalation call."""

    __tablename__ = "dunning_deciders"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    noted_by: Mapped[str]
    noted_at: Mapped[datetime]
