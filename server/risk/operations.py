"""Work out how customers pay, and write down what changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from server.business import queries as business
from server.contacts import operations as contacts
from server.contacts.rules import Kind
from server.core import clock, ids
from server.risk import queries, rules
from server.risk.models import ClassChange
from server.risk.rules import Record, Verdict
from server.standing import operations as standing
from server.standing import queries as standings
from server.standing.models import CustomerStanding
from server.standing.rules import PayerType


def review(session: Session, *, customer_ids: Sequence[str], now: datetime) -> None:
    """Class these customers by what the books say now, and propose other terms where they follow. What got better is
    released by this alone."""
    profile = business.get_profile(session)
    records = queries.list_records(
        session, customer_ids=customer_ids, currency=profile.currency, time_zone=profile.time_zone, now=now
    )
    known = standing.open_standings(session, customer_ids, now=now)
    for each in known:
        _write_down(session, each, records[each.customer_id], now=now)
    session.flush()
    _propose(session, known, now=now)


def _write_down(session: Session, known: CustomerStanding, record: Record, *, now: datetime) -> None:
    verdict = rules.classify(record)
    if verdict.risk_class is not known.risk_class:
        _note_change(session, known, verdict, now=now)
        known.risk_class, known.since_at = verdict.risk_class, now
    known.facts, known.slips = dict(verdict.facts), verdict.slips
    known.open_minor, known.suggested_payer_type = record.open_minor, verdict.payer_type
    known.reviewed_at = now


def _note_change(session: Session, known: CustomerStanding, verdict: Verdict, *, now: datetime) -> None:
    change = ClassChange(
        id=ids.new("rcc", now=now),
        customer_id=known.customer_id,
        was=known.risk_class,
        became=verdict.risk_class,
        facts=dict(verdict.facts),
        changed_at=now,
    )
    session.add(change)
    contacts.note(
        session,
        kind=Kind.CLASS_CHANGED,
        subject_id=change.id,
        customer_id=known.customer_id,
        facts={"was": known.risk_class.value, "became": verdict.risk_class.value},
        now=now,
    )


def _propose(session: Session, reviewed: Sequence[CustomerStanding], *, now: datetime) -> None:
    customer_ids = [known.customer_id for known in reviewed]
    terms = standings.list_terms(session, customer_ids, now=now)
    decided = standings.list_decided(session, customer_ids)
    proposals = []
    for known in reviewed:
        today = terms[known.customer_id]
        wanted = rules.propose(
            known.risk_class,
            PayerType(known.suggested_payer_type),
            standing=today.standing,
            limit_minor=today.limit_minor,
            up_front_percent=today.up_front_percent,
        )
        if wanted is not None and decided.get(known.customer_id, known.since_at) <= known.since_at:
            proposals.append({"customer_id": known.customer_id, "currency": known.currency, **vars(wanted)})
    standing.propose(session, proposals, now=now)


def end_exceptions(session: Session, *, now: datetime) -> None:
    """Close the exceptions whose last day is over."""
    time_zone = business.get_profile(session).time_zone
    standing.end_past_overrides(session, today=clock.local_date(now, time_zone), now=now)
