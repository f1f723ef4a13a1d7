"""Take the step that is due, and write down what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from server.core import clock, ids, queue
from server.core.database import insert_rows, plan_afresh
from server.core.memory import uncollected
from server.dunning import queries, rules
from server.dunning.models import Action, Case
from server.dunning.operations import log
from server.dunning.operations.cases import close_settled, follow_classes, give_back, move, open_cases
from server.dunning.operations.checks import ask_checks
from server.dunning.operations.proposals import propose
from server.dunning.operations.writing import Writing, write
from server.dunning.queries import Look, Open, lawful
from server.dunning.rules import CALLS, FINAL, PLANNER, ActionStatus, Channel, LineStatus, Planned, Reason, Status
from server.messages import rules as messages
from server.messages.models import Message

# So many steps are taken in one transaction: enough that asking costs little, few enough that a payment on one of
# their invoices hardly waits.
AT_ONCE = 100
# How soon it is planned again while the payment feed is stale: nobody waits an hour for it.
_LOOK_AGAIN_AFTER = timedelta(seconds=30)
_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(hashtextextended('dunning.cases', 0))")


def take_turns(session: Session) -> None:
    """Let nobody else bring the cases up to date until the caller's transaction ends: of two who do, one would find
    messages still under way that the other is learning of."""
    session.execute(_TAKE_TURNS)


@uncollected()
def plan(session: Session, *, today: date, run_id: str | None = None, now: datetime) -> list[Look]:
    """Bring the cases up to date and defer the step of each that is due; return what looking at them found."""
    take_turns(session)
    plan_afresh(session)
    settle(session, today=today, now=now)
    open_cases(session, today=today, now=now)
    follow_classes(session, now=now)
    is_stale = queries.stale_since(session, now=now) is not None
    if is_stale:
        queue.hasten(session, "dunning.plan", at=now + _LOOK_AGAIN_AFTER)
    found = lawful.within_law(session, queries.look_at_all(session, today=today, is_stale=is_stale), at=now)
    _record_missed(session, found, today=today, now=now)
    ask_checks(session, found, now=now)
    due = [look.case.id for look in found if look.reason in (None, Reason.NO_ADDRESS)]
    some = [{"case_ids": due[first : first + AT_ONCE], "run_id": run_id} for first in range(0, len(due), AT_ONCE)]
    queue.defer_each(session, "dunning.take_steps", some)
    return found


def settle(session: Session, *, today: date, now: datetime) -> None:
    """Close what is paid, and learn what became of the messages that were on their way."""
    learn_outcomes(session, now=now)
    close_settled(session, today=today, now=now)


def take_step(session: Session, *, case_id: str, run_id: str | None = None, now: datetime) -> Look:
    """Look at one case again, as `take_steps` does."""
    (look,) = take_steps(session, case_ids=[case_id], run_id=run_id, now=now)
    return look


def take_steps(session: Session, *, case_ids: Sequence[str], run_id: str | None = None, now: datetime) -> list[Look]:
    """Look at cases of different debtors again and, where a step is due, write its action and its message: both or
    neither.

    Payments on their invoices wait until the caller's transaction ends, so that nothing is written about a debt that is
    paid by then. A customer nobody can reach gets no message; the action says so, and is done once they can be reached.
    """
    plan_afresh(session)
    cases = {(case.customer_id, case.currency): case for case in queries.lock_cases(session, case_ids)}
    today = queries.today_of(session, now=now)
    chased = [debtor for debtor, case in cases.items() if case.closed_at is None]
    unpaid: dict[queries.Debtor, list[Open]] = {}
    if chased:
        unpaid = queries.list_open(session, queries.of_debtors(chased), for_share=True)
    is_stale = queries.stale_since(session, now=now) is not None
    found = lawful.within_law(session, queries.look(session, unpaid, cases, today=today, is_stale=is_stale), at=now)
    acted = [look for look in found if look.reason in (None, Reason.NO_ADDRESS)]
    known = queries.actions_by_id(session, [action_id(look) for look in acted])
    writings = []
    for look in acted:
        before = known.get(action_id(look))
        if look.reason is None:
            owed = unpaid[look.case.customer_id, look.case.currency]
            writings += _take(session, look, before, owed, today=today, now=now)
        elif before is None:
            _record(session, look, before, ActionStatus.SKIPPED, skipped_because=look.reason, today=today, now=now)
    for each in writings:
        each.case.last_contact_on, each.case.step = today, each.action.step
    # An action is written once, with what it asked for and its message, and not three times.
    with session.no_autoflush:
        write(session, writings, today=today, now=now)
    if run_id is not None:
        _tell_run(session, run_id, found, now=now)
    return found


def _take(
    session: Session, look: Look, before: Action | None, unpaid: Sequence[Open], *, today: date, now: datetime
) -> list[Writing]:
    """Take a step by its channel: leave a task to a person, ask them to decide, or return what is to be written."""
    case = look.case
    if look.exit is not None:
        propose(session, case, kind=look.exit.kind, because=look.exit.because, proposed_by=PLANNER, now=now)
        return []
    channel, template = Channel(look.channel or ""), look.template or ""
    _record_passed_over(session, look, now=now)
    if channel in CALLS:
        _record(session, look, before, ActionStatus.PLANNED, today=today, now=now)
        return []
    if channel is not Channel.REFERRAL:
        action = _record(session, look, before, ActionStatus.CLAIMED, today=today, now=now)
        return [Writing(case=case, action=action, channel=channel, template=template, unpaid=unpaid)]
    propose(
        session,
        case,
        kind=rules.PROPOSALS[template],
        because=f"step:{look.step}",
        action_id=_record(session, look, before, ActionStatus.DONE, today=today, now=now).id,
        proposed_by=PLANNER,
        now=now,
    )
    case.step = look.step
    return []


def _tell_run(session: Session, run_id: str, found: Sequence[Look], *, now: datetime) -> None:
    """Write down in the run what became of what it planned; told again, the first word stands."""
    looks = {(look.case.customer_id, look.case.currency): look for look in found}
    for debtor, line in queries.list_lines(session, run_id, looks).items():
        if debtor in looks and line.status is LineStatus.PLANNED:
            look = looks[debtor]
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
    before: Action | None,
    status: ActionStatus,
    *,
    skipped_because: str | None = None,
    today: date,
    now: datetime,
) -> Action:
    """Write down where a step stands; one that failed or was skipped before is tried again on its own row."""
    is_claimed = status is ActionStatus.CLAIMED
    action = before or Action(id=action_id(look), **_of_case(look.case), step=look.step)
    action.channel, action.template = look.channel or "", look.template
    action.status, action.skipped_because = status, skipped_because
    action.opens_on, action.closes_on = look.opens_on, look.closes_on
    action.window_missed = look.closes_on is not None and look.closes_on < today
    action.claimed_by, action.claimed_at = (PLANNER, now) if is_claimed else (None, None)
    # What an earlier try wrote is this step's no more: a mail that was refused says nothing of the letter after it.
    action.message_id = action.demanded = action.legal_intent_id = None
    action.attempts = (action.attempts or 0) + is_claimed
    action.acted_at = now
    session.add(action)
    if status in (ActionStatus.SKIPPED, ActionStatus.DONE):
        session.flush()
        log.note_action(session, look.case, action, now=now)
    return action


def _record_missed(session: Session, found: Sequence[Look], *, today: date, now: datetime) -> None:
    """Write down the steps whose window closed: those that lapsed, and the tasks nobody did in time."""
    known = queries.list_missed(session, [look.case.id for look in found if look.missed])
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
        if (look.case.id, look.case.plan_id, look.case.cycle, lapsed.step.seq) not in known
    ]
    insert_rows(session, Action, rows)
    late = update(Action).where(Action.status == ActionStatus.PLANNED, Action.closes_on < today)
    session.execute(late.where(~Action.window_missed).values(window_missed=True))


def learn_outcomes(session: Session, *, now: datetime) -> None:
    """Learn what became of the messages of steps: sent, the step is done; refused, it is still to be taken.

    One that may have been sent counts as done, says `uncertain` and is never repeated. Whoever is at a case right now
    is not waited for, as they may wait for another of ours: it is learned of at the next turn.
    """
    over = (messages.Status.SENT, messages.Status.UNKNOWN, messages.Status.BOUNCED, messages.Status.FAILED)
    found = session.execute(
        select(Action, Case, Message.status, Message.sent_at)
        .join(Message, Message.id == Action.message_id)
        .join(Case, Case.id == Action.case_id)
        .where(Action.status == ActionStatus.CLAIMED, Message.status.in_(over))
        .order_by(Action.case_id)
        .with_for_update(of=[Action, Case], skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    if not found:
        return
    time_zone = queries.time_zone_of(session)
    done = []
    for action, case, became, sent_at in found:
        if became in (messages.Status.BOUNCED, messages.Status.FAILED):
            give_back(session, case, action, ActionStatus.FAILED, now=now)
        else:
            action.outcome = "uncertain" if became == messages.Status.UNKNOWN else None
            case.last_contact_on = clock.local_date(sent_at or now, time_zone)
            done.append((case, action))
    finish_each(session, done, now=now)


def finish(session: Session, case: Case, action: Action, *, now: datetime) -> None:
    """Let a step count as done; after a final demand the case stands there."""
    finish_each(session, [(case, action)], now=now)


def finish_each(session: Session, done: Sequence[tuple[Case, Action]], *, now: datetime) -> None:
    """Let steps count as done, each as `finish` does one."""
    for case, action in done:
        action.status = ActionStatus.DONE
        action.acted_at = now
        case.step = max(action.step, case.step if case.step is not None else action.step)
    session.flush()
    log.note_actions(session, done, now=now)
    for case, action in done:
        if action.template in (FINAL, f"{FINAL}_call") and rules.may_become(case.status, Status.FINAL_DEMAND):
            move(session, case, Status.FINAL_DEMAND, because=f"step:{action.step}", moved_by=PLANNER, now=now)
