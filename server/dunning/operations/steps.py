"""Take the step that is due, and write down what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from server.core import ids, queue
from server.core.database import insert_rows
from server.dunning import queries, rules
from server.dunning.models import Action, Case, RunLine
from server.dunning.operations import log
from server.dunning.operations.cases import close_settled, follow_classes, give_back, move, open_cases
from server.dunning.operations.proposals import propose
from server.dunning.operations.writing import write_letter, write_message
from server.dunning.queries import Look, Open, lawful
from server.dunning.rules import CALLS, FINAL, PLANNER, ActionStatus, Channel, LineStatus, Planned, Reason, Status
from server.messages import rules as messages
from server.messages.models import Message

# How soon it is planned again while the payment feed is stale: nobody waits an hour for it.
_LOOK_AGAIN_AFTER = timedelta(seconds=30)
_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(hashtextextended('dunning.cases', 0))")


def take_turns(session: Session) -> None:
    """Let nobody else bring the cases up to date until the caller's transaction ends: of two who do, one would find
    messages still under way that the other is learning of."""
    session.execute(_TAKE_TURNS)


def plan(session: Session, *, today: date, run_id: str | None = None, now: datetime) -> list[Look]:
    """Bring the cases up to date and defer the step of each that is due; return what looking at them found."""
    take_turns(session)
    settle(session, today=today, now=now)
    open_cases(session, today=today, now=now)
    follow_classes(session, now=now)
    is_stale = queries.stale_since(session, now=now) is not None
    if is_stale:
        queue.hasten(session, "dunning.plan", at=now + _LOOK_AGAIN_AFTER)
    found = lawful.within_law(session, queries.look_at_all(session, today=today, is_stale=is_stale), at=now)
    _record_missed(session, found, today=today, now=now)
    due = [look.case.id for look in found if look.reason in (None, Reason.NO_ADDRESS)]
    queue.defer_each(session, "dunning.take_step", [{"case_id": case_id, "run_id": run_id} for case_id in due])
    return found


def settle(session: Session, *, today: date, now: datetime) -> None:
    """Close what is paid, and learn what became of the messages that were on their way."""
    learn_outcomes(session, now=now)
    close_settled(session, today=today, now=now)


def take_step(session: Session, *, case_id: str, run_id: str | None = None, now: datetime) -> Look:
    """Look at the case again and, where a step is due, write its action and its message: both or neither.

    Payments on its invoices wait until the caller's transaction ends, so that nothing is written about a debt that is
    paid by then. A customer nobody can reach gets no message; the action says so, and is done once they can be reached.
    """
    case = queries.get_case(session, case_id, lock=True)
    debtor = (case.customer_id, case.currency)
    today = queries.today_of(session, now=now)
    unpaid: dict[queries.Debtor, list[Open]] = {}
    if case.closed_at is None:
        unpaid = queries.list_open(session, queries.of_debtors([debtor]), for_share=True)
    is_stale = queries.stale_since(session, now=now) is not None
    found = queries.look(session, unpaid, {debtor: case}, today=today, is_stale=is_stale)
    (look,) = lawful.within_law(session, found, at=now)
    if look.reason is None:
        _take(session, look, unpaid[debtor], today=today, now=now)
    elif look.reason is Reason.NO_ADDRESS and session.get(Action, action_id(look)) is None:
        _record(session, look, ActionStatus.SKIPPED, skipped_because=look.reason, today=today, now=now)
    if run_id is not None:
        _settle_line(session, run_id, look, now=now)
    return look


def _take(session: Session, look: Look, unpaid: Sequence[Open], *, today: date, now: datetime) -> None:
    """Take a step by its channel: write what is written, leave a task to a person, or ask them to decide."""
    case, channel = look.case, Channel(look.channel or "")
    if look.exit is not None:
        propose(
            session,
            case,
            kind=look.exit.kind,
            because=look.exit.because,
            open_minor=look.open_minor,
            proposed_by=PLANNER,
            now=now,
        )
        return
    _record_passed_over(session, look, now=now)
    if channel in CALLS:
        _record(session, look, ActionStatus.PLANNED, today=today, now=now)
        return
    if channel is Channel.REFERRAL:
        action = _record(session, look, ActionStatus.DONE, today=today, now=now)
        propose(
            session,
            case,
            kind=rules.PROPOSALS[look.template or ""],
            because=f"step:{look.step}",
            open_minor=look.open_minor,
            action_id=action,
            proposed_by=PLANNER,
            now=now,
        )
    else:
        action = _record(session, look, ActionStatus.CLAIMED, today=today, now=now)
        wanted: dict[str, Any] = {"action_id": action, "template": look.template or "", "unpaid": unpaid}
        if channel is Channel.LETTER:
            write_letter(session, case, **wanted, today=today, now=now)
        else:
            write_message(session, case, channel=channel, **wanted, today=today, now=now)
        case.last_contact_on = today
    case.step = look.step
    session.flush()


def _settle_line(session: Session, run_id: str, look: Look, *, now: datetime) -> None:
    """Write down in the run what became of what it planned; told again, the first word stands."""
    line = session.get_one(RunLine, (run_id, look.case.customer_id, look.case.currency))
    if line.status is LineStatus.PLANNED:
        line.status = LineStatus.SKIPPED if look.reason else LineStatus.SENT
        line.reason = look.why
        line.written_at = now


def action_id(look: Look, step: int | None = None) -> str:
    """Return the id that the action of this look has, or that of another step (`step`) has, however often it is
    tried."""
    case = look.case
    return ids.derived("act", case.id, case.plan_id, str(case.cycle), str(look.step if step is None else step))


def _of_case(case: Case) -> dict[str, Any]:
    return {"case_id": case.id, "plan_id": case.plan_id, "cycle": case.cycle}


def _of_step(look: Look, planned: Planned) -> dict[str, Any]:
    """Return what the action of a step that was not taken says of it."""
    return {
        "id": action_id(look, planned.step.seq),
        **_of_case(look.case),
        "step": planned.step.seq,
        "channel": planned.treatment.channel,
        "template": planned.treatment.template,
        "opens_on": planned.opens_on,
        "closes_on": planned.closes_on,
    }


def _record_passed_over(session: Session, look: Look, *, now: datetime) -> None:
    """Write down the steps that the customer's class passes over, once what comes after them is taken."""
    skipped = {"status": ActionStatus.SKIPPED, "skipped_because": "risk_class", "acted_at": now}
    for each in look.passed_over:
        action = session.merge(Action(**_of_step(look, each), **skipped))
        log.note_action(session, look.case, action, now=now)


def _record(
    session: Session,
    look: Look,
    status: ActionStatus,
    *,
    skipped_because: str | None = None,
    today: date,
    now: datetime,
) -> str:
    """Write down where a step stands; one that failed or was skipped before is tried again on its own row."""
    is_claimed = status is ActionStatus.CLAIMED
    action = session.merge(
        Action(
            id=action_id(look),
            **_of_case(look.case),
            step=look.step,
            channel=look.channel,
            template=look.template,
            status=status,
            skipped_because=skipped_because,
            opens_on=look.opens_on,
            closes_on=look.closes_on,
            window_missed=look.closes_on is not None and look.closes_on < today,
            claimed_by=PLANNER if is_claimed else None,
            claimed_at=now if is_claimed else None,
            acted_at=now,
        )
    )
    action.attempts = (action.attempts or 0) + is_claimed
    session.flush()
    if status in (ActionStatus.SKIPPED, ActionStatus.DONE):
        log.note_action(session, look.case, action, now=now)
    return action.id


def _record_missed(session: Session, found: Sequence[Look], *, today: date, now: datetime) -> None:
    """Write down the steps whose window closed: those that lapsed, and the tasks nobody did in time."""
    rows = [
        {
            **_of_step(look, lapsed),
            "status": ActionStatus.MISSED,
            "window_missed": True,
            "attempts": 0,
            "acted_at": now,
        }
        for look in found
        for lapsed in look.missed
    ]
    insert_rows(session, Action, rows)
    late = update(Action).where(Action.status == ActionStatus.PLANNED, Action.closes_on < today)
    session.execute(late.where(~Action.window_missed).values(window_missed=True))


def learn_outcomes(session: Session, *, now: datetime) -> None:
    """Learn what became of the messages of steps: sent, the step is done; refused, it is still to be taken.

    One that may have been sent counts as done, says `uncertain` and is never repeated.
    """
    over = (messages.Status.SENT, messages.Status.UNKNOWN, messages.Status.BOUNCED, messages.Status.FAILED)
    found = session.execute(
        select(Action, Message.status)
        .join(Message, Message.id == Action.message_id)
        .where(Action.status == ActionStatus.CLAIMED, Message.status.in_(over))
        .order_by(Action.case_id)
        .with_for_update(of=Action, skip_locked=True)
    ).all()
    for action, became in found:
        case = queries.get_case(session, action.case_id, lock=True)
        if became in (messages.Status.BOUNCED, messages.Status.FAILED):
            give_back(session, case, action, ActionStatus.FAILED, now=now)
        else:
            action.outcome = "uncertain" if became == messages.Status.UNKNOWN else None
            finish(session, case, action, now=now)


def finish(session: Session, case: Case, action: Action, *, now: datetime) -> None:
    """Let a step count as done; after a final demand the case stands there."""
    action.status = ActionStatus.DONE
    action.acted_at = now
    case.step = max(action.step, case.step if case.step is not None else action.step)
    is_final = action.template in (FINAL, f"{FINAL}_call")
    log.note_action(session, case, action, by=action.claimed_by or "", now=now)
    if is_final and rules.may_become(case.status, Status.FINAL_DEMAND):
        move(session, case, Status.FINAL_DEMAND, because=f"step:{action.step}", moved_by=PLANNER, now=now)
    session.flush()
