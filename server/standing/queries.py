"""On what terms we work for whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import clock
from server.core.database import among
from server.core.errors import NotFound
from server.standing import rules
from server.standing.models import CreditOverride, CreditPolicy, CustomerStanding, TermProposal
from server.standing.rules import Agreed, Policy, RiskClass, Terms


class NoSuchProposal(NotFound):
    """There is no such proposal of terms."""

    code = "proposal_not_found"


class NoSuchOverride(NotFound):
    """There is no such exception, or it is over."""

    code = "override_not_found"


def get_policy(session: Session) -> Policy:
    """Return what the house does with each class."""
    newest = select(CreditPolicy.classes).order_by(CreditPolicy.set_at.desc(), CreditPolicy.id.desc()).limit(1)
    found = session.scalars(newest).first()
    return rules.read_policy(found) if found else rules.DEFAULT


def find_standing(session: Session, customer_id: str, *, lock: bool = False) -> CustomerStanding | None:
    """Return what is known of how a customer pays, or None where nobody looked yet."""
    return session.get(CustomerStanding, customer_id, with_for_update=lock or None, populate_existing=lock)


def usual_days_of(session: Session, customer_ids: Collection[str]) -> dict[str, int]:
    """Return how many days after the due date each of these customers pays as a rule; those without a rule are left
    out."""
    steady = CustomerStanding.risk_class.in_((RiskClass.RELIABLE, RiskClass.SLOW_BUT_SURE))
    wanted = select(CustomerStanding.customer_id, CustomerStanding.facts)
    wanted = wanted.where(steady, among(CustomerStanding.customer_id, customer_ids))
    return {row[0]: rules.usual_days(row[1]) for row in session.execute(wanted)}


def get_terms(session: Session, customer_id: str, *, now: datetime) -> Terms:
    """Return the terms of a customer today."""
    return list_terms(session, [customer_id], now=now)[customer_id]


def list_terms(session: Session, customer_ids: Sequence[str], *, now: datetime) -> dict[str, Terms]:
    """Return the terms of these customers today: three queries however many there are."""
    today = clock.local_date(now, business.get_profile(session).time_zone)
    policy = get_policy(session)
    wanted = select(CustomerStanding).where(CustomerStanding.customer_id.in_(customer_ids))
    known = {each.customer_id: each for each in session.scalars(wanted)}
    exceptions = _exceptions(session, customer_ids)
    return {each: _terms(policy, known.get(each), exceptions, each, today=today) for each in customer_ids}


def _exceptions(session: Session, customer_ids: Sequence[str]) -> dict[str, date]:
    wanted = select(CreditOverride.customer_id, CreditOverride.until_on).where(
        CreditOverride.customer_id.in_(customer_ids), CreditOverride.ended_at.is_(None)
    )
    return {row[0]: row[1] for row in session.execute(wanted)}


def _terms(
    policy: Policy, known: CustomerStanding | None, exceptions: Mapping[str, date], customer_id: str, *, today: date
) -> Terms:
    return rules.terms(
        policy,
        risk_class=known.risk_class if known else RiskClass.NEW_UNKNOWN,
        agreed=Agreed(
            limit_minor=known.agreed_limit_minor,
            up_front_percent=known.agreed_up_front_percent,
            do_not_book=known.agreed_do_not_book,
        )
        if known
        else Agreed(),
        open_minor=known.open_minor if known else 0,
        slips=known.slips if known else False,
        exception_until_on=exceptions.get(customer_id),
        today=today,
    )


def list_overrides(session: Session, customer_id: str) -> Sequence[CreditOverride]:
    """Return every exception ever made for a customer, the newest first."""
    wanted = select(CreditOverride).where(CreditOverride.customer_id == customer_id)
    return session.scalars(wanted.order_by(CreditOverride.made_at.desc(), CreditOverride.id.desc())).all()


def count_overrides(session: Session, *, since: datetime, until: datetime) -> int:
    """Return how many exceptions were made between two moments."""
    made = select(func.count()).where(CreditOverride.made_at >= since, CreditOverride.made_at < until)
    return session.execute(made).scalar_one()


def list_proposals(session: Session, *, customer_id: str | None = None) -> Sequence[TermProposal]:
    """Return the proposals that nobody decided yet, the oldest first."""
    wanted = select(TermProposal).where(TermProposal.decided_at.is_(None)).order_by(TermProposal.proposed_at)
    if customer_id is not None:
        wanted = wanted.where(TermProposal.customer_id == customer_id)
    return session.scalars(wanted).all()


def get_proposal(session: Session, proposal_id: str) -> TermProposal:
    """Return a proposal, locked. Raises NoSuchProposal."""
    found = session.get(TermProposal, proposal_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchProposal
    return found


def get_override(session: Session, override_id: str, *, customer_id: str) -> CreditOverride:
    """Return an exception of a customer that may still be in force, locked. Raises NoSuchOverride."""
    found = session.get(CreditOverride, override_id, with_for_update=True, populate_existing=True)
    if found is None or found.customer_id != customer_id or found.ended_at is not None:
        raise NoSuchOverride
    return found


def list_decided(session: Session, customer_ids: Collection[str]) -> dict[str, datetime]:
    """Return when the last proposal of each of these customers was decided."""
    wanted = select(TermProposal.customer_id, func.max(TermProposal.decided_at)).where(
        TermProposal.customer_id.in_(customer_ids), TermProposal.decided_at.is_not(None)
    )
    rows = session.execute(wanted.group_by(TermProposal.customer_id))
    return {customer_id: decided_at for customer_id, decided_at in rows if decided_at is not None}
