"""Questions about what people do in cases: tasks, letters, proposals."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from server.core import clock
from server.core.database import among
from server.core.errors import NotFound
from server.dunning.models import Action, Call, Letter, LetterBatch, Proposal, Survey
from server.dunning.queries.debts import time_zone_of
from server.dunning.rules import OPEN_ACTIONS, ActionStatus, Channel
from server.messages import rules as messages
from server.messages.models import Message


class NoSuchAction(NotFound):
    """There is no such task."""

    code = "action_not_found"


class NoSuchBatch(NotFound):
    """There is no such batch of letters."""

    code = "batch_not_found"


def get_action(session: Session, action_id: str) -> Action:
    """Return a step of a case. Raises NoSuchAction."""
    found = session.get(Action, action_id)
    if found is None:
        raise NoSuchAction
    return found


def actions_by_id(session: Session, action_ids: Collection[str]) -> dict[str, Action]:
    """Return those of these steps that were begun, by id."""
    wanted = select(Action).where(among(Action.id, action_ids)).execution_options(populate_existing=True)
    return {found.id: found for found in session.scalars(wanted)}


def list_missed(session: Session, case_ids: Collection[str]) -> set[tuple[str, str, int, int]]:
    """Return the steps that were written down as missed in these cases, as (case id, plan id, cycle, step)."""
    missed = select(Action.case_id, Action.plan_id, Action.cycle, Action.step)
    wanted = missed.where(Action.status == ActionStatus.MISSED, among(Action.case_id, case_ids))
    return {(row[0], row[1], row[2], row[3]) for row in session.execute(wanted)}


def get_batch(session: Session, batch_id: str, *, lock: bool = False) -> LetterBatch:
    """Return a batch of letters, locked where asked. Raises NoSuchBatch."""
    found = session.get(LetterBatch, batch_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NoSuchBatch
    return found


def find_proposal(session: Session, case_id: str) -> Proposal | None:
    """Return what waits to be decided about a case, or None."""
    waiting = select(Proposal).where(Proposal.case_id == case_id, Proposal.decided_at.is_(None))
    return session.scalars(waiting).one_or_none()


def undone(case_ids: Collection[str]) -> Select[Action]:
    """Pick the steps of these cases that nobody did: planned for a person, in a letter nobody printed, or in a message
    that was taken back."""
    open_ones = select(Action).where(Action.case_id.in_(case_ids), Action.status.in_(OPEN_ACTIONS))
    return (
        open_ones.outerjoin(Message, Message.id == Action.message_id)
        .outerjoin(Letter, and_(Letter.action_id == Action.id, Letter.withdrawn_at.is_(None)))
        .where(or_(and_(Message.id.is_(None), Letter.id.is_(None)), Message.status == messages.Status.WITHDRAWN))
        .order_by(Action.case_id, Action.id)
    )


def find_last_contact(session: Session, case_id: str, *, but: str) -> date | None:
    """Return the day a case was last in contact with its customer, leaving out one step (`but`)."""
    reached = (ActionStatus.CLAIMED, ActionStatus.DONE)
    written = select(func.max(Action.acted_at)).where(
        Action.case_id == case_id,
        Action.id != but,
        Action.status.in_(reached),
        Action.channel != Channel.REFERRAL,
    )
    called = select(func.max(Call.called_at)).where(Call.case_id == case_id)
    moments = (session.scalar(written), session.scalar(called))
    last = max((moment for moment in moments if moment is not None), default=None)
    return clock.local_date(last, time_zone_of(session)) if last else None


def find_survey(session: Session, customer_id: str, *, lock: bool = False) -> Survey | None:
    """Return the questions that wait for a customer's answers, or None: those of a mail that was called off do not."""
    waiting = (
        select(Survey)
        .join(Action, Action.id == Survey.action_id)
        .where(Survey.customer_id == customer_id, Survey.answered_at.is_(None))
        .where(Action.status.in_((ActionStatus.CLAIMED, ActionStatus.DONE)))
        .order_by(Survey.asked_at.desc())
        .limit(1)
    )
    return session.scalars(waiting.with_for_update(of=Survey) if lock else waiting).one_or_none()
