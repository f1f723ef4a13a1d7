"""What people do in a case: take a task, close a call with how it ended, skip a step."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.access.rules import Role
from server.contacts.rules import Kind
from server.core.errors import Conflict, Forbidden, Unacceptable
from server.dunning import queries, rules
from server.dunning.models import Action, Call, Case, Decider
from server.dunning.operations import log
from server.dunning.operations.steps import finish
from server.dunning.operations.writing import Writing, write
from server.dunning.queries import lawful
from server.dunning.rules import CALLS, FINAL, OPEN_ACTIONS, ActionStatus, CallCause, Channel, Outcome


class TaskOver(Conflict):
    """This task is done already, or nobody needs it any more."""

    code = "task_over"


class TaskTaken(Conflict):
    """Somebody else is at this task."""

    code = "task_taken"


class SupervisorOnly(Forbidden):
    """This call is a supervisor's."""

    code = "supervisor_only"


class StepFormal(Conflict):
    """A final demand is not skipped: nothing firmer may follow without it."""

    code = "step_formal"


class CallCauseMissing(Unacceptable):
    """Say why it is unpaid: whoever answered told you, or you asked."""

    code = "call_cause_missing"


class ResultUnsendable(Unacceptable):
    """The plan wants the result in writing, and this customer has neither an e-mail address nor a postal one."""

    code = "result_unsendable"


class CallUnlawfulNow(Conflict):
    """A rule forbids calling this customer now."""

    code = "call_unlawful_now"


class CallExists(Conflict):
    """There already is another call with this id."""

    code = "call_exists"


def claim_task(session: Session, *, action_id: str, role: Role, claimed_by: str, now: datetime) -> Action:
    """Take a task, so that nobody else does it too; one takes it to call.

    Raises NoSuchAction, TaskOver, TaskTaken, SupervisorOnly, CallUnlawfulNow: its facts are the rule, its source and
    from when the call may be made.
    """
    case, action = _open_task(session, action_id, role=role, by=claimed_by)
    if (block := lawful.block_of(session, case, action.channel, at=now)) is not None:
        raise CallUnlawfulNow(**vars(block))
    if action.status is ActionStatus.PLANNED:
        action.status, action.claimed_by, action.claimed_at = ActionStatus.CLAIMED, claimed_by, now
        session.flush()
    return action


def release_task(session: Session, *, action_id: str, role: Role, released_by: str) -> Action:
    """Give a task back to everybody. Raises NoSuchAction, TaskOver, TaskTaken, SupervisorOnly."""
    _, action = _open_task(session, action_id, role=role, by=released_by)
    action.status, action.claimed_by, action.claimed_at = ActionStatus.PLANNED, None, None
    session.flush()
    return action


def close_call(
    session: Session,
    *,
    call_id: str,
    action_id: str,
    outcome: Outcome,
    root_cause: CallCause | None,
    spoke_with: str | None,
    note: str | None,
    role: Role,
    called_by: str,
    now: datetime,
) -> Call:
    """Write down how a call ended. Where that ends the step, what the plan sends after it goes out in the same moment.

    Whoever was not reached is called again, as often as the plan has patience; after that the step counts as done. The
    same call again changes nothing. Raises NoSuchAction, TaskOver, TaskTaken, SupervisorOnly, CallCauseMissing,
    ResultUnsendable, CallExists.
    """
    known = session.get(Call, call_id)
    if known is not None:
        if (known.action_id, known.outcome) != (action_id, outcome):
            raise CallExists
        return known
    case, action = _open_task(session, action_id, role=role, by=called_by)
    if outcome in rules.NEEDS_CAUSE and root_cause is None:
        raise CallCauseMissing
    plan = queries.get_plans(session, [action.plan_id])[action.plan_id]
    action.attempts += 1
    action.outcome, action.root_cause, action.note = outcome, root_cause, note
    call = Call(
        id=call_id,
        case_id=case.id,
        action_id=action_id,
        outcome=outcome,
        root_cause=root_cause,
        spoke_with=spoke_with,
        note=note,
        called_by=called_by,
        called_at=now,
    )
    session.add(call)
    session.flush()
    facts = {"outcome": outcome.value, "root_cause": root_cause.value if root_cause else None, "step": action.step}
    log.note(session, case, Kind.CALL_CLOSED, subject_id=call_id, by=called_by, facts=facts, now=now)
    if outcome not in rules.UNANSWERED:
        case.last_contact_on = queries.today_of(session, now=now)
    if rules.ends_step(outcome, attempts=action.attempts, patience=plan.exits.unanswered_calls):
        _write_result(session, case, action, now=now)
        call.message_id = action.message_id
        finish(session, case, action, now=now)
    else:
        action.status, action.claimed_by, action.claimed_at = ActionStatus.PLANNED, None, None
    action.acted_at = now
    session.flush()
    return call


def skip_task(session: Session, *, action_id: str, reason: str, role: Role, skipped_by: str, now: datetime) -> Action:
    """Let a task be, and say why; the plan goes on after it. A final demand is never skipped.

    Raises NoSuchAction, TaskOver, TaskTaken, SupervisorOnly, StepFormal.
    """
    case, action = _open_task(session, action_id, role=role, by=skipped_by)
    if action.template in (FINAL, f"{FINAL}_call"):
        raise StepFormal
    action.status, action.skipped_because = ActionStatus.SKIPPED, "by_hand"
    action.note, action.claimed_by, action.claimed_at, action.acted_at = reason, skipped_by, now, now
    case.step = max(action.step, case.step if case.step is not None else action.step)
    session.flush()
    log.note_action(session, case, action, by=skipped_by, now=now)
    return action


def name_decider(
    session: Session,
    *,
    customer_id: str,
    name: str,
    phone: str | None,
    email: str | None,
    noted_by: str,
    now: datetime,
) -> None:
    """Write down who decides at a customer's: whom the escalation call is for."""
    said = {"name": name, "phone": phone, "email": email, "noted_by": noted_by, "noted_at": now}
    session.merge(Decider(customer_id=customer_id, **said))
    session.flush()


def _open_task(session: Session, action_id: str, *, role: Role, by: str) -> tuple[Case, Action]:
    """Return a call to be made and its case, both locked."""
    action = queries.get_action(session, action_id)
    case = queries.get_case(session, action.case_id, lock=True)
    session.refresh(action, with_for_update=True)
    if Channel(action.channel) not in CALLS or action.status not in OPEN_ACTIONS:
        raise TaskOver
    if not rules.may_call(role, Channel(action.channel)):
        raise SupervisorOnly
    if action.claimed_by not in (None, by):
        raise TaskTaken
    return case, action


def _write_result(session: Session, case: Case, action: Action, *, now: datetime) -> None:
    """Write what the plan sends after a call: by e-mail, or as a letter to those without an address."""
    plan = queries.get_plans(session, [action.plan_id])[action.plan_id]
    step = next(each for each in plan.steps if each.seq == action.step)
    then = step.large.then if step.large.template == action.template else step.small.then
    debtor = (case.customer_id, case.currency)
    unpaid = queries.list_open(session, queries.of_debtors([debtor]), for_share=True).get(debtor, [])
    if then is None or not unpaid:
        return
    today = queries.today_of(session, now=now)
    reach = queries.reach_of(session, case)
    if not (reach.email or reach.post):
        raise ResultUnsendable
    channel = Channel.EMAIL if reach.email else Channel.LETTER
    result = Writing(case=case, action=action, channel=channel, template=then, unpaid=unpaid)
    write(session, [result], today=today, now=now)
    case.last_contact_on = today
