"""What the law lets a case do now: by which channel its customer may be contacted, and from when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import clock
from server.core.database import among
from server.customers.models import Customer
from server.dunning import rules
from server.dunning.models import Action, Call, Case
from server.dunning.queries.looks import Look
from server.dunning.queries.plans import get_plans
from server.dunning.rules import WRITTEN, ActionStatus, Plan, Reason
from server.law import queries as law
from server.law import rules as law_rules
from server.law.rules import Block, Contact, Contacted, Window

# The longest span of days that a row counts contacts over.
_REMEMBERED = timedelta(days=31)
# How far ahead a message knows when it may go: an outage of the mail server rarely lasts longer.
_WINDOWS = 8
_PEOPLE = select(
    Customer.id,
    Customer.addresses,
    Customer.country,
    Customer.region,
    Customer.time_zone,
    Customer.written_only,
    Customer.represented_by,
)


def within_law(session: Session, looks: Sequence[Look], *, at: datetime, plan: Plan | None = None) -> list[Look]:
    """Return these looks with every step that a rule forbids at a moment held back, saying by which and until when.

    A call that needs a written notice first becomes what the plan writes to a small account at that step.
    """
    due = [look.case for look in looks if look.reason is None and rules.law_channel(look.channel) is not None]
    whom = contacted(session, due, at=at)
    plans = {} if plan else get_plans(session, {case.plan_id for case in due})
    return [
        _within(look, whom[look.case.id], plan or plans[look.case.plan_id], at=at) if look.case.id in whom else look
        for look in looks
    ]


def _within(look: Look, whom: Contacted, plan: Plan, *, at: datetime) -> Look:
    block = _blocked(look, whom, at=at)
    if block is not None and block.rule == "notice":
        instead = rules.written_instead(plan, look.step or 0)
        if instead is not None:
            look = replace(look, channel=instead.channel, template=instead.template)
            block = _blocked(look, whom, at=at)
    return look if block is None else replace(look, reason=Reason.LAW, block=block)


def _blocked(look: Look, whom: Contacted, *, at: datetime) -> Block | None:
    channel = rules.law_channel(look.channel)
    return None if channel is None else law_rules.blocked(whom, channel, at=at)


def contacted(session: Session, cases: Collection[Case], *, at: datetime) -> dict[str, Contacted]:
    """Return where the customers of these cases are and how they were contacted before, by case id."""
    if not cases:
        return {}
    people = _people(session, cases)
    places = _places(session, people, at=at)
    contacts, noticed = _contacts(session, set(people), at=at), _noticed(session, cases)
    return {
        case.id: Contacted(
            place=places[case.customer_id].place,
            is_on=places[case.customer_id].is_on,
            written_only=people[case.customer_id].written_only,
            represented=people[case.customer_id].represented_by is not None,
            noticed_at=noticed.get((case.id, case.cycle)),
            contacts=tuple(contacts.get(case.customer_id, ())),
        )
        for case in cases
    }


def _people(session: Session, cases: Collection[Case]) -> dict[str, Any]:
    whose = among(Customer.id, {case.customer_id for case in cases})
    return {row.id: row for row in session.execute(_PEOPLE.where(whose))}


def _places(session: Session, people: dict[str, Any], *, at: datetime) -> dict[str, law.Somewhere]:
    today = clock.local_date(at, business.get_profile(session).time_zone)
    return law.places_of(session, people.values(), today=today)


def _contacts(session: Session, customer_ids: Collection[str], *, at: datetime) -> dict[str, list[Contact]]:
    """Return how these customers were contacted lately: what was written in any case of theirs, and every call."""
    found: dict[str, list[Contact]] = defaultdict(list)
    theirs = select(Case.id, Case.customer_id).where(among(Case.customer_id, customer_ids))
    whose = {row.id: row.customer_id for row in session.execute(theirs)}
    sent = (ActionStatus.CLAIMED, ActionStatus.DONE)
    written = select(Action.case_id, Action.channel, Action.acted_at).where(
        among(Action.case_id, whose), Action.status.in_(sent), Action.channel.in_(WRITTEN)
    )
    for case_id, channel, acted_at in session.execute(written.where(Action.acted_at > at - _REMEMBERED)):
        if (by := rules.law_channel(channel)) is not None:
            found[whose[case_id]].append(Contact(channel=by, at=acted_at))
    made = select(Call.case_id, Call.called_at).where(among(Call.case_id, whose))
    for case_id, called_at in session.execute(made.where(Call.called_at > at - _REMEMBERED)):
        found[whose[case_id]].append(Contact(channel=law_rules.Channel.CALL, at=called_at))
    return found


def _noticed(session: Session, cases: Collection[Case]) -> dict[tuple[str, int], datetime]:
    """Return when each of these cases was first written about, by its id and cycle."""
    first = (
        select(Action.case_id, Action.cycle, func.min(Action.acted_at))
        .where(
            among(Action.case_id, [case.id for case in cases]),
            Action.channel.in_(WRITTEN),
            Action.status.in_((ActionStatus.CLAIMED, ActionStatus.DONE)),
        )
        .group_by(Action.case_id, Action.cycle)
    )
    return {(row[0], row[1]): row[2] for row in session.execute(first)}


def sending_windows(session: Session, cases: Collection[Case], *, now: datetime) -> dict[str, list[Window]]:
    """Return when a message of each of these cases may go, from now on, by case id."""
    places = _places(session, _people(session, cases), at=now)
    known: dict[tuple[str, bool, tuple[str, ...]], list[Window]] = {}
    found = {}
    for case in cases:
        there = places[case.customer_id]
        by = (there.place.row.key, there.is_on, there.place.zones)
        if by not in known:
            bound = law_rules.binding(there.place, is_on=there.is_on)
            known[by] = list(islice(law_rules.windows(bound, there.place.zones, after=now), _WINDOWS))
        found[case.id] = known[by]
    return found


def block_of(session: Session, case: Case, channel: str, *, at: datetime) -> Block | None:
    """Return what forbids contacting the customer of a case by a channel at a moment, or None."""
    by = rules.law_channel(channel)
    return None if by is None else law_rules.blocked(contacted(session, [case], at=at)[case.id], by, at=at)


def case_law(session: Session, case: Case, *, at: datetime) -> dict[str, Any]:
    """Return, as the wire shows it, by which channels the customer of a case may be contacted at a moment."""
    whom = contacted(session, [case], at=at)[case.id]
    channels = []
    for channel in law_rules.Channel:
        block = law_rules.blocked(whom, channel, at=at)
        channels.append({"channel": channel, "allowed": block is None, **(vars(block) if block else {})})
    return {"case_id": case.id, "law_row": whom.place.row.key, "is_on": whom.is_on, "zones": whom.place.zones,
            "channels": channels}  # fmt: skip
