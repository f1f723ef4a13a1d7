"""What people have to do today, the most valuable first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.core.database import among
from server.customers import queries as customers
from server.customers.models import Customer
from server.dunning import rules
from server.dunning.models import Action, Call, Case, Decider, Letter, LetterBatch, Proposal, Survey
from server.dunning.queries.checks import list_waiting
from server.dunning.queries.debts import Debtor, Open, debts_of, list_open, of_debtors
from server.dunning.queries.pauses import list_endless
from server.dunning.queries.plans import get_plans
from server.dunning.queries.recovery import curves
from server.dunning.rules import CALLS, OPEN_ACTIONS, ActionStatus, CallCause, Channel, Debt
from server.dunning.rules.pauses import TOO_LONG
from server.dunning.rules.recovery import at_stake_minor
from server.messages import rules as messages
from server.messages.models import Message
from server.payments.queries.feed import stale_since

# The kind of a task, with what it is about.
Found = tuple[str, Action | None, Proposal | None, Case]
_HARSH = ("escalation_call", "final_demand_call", "agency", "agency_or_write_off")
_OUR_FAULT = (CallCause.NOT_RECEIVED, CallCause.INVOICE_WRONG, CallCause.WORK_DISPUTED)


def worklist(session: Session, *, today: date, now: datetime) -> dict[str, Any]:
    """Return today's calls and approvals as the wire shows them, by value at stake and then by age, and what else
    waits for a person: letters to print and to post, messages that may not have arrived."""
    calls = select(Action, Case).join(Case, Case.id == Action.case_id)
    wanted = calls.where(Action.status.in_(OPEN_ACTIONS), Action.channel.in_(CALLS), Case.closed_at.is_(None))
    found: list[Found] = [("call", action, None, case) for action, case in session.execute(wanted)]
    asked = select(Proposal, Action, Case).join(Case, Case.id == Proposal.case_id)
    undecided = asked.outerjoin(Action, Action.id == Proposal.action_id).where(Proposal.decided_at.is_(None))
    found += [("approval", action, proposal, case) for proposal, action, case in session.execute(undecided)]
    unprinted = select(func.count()).select_from(Letter).where(Letter.batch_id.is_(None), Letter.withdrawn_at.is_(None))
    unposted = select(LetterBatch.id).where(LetterBatch.posted_at.is_(None)).order_by(LetterBatch.printed_at)
    found += [("check", None, None, case) for case in list_waiting(session, today=today)]
    found += [("rest", None, None, case) for case in list_endless(session, today=today)]
    return {
        "tasks": _tasks(session, found, today=today),
        "letters_to_print": session.scalar(unprinted) or 0,
        "batches_to_post": list(session.scalars(unposted)),
        "uncertain": _cases_with(session, messages.Status.UNKNOWN),
        "undelivered": _cases_with(session, messages.Status.BOUNCED, messages.Status.FAILED),
        "feed_stale_since": stale_since(session, now=now),
    }


def _tasks(session: Session, found: list[Found], *, today: date) -> list[dict[str, Any]]:
    cases: dict[Debtor, Case] = {(case.customer_id, case.currency): case for _, _, _, case in found}
    unpaid = list_open(session, of_debtors(cases)) if cases else {}
    debts = debts_of(session, unpaid, cases, today=today)
    people = customers.list_by_id(session, {customer_id for customer_id, _ in cases})
    deciders = _deciders(session, people)
    plans = get_plans(session, {case.plan_id for case in cases.values()})
    shares = curves(session, on=today)
    checks = own_fault(session, {case.id: unpaid.get(debtor, []) for debtor, case in cases.items()})
    tasks = []
    for kind, action, proposal, case in found:
        debt = debts.get((case.customer_id, case.currency))
        if debt is None or not _is_due(kind, debt, today=today):
            continue
        person, decider = people[case.customer_id], deciders.get(case.customer_id)
        is_escalation = action is not None and action.channel == Channel.SUPERVISOR_CALL and decider is not None
        following = rules.next_step_on(debt, plans[case.plan_id], today=today)
        later = max(following or today, today + timedelta(days=plans[case.plan_id].min_gap_days))
        tasks.append(
            {
                "kind": kind,
                "action_id": action.id if action else None,
                "proposal_id": proposal.id if proposal else None,
                "case_id": case.id,
                "customer_id": case.customer_id,
                "customer_name": person.name,
                "phone": decider.phone if is_escalation and decider else person.phone,
                "currency": case.currency,
                "open_minor": (owed_minor := debt.open_minor + (debt.disputed_minor if kind == "rest" else 0)),
                "at_stake_minor": at_stake_minor(
                    owed_minor, shares=shares[case.currency], due_on=debt.due_on, today=today, next_on=later
                ),
                "step": action.step if action else None,
                "channel": action.channel if action else None,
                "template": action.template if action else None,
                "closes_on": action.closes_on if action else None,
                "window_missed": action is not None and action.window_missed,
                "claimed_by": action.claimed_by if action and not proposal else None,
                "oldest_on": debt.due_on,
                "checks": checks[case.id] if action is None or action.template in _HARSH else [],
            }
        )
    return sorted(tasks, key=lambda task: (-task["at_stake_minor"], task["oldest_on"], task["case_id"]))


def _is_due(kind: str, debt: Debt, *, today: date) -> bool:
    """Say whether a task is for today: decisions are whatever rests, what rests once it did for too long, else nothing
    that rests."""
    if kind == "rest":
        return bool(debt.paused_by) and today - debt.due_on >= TOO_LONG
    return kind == "approval" or not debt.paused_by


def _deciders(session: Session, people: dict[str, Customer]) -> dict[str, Decider]:
    named = select(Decider).where(among(Decider.customer_id, people))
    return {decider.customer_id: decider for decider in session.scalars(named)}


def own_fault(session: Session, unpaid: dict[str, list[Open]]) -> dict[str, list[dict[str, Any]]]:
    """Return what to ask oneself before a harsh step, by case: whether every invoice was delivered, nothing of it is
    objected to, and the customer never said that the fault is ours."""
    ids = [invoice.invoice_id for some in unpaid.values() for invoice in some]
    arrived = select(Message.invoice_id).where(
        Message.kind == messages.Kind.INVOICE, Message.status == messages.Status.SENT, Message.invoice_id.in_(ids)
    )
    delivered = set(session.scalars(arrived))
    ours = select(Call.case_id).where(among(Call.case_id, unpaid), Call.root_cause.in_(_OUR_FAULT))
    unhappy = select(Survey.case_id, Survey.answers).where(among(Survey.case_id, unpaid), Survey.answers.is_not(None))
    blamed = set(session.scalars(ours)) | {
        row.case_id
        for row in session.execute(unhappy)
        if "no" in (row.answers.get("arrived"), row.answers.get("clear"))
    }
    return {
        case_id: [
            {"check": "delivered", "ok": all(invoice.invoice_id in delivered for invoice in invoices)},
            {"check": "undisputed", "ok": not any(invoice.disputed_minor for invoice in invoices)},
            {"check": "not_our_fault", "ok": case_id not in blamed},
        ]
        for case_id, invoices in unpaid.items()
    }


def _cases_with(session: Session, *became: messages.Status) -> list[str]:
    """Return the open cases whose last message ended so."""
    theirs = select(Action.case_id).join(Message, Message.id == Action.message_id).join(Case, Case.id == Action.case_id)
    found = theirs.where(Case.closed_at.is_(None), Message.status.in_(became), Action.step == Case.step)
    failed = theirs.where(Case.closed_at.is_(None), Message.status.in_(became), Action.status == ActionStatus.FAILED)
    return sorted({*session.scalars(found), *session.scalars(failed)})


def list_batches(session: Session) -> Collection[LetterBatch]:
    """Return the batches of letters, the newest first."""
    return list(session.scalars(select(LetterBatch).order_by(LetterBatch.printed_at.desc()).limit(50)))
