"""What must hold of everything that goes out to customers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.core import words
from server.customers.models import Customer
from server.dunning.models import Call
from server.dunning.queries import get_plans
from server.dunning.rules import CALLS, QUIET, UNANSWERED, Status
from server.invoices.models import Invoice
from tests.simulation.chasing.town import HOME, REGIONS
from tests.simulation.chasing.watch import Contact, Watch

ZONES = {"QC": HOME, "ON": HOME, "BC": "America/Vancouver", "FR": "Europe/Paris"}
assert {each[0] for each in REGIONS} == set(ZONES)
SUNDAY = 6
_RESTING = text(
    "SELECT 'hold' FROM dunning_holds WHERE case_id = :id AND placed_at <= :at"
    "  AND (released_at IS NULL OR released_at > :at) AND (until_on IS NULL OR until_on > :day)"
    " UNION ALL SELECT 'promise' FROM promises WHERE case_id = :id AND made_at <= :at"
    "  AND (decided_at IS NULL OR decided_at > :at) AND due_on >= :day"
    " UNION ALL SELECT 'plan' FROM payment_plans WHERE case_id = :id AND signed_at <= :at"
    "  AND (closed_at IS NULL OR closed_at > :at)"
)
_STOOD = text(
    "SELECT to_status FROM dunning_transitions WHERE case_id = :id AND moved_at <= :at"
    " ORDER BY moved_at DESC, id DESC LIMIT 1"
)


def each_step_at_most_once_per_cycle(watch: Watch, _session: Session) -> Iterator[str]:
    """Each step at most once per cycle, under any number of workers and any crash point."""
    for case_id in {each.case.id for each in watch.fresh}:
        taken = defaultdict(list)
        for each in watch.contacts[case_id]:
            taken[each.action.cycle, each.action.step].append(each.went)
        yield from (f"{case_id} {key}: {went}" for key, went in taken.items() if len(went) > 1)


def one_contact_per_gap_never_at_night(watch: Watch, session: Session) -> Iterator[str]:
    """At most one outbound contact per case per min_gap, and per jurisdiction caps; never outside quiet hours (DST
    included)."""
    gaps = {key: plan.min_gap_days for key, plan in get_plans(session, watch.town.plans).items()}
    for case_id in {each.case.id for each in watch.fresh}:
        made = [(_day(each.went.at), each.action.id, gaps[each.action.plan_id]) for each in watch.contacts[case_id]]
        spoken = select(Call).where(Call.case_id == case_id, Call.outcome.not_in(UNANSWERED))
        made += [(_day(call.called_at), call.action_id, 0) for call in session.scalars(spoken)]
        for (before, first, _), (after, second, gap) in pairwise(sorted(made)):
            if first != second and (after - before).days < gap:
                yield f"{case_id}: {second} {after} after {first} {before}"
        moments = sorted(each.went.at for each in watch.contacts[case_id])
        if any(later - sooner < timedelta(days=7) for sooner, later in zip(moments, moments[7:], strict=False)):
            yield f"{case_id}: more than 7 in 7 days"
    for each in watch.fresh:
        if each.message is not None:
            yield from _at_night(watch, each, session.get_one(Customer, each.case.customer_id))


def _at_night(watch: Watch, each: Contact, customer: Customer) -> Iterator[str]:
    region = (customer.addresses or [{}])[0]["region"]
    there = each.went.at.astimezone(ZoneInfo(ZONES[region]))
    if not 8 <= there.hour < 20:
        yield f"{each.action.id} at {there}"
    if region == "QC" and "ca-qc" in watch.town.laws and there.weekday() == SUNDAY:
        yield f"{each.action.id} on a Sunday"


def nothing_without_a_balance(watch: Watch, _session: Session) -> Iterator[str]:
    """Nothing is sent if balance <= 0 at commit of the send."""
    for each in watch.fresh:
        if sum(each.owed.values()) <= 0:
            yield f"{each.action.id} to {each.case.customer_id}, who owed nothing"


def what_rests_sends_nothing(watch: Watch, session: Session) -> Iterator[str]:
    """Paused case sends nothing; pause always has reason and end or owner."""
    for each in watch.fresh:
        asked = {"id": each.case.id, "at": each.went.at, "day": _day(each.went.at)}
        found = session.scalars(_RESTING, asked).all()
        if found and each.action.channel not in CALLS:
            yield f"{each.action.id} went while {found}"
    endless = text("SELECT id FROM dunning_holds WHERE reason = '' OR until_on IS NULL AND owner IS NULL")
    yield from session.scalars(endless)


def one_message_after_an_outage(watch: Watch, _session: Session) -> Iterator[str]:
    """Outage of k days then one run == at most one message per case."""
    stand = [each for each in watch.newly_written if each.status != "withdrawn"]
    written = Counter((each.customer_id, _day(each.created_at)) for each in stand)
    yield from (f"{key}: {times} in one turn" for key, times in written.items() if times > 1)


def the_disputed_is_not_demanded(watch: Watch, session: Session) -> Iterator[str]:
    """Disputed amount excluded from demand, included in aging. Nor is what is not due yet, beside what is."""
    for each in watch.fresh:
        if each.message is None:
            continue
        late = select(Invoice.id).where(Invoice.id.in_(each.demandable), Invoice.due_on < _day(each.went.at))
        past_due_minor = sum(each.demandable[invoice_id] for invoice_id in session.scalars(late))
        asked_minor = past_due_minor or sum(each.demandable.values())
        said = words.money(asked_minor, "CAD", each.message.locale)
        if said not in each.message.subject:
            yield f"{each.action.id} does not ask for {said}: {each.message.subject}"


def what_is_no_debt_is_not_dunned(watch: Watch, session: Session) -> Iterator[str]:
    """Draft/void invoices never dunned."""
    for each in watch.fresh:
        if each.message is None:
            continue
        theirs = select(Invoice.number, Invoice.id).where(Invoice.customer_id == each.case.customer_id)
        numbers = {row.number: row.id for row in session.execute(theirs)}
        named = {numbers.get(number, number) for number in re.findall(r"F-\d{6}", each.message.text)}
        if not named <= {invoice_id for invoice_id, minor in each.demandable.items() if minor > 0}:
            yield f"{each.action.id} names {named}, owed was {each.owed}"


def nothing_from_here_once_referred(watch: Watch, session: Session) -> Iterator[str]:
    """Referred case: own outbound = 0."""
    for each in watch.fresh:
        stood = session.scalar(_STOOD, {"id": each.case.id, "at": each.went.at})
        if stood in QUIET and (stood == Status.REFERRED or each.action.channel not in CALLS):
            yield f"{each.action.id} went while {stood}"


def old_news_send_nothing(watch: Watch, _session: Session) -> Iterator[str]:
    """Stale payment feed => zero sends."""
    since = watch.stale_since
    if since is not None:
        yield from (f"{each.action.id} went" for each in watch.fresh if each.went.at > since)
        yield from (f"{each.id} was written" for each in watch.newly_written if each.created_at > since)


def _day(at: datetime) -> date:
    return at.astimezone(ZoneInfo(HOME)).date()
