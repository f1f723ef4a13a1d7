"""What is to be done today about each open case."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from server.core.database import among
from server.customers.models import Customer
from server.dunning import rules
from server.dunning.models import Action, Case, Letter, LetterBatch
from server.dunning.queries.cases import find_open_cases
from server.dunning.queries.checks import list_clear
from server.dunning.queries.debts import Debtor, Open, debts_of, list_open, of_open_cases
from server.dunning.queries.exits import Borne, exits
from server.dunning.queries.plans import get_plans
from server.dunning.rules import (
    EXIT_TEMPLATES,
    OPEN_ACTIONS,
    ActionStatus,
    Before,
    Channel,
    Debt,
    Exit,
    Plan,
    Planned,
    Reason,
    Treatment,
    pursuing,
)
from server.law.rules import Block
from server.messages.models import Message
from server.messages.rules import Status as MessageStatus

# From these a case may leave its plan: nothing of it is under way, decided elsewhere, or resting.
_LEAVES = (
    None,
    Reason.NOT_YET,
    Reason.TOO_SOON,
    Reason.PLAN_ENDED,
    Reason.NO_ADDRESS,
    Reason.WAITS_FOR_PERSON,
)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What looking at a case found: the step to take now, or the reason for not taking one."""

    case: Case
    step: int | None
    channel: str | None
    template: str | None
    open_minor: int
    reason: Reason | None
    opens_on: date | None
    closes_on: date | None
    missed: tuple[Planned, ...]
    passed_over: tuple[Planned, ...]
    block: Block | None = None
    exit: Exit | None = None

    @property
    def why(self) -> str | None:
        """The reason as runs keep it; of the law with its row and rule, as in `law:ca-qc:hours`."""
        return f"{self.reason}:{self.block.row}:{self.block.rule}" if self.block else self.reason


@dataclass(frozen=True, kw_only=True)
class Reach:
    """By which ways a customer can be reached: an e-mail address that works, a telephone, a postal address."""

    email: bool
    phone: bool
    post: bool

    def by(self, channel: Channel) -> bool:
        """Say whether this channel reaches them. A call is planned without a number too: somebody finds it."""
        match channel:
            case Channel.EMAIL | Channel.SURVEY:
                return self.email
            case Channel.TEXT:
                return self.phone
            case Channel.LETTER:
                return self.post
            case _:
                return True

    def way(self, means: Treatment) -> Channel | None:
        """Return by which of its ways a treatment reaches the customer, or None."""
        ways = (means.channel, means.otherwise) if means.otherwise else (means.channel,)
        return next((way for way in ways if self.by(way)), None)

    def ways(self, left: Iterable[Treatment]) -> list[Channel]:
        """Return by which ways these reach the customer, those that do."""
        return [way for way in map(self.way, left) if way is not None]


def look(
    session: Session,
    invoices: dict[Debtor, list[Open]],
    cases: dict[Debtor, Case],
    *,
    today: date,
    plan: Plan | None = None,
    is_stale: bool = False,
) -> list[Look]:
    """Return what is to be done today about each open case: by which step, or why nothing is.

    With `plan` every case is looked at by that plan; while the feed `is_stale` nothing is done at all.
    """
    debts = debts_of(session, invoices, cases, today=today)
    plans = {} if plan else get_plans(session, {case.plan_id for case in cases.values()})
    under_way = _under_way(session, [case.id for case in cases.values()])
    reach = _reach(session, cases)
    looks, borne = {}, []
    for debtor, case in cases.items():
        follows, debt = plan or plans[case.plan_id], debts.get(debtor)
        nothing = Reason.FEED_STALE if is_stale else under_way.get(case.id)
        found = looks[debtor] = _look(case, debt, follows, reach[debtor], today=today, nothing=nothing)
        if debt is not None and found.channel != Channel.REFERRAL and found.reason in _LEAVES:
            waits = found.reason is Reason.WAITS_FOR_PERSON
            means: dict[str, Any] = {"case": case, "debt": debt, "plan": follows, "invoices": invoices[debtor]}
            ways = _ways_left(found, debt, follows, reach[debtor], today=today)
            borne.append(Borne(**means, waits_for_person=waits, ways_left=ways))
    for debtor, why in exits(session, borne, today=today).items():
        looks[debtor] = _leave(looks[debtor], why)
    _hold_unchecked(session, looks, {debtor: plan or plans[case.plan_id] for debtor, case in cases.items()})
    return list(looks.values())


def _ways_left(look: Look, debt: Debt, plan: Plan, reach: Reach, *, today: date) -> list[Channel]:
    """Return by which ways the steps that are left go, where the one that is due now costs something; else nothing."""
    if look.reason is not None or look.channel not in pursuing.PAID_FOR or debt.due_on >= today:
        return []
    return reach.ways(rules.treatments_left(debt, plan))


def _hold_unchecked(session: Session, looks: dict[Debtor, Look], plans: Mapping[Debtor, Plan]) -> None:
    """Hold back the steps before which somebody looks at our own side first, until they did."""
    harsh = {debtor: look for debtor, look in looks.items() if look.step is not None and look.reason is None}
    harsh = {debtor: look for debtor, look in harsh.items() if _must_be_checked(plans[debtor], look)}
    clear = list_clear(session, [look.case.id for look in harsh.values()], Before.FINAL_DEMAND) if harsh else set()
    for debtor, look in harsh.items():
        if look.case.id not in clear:
            looks[debtor] = replace(look, reason=Reason.CHECK_OPEN)


def _must_be_checked(plan: Plan, look: Look) -> bool:
    step = next(each for each in plan.steps if each.seq == look.step)
    return any(rules.must_be_checked(each) for each in (step.large, step.small) if each.template == look.template)


def _leave(look: Look, why: Exit) -> Look:
    """Return a look at a case that leaves its plan: a person is asked to decide instead of the next step."""
    template = EXIT_TEMPLATES[why.kind]
    return replace(look, reason=None, step=None, channel=Channel.REFERRAL, template=template, passed_over=(), exit=why)


def _look(case: Case, debt: Debt | None, plan: Plan, reach: Reach, *, today: date, nothing: Reason | None) -> Look:
    next_one, reason = rules.look_ahead(debt, plan, today=today) if debt else (None, Reason.NOTHING_OPEN)
    if reason not in (Reason.NOTHING_OPEN, Reason.PAUSED, Reason.AWAITS_DECISION, Reason.REFERRED):
        reason = nothing or reason
    channel = reach.way(next_one.treatment) if next_one else None
    if reason is None and channel is None:
        reason = Reason.NO_ADDRESS
    is_due = next_one is not None and reason in (None, Reason.NO_ADDRESS)
    return Look(
        case=case,
        step=next_one.step.seq if is_due and next_one else None,
        channel=(channel or next_one.treatment.channel) if is_due and next_one else None,
        template=next_one.treatment.template if is_due and next_one else None,
        open_minor=debt.open_minor if debt else 0,
        reason=reason,
        opens_on=next_one.opens_on if next_one else None,
        closes_on=next_one.closes_on if next_one else None,
        missed=tuple(rules.missed(debt, plan, today=today)) if debt else (),
        passed_over=tuple(rules.passed_over(debt, plan)) if debt and is_due else (),
    )


def look_at_all(session: Session, *, today: date, plan: Plan | None = None, is_stale: bool = False) -> list[Look]:
    """Look at every open case."""
    invoices = list_open(session, of_open_cases())
    cases = {debtor: case for debtor, case in find_open_cases(session).items() if debtor in invoices}
    return look(session, invoices, cases, today=today, plan=plan, is_stale=is_stale)


def _under_way(session: Session, case_ids: Collection[str]) -> dict[str, Reason]:
    """Return what each of these cases waits for: a person, or something written that has not gone yet."""
    found = select(Action.case_id, Action.status).where(
        among(Action.case_id, case_ids), Action.status.in_(OPEN_ACTIONS), Action.message_id.is_(None)
    )
    waiting = {row.case_id: Reason.WAITS_FOR_PERSON for row in session.execute(found)}
    sending = select(Action.case_id).where(
        among(Action.case_id, case_ids), Action.status == ActionStatus.CLAIMED, Action.message_id.is_not(None)
    )
    # What follows a call in writing goes after its step is done. Each message is asked for by itself: joined, all that
    # waits for anybody would be read.
    became = select(Message.status).where(Message.id == Action.message_id).scalar_subquery()
    unsent = select(Action.case_id).where(
        among(Action.case_id, case_ids), became.in_((MessageStatus.WRITTEN, MessageStatus.SENDING))
    )
    unposted = (
        select(Letter.case_id)
        .outerjoin(LetterBatch, LetterBatch.id == Letter.batch_id)
        .where(among(Letter.case_id, case_ids), Letter.withdrawn_at.is_(None), LetterBatch.posted_at.is_(None))
    )
    going = session.scalars(union(sending, unsent, unposted))
    return dict.fromkeys(going, Reason.MESSAGE_UNDER_WAY) | waiting


def _reach(session: Session, cases: dict[Debtor, Case]) -> dict[Debtor, Reach]:
    """Return how each debtor can be reached. An address or number that refused a message of this case's is none:
    whoever asked the texting service for no more is reached another way."""
    has_post = (func.jsonb_array_length(Customer.addresses) > 0).label("has_post")
    people = select(Customer.id, Customer.email, Customer.phone, has_post)
    found = {row.id: row for row in session.execute(people.where(among(Customer.id, _ids(cases))))}
    failed = (
        select(Action.case_id, Message.recipient)
        .join(Message, Message.id == Action.message_id)
        .where(Action.status == ActionStatus.FAILED, among(Action.case_id, [case.id for case in cases.values()]))
    )
    refused = {(row.case_id, row.recipient) for row in session.execute(failed)}
    return {
        debtor: Reach(
            email=(email := found[debtor[0]].email) is not None and (case.id, email) not in refused,
            phone=(phone := found[debtor[0]].phone) is not None and (case.id, phone) not in refused,
            post=found[debtor[0]].has_post,
        )
        for debtor, case in cases.items()
    }


def _ids(debtors: Iterable[Debtor]) -> set[str]:
    return {customer_id for customer_id, _ in debtors}


def reach_of(session: Session, case: Case) -> Reach:
    """Return how the customer of a case can be reached."""
    debtor = (case.customer_id, case.currency)
    return _reach(session, {debtor: case})[debtor]
