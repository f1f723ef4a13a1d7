"""Look again in the moment before something goes out: what no longer stands is taken back, and written anew."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.core import clock
from server.dunning import queries
from server.dunning.models import Action, Case, Letter
from server.dunning.operations.cases import give_back
from server.dunning.operations.writing import demanded
from server.dunning.rules import CALLS, QUIET, ActionStatus, Status
from server.messages import operations as messages
from server.messages import queries as message_queries
from server.messages.rules import Status as MessageStatus

_ASK_AGAIN_AFTER = timedelta(minutes=1)


def stands(session: Session, *, message_id: str, now: datetime) -> bool:
    """Say whether a step's message may go as it is. Payments on its invoices wait until the caller's transaction ends.

    Where money came, something was disputed, legal steps are meant no more or the case rests since it was written, it
    is taken back, and the step is still to be taken; while nobody knows what was paid it waits.
    """
    # What went already is left alone, and waits for nobody.
    if message_queries.get_message(session, message_id).status != MessageStatus.WRITTEN:
        return False
    action = session.scalars(select(Action).where(Action.message_id == message_id)).one()
    case = queries.get_case(session, action.case_id, lock=True)
    session.refresh(action, with_for_update=True)
    message = message_queries.get_for_update(session, message_id)
    if message.status != MessageStatus.WRITTEN:
        return False
    if queries.stale_since(session, now=now) is not None:
        messages.postpone(session, message, until=now + _ASK_AGAIN_AFTER)
        return False
    if _is_asked_for(session, case, action, written_at=message.created_at, now=now):
        return True
    messages.withdraw(session, key=message.key, now=now)
    if action.status is ActionStatus.CLAIMED:
        give_back(session, case, action, ActionStatus.CANCELLED, now=now)
    return False


def withdraw_letters(session: Session, *, now: datetime) -> None:
    """Take back the letters that wait to be printed and no longer stand."""
    waiting = select(Letter).where(Letter.batch_id.is_(None), Letter.withdrawn_at.is_(None))
    for letter in session.scalars(waiting.order_by(Letter.case_id, Letter.id)).all():
        case = queries.get_case(session, letter.case_id, lock=True)
        action = session.get_one(Action, letter.action_id, with_for_update=True)
        session.refresh(letter)
        if (
            letter.batch_id is None
            and letter.withdrawn_at is None
            and not _is_asked_for(session, case, action, written_at=letter.written_at, now=now)
        ):
            letter.withdrawn_at = now
            if action.status is ActionStatus.CLAIMED:
                give_back(session, case, action, ActionStatus.CANCELLED, now=now)


def _is_asked_for(session: Session, case: Case, action: Action, *, written_at: datetime, now: datetime) -> bool:
    """Say whether what was written is still to be asked for, to the cent, and nothing fell due since. What was said in
    a call is confirmed although the case rests: that was arranged in it."""
    if case.closed_at is not None or case.cycle != action.cycle:
        return False
    is_call = action.channel in CALLS
    if case.status is Status.REFERRED or (case.status in QUIET and not is_call):
        return False
    debtor = (case.customer_id, case.currency)
    unpaid = queries.list_open(session, queries.of_debtors([debtor]), for_share=True)
    today = queries.today_of(session, now=now)
    debt = queries.debts_of(session, unpaid, {debtor: case}, today=today).get(debtor)
    if debt is None or debt.payment_under_way or (debt.paused_by and not is_call):
        return False
    if action.legal_intent_id is not None and case.id not in queries.intents_of(session, [case.id]):
        return False
    owed, written_on = unpaid[debtor], clock.local_date(written_at, queries.time_zone_of(session))
    fell_due = queries.asked_for(owed, today=written_on) != queries.asked_for(owed, today=today)
    return not fell_due and action.demanded in (None, demanded(owed))
