"""Decide on what terms we work for whom, and hold bookings against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.business import queries as business
from server.contacts import operations as contacts
from server.contacts.rules import Kind
from server.core import clock, ids
from server.core.errors import Conflict, Unacceptable
from server.customers import queries as customers
from server.standing import queries, rules
from server.standing.models import CreditOverride, CreditPolicy, CustomerStanding, TermProposal
from server.standing.rules import PayerType, Policy


class DoNotBook(Conflict):
    """No job is booked for this customer. Settle what is open first, or make an exception with a reason and an end."""

    code = "do_not_book"


class DepositDue(Conflict):
    """This customer pays a part up front. Ask for at least that much before the work is done, or make an exception."""

    code = "deposit_due"


class OverrideOver(Unacceptable):
    """This exception would already be over. Choose a later day."""

    code = "override_over"


class OverrideExists(Conflict):
    """There already is another exception with this id."""

    code = "override_exists"


class ProposalDecided(Conflict):
    """This proposal was decided already."""

    code = "proposal_decided"


def require_bookable(session: Session, *, customer_id: str, asked_percent: int | None, now: datetime) -> int:
    """Return how much of a job of this customer must be paid up front, in percent.

    `asked_percent` is what the job already asks for up front; None where it says nothing. Raises DoNotBook, DepositDue.
    """
    terms = queries.get_terms(session, customer_id, now=now)
    if terms.do_not_book:
        raise DoNotBook(because=terms.because)
    if asked_percent is not None and asked_percent < terms.up_front_percent:
        raise DepositDue(up_front_percent=terms.up_front_percent, because=terms.because)
    return terms.up_front_percent


def set_policy(session: Session, *, policy: Policy, set_by: str, now: datetime) -> None:
    """Say what the house does with each class from now on."""
    row = CreditPolicy(id=ids.new("cpo", now=now), classes=rules.write_policy(policy), set_by=set_by, set_at=now)
    session.add(row)
    session.flush()


def open_standings(session: Session, customer_ids: Sequence[str], *, now: datetime) -> Sequence[CustomerStanding]:
    """Return what is known of these customers, locked in the order of their ids, with a row where there was none."""
    fresh = {
        "risk_class": rules.RiskClass.NEW_UNKNOWN,
        "since_at": now,
        "reviewed_at": now,
        "facts": {},
        "open_minor": 0,
        "currency": business.get_profile(session).currency,
        "slips": False,
        "suggested_payer_type": PayerType.UNKNOWN,
        "payer_type": PayerType.UNKNOWN,
    }
    rows = [{"customer_id": customer_id, **fresh} for customer_id in sorted(customer_ids)]
    session.execute(insert(CustomerStanding).on_conflict_do_nothing(), rows)
    wanted = select(CustomerStanding).where(CustomerStanding.customer_id.in_(customer_ids))
    locked = wanted.order_by(CustomerStanding.customer_id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(locked).all()


def _open(session: Session, customer_id: str, *, now: datetime) -> CustomerStanding:
    customers.get_customer(session, customer_id)
    (standing,) = open_standings(session, [customer_id], now=now)
    return standing


def agree(session: Session, *, customer_id: str, changes: Mapping[str, Any], by: str, now: datetime) -> None:
    """Write down what a person decided about a customer: `payer_type`, or `limit_minor`, `up_front_percent`,
    `do_not_book`, each None for what the policy of their class says. What is left out stays. Raises
    CustomerNotFound."""
    standing = _open(session, customer_id, now=now)
    columns = {name if name == "payer_type" else f"agreed_{name}": value for name, value in changes.items()}
    changed = {name: value for name, value in columns.items() if getattr(standing, name) != value}
    for name, value in changed.items():
        setattr(standing, name, value)
    if changed:
        session.flush()
        _note(session, Kind.TERMS_CHANGED, customer_id, customer_id, by=by, facts=changed, now=now)


def _note(
    session: Session,
    kind: Kind,
    subject_id: str,
    customer_id: str,
    *,
    by: str,
    facts: Mapping[str, str | int | bool | None],
    now: datetime,
) -> None:
    contacts.note(session, kind=kind, subject_id=subject_id, customer_id=customer_id, by=by, facts=facts, now=now)


def override(
    session: Session, *, customer_id: str, override_id: str, reason: str, until_on: date, author: str, now: datetime
) -> CreditOverride:
    """Make an exception: until that day jobs are booked without a deposit, whatever stands against it. One that was in
    force ends; the same one again changes nothing. Raises CustomerNotFound, OverrideOver, OverrideExists."""
    _open(session, customer_id, now=now)
    known = session.get(CreditOverride, override_id)
    if known is not None:
        if (known.customer_id, known.reason, known.until_on) != (customer_id, reason, until_on):
            raise OverrideExists
        return known
    if until_on < clock.local_date(now, business.get_profile(session).time_zone):
        raise OverrideOver
    standing = select(CreditOverride).where(
        CreditOverride.customer_id == customer_id, CreditOverride.ended_at.is_(None)
    )
    for before in session.scalars(standing):
        _end(session, before, by=author, now=now)
    made = CreditOverride(
        id=override_id, customer_id=customer_id, reason=reason, author=author, until_on=until_on, made_at=now
    )
    session.add(made)
    session.flush()
    facts = {"reason": reason, "until_on": until_on.isoformat()}
    _note(session, Kind.OVERRIDE_MADE, override_id, customer_id, by=author, facts=facts, now=now)
    return made


def end_override(session: Session, *, customer_id: str, override_id: str, by: str, now: datetime) -> None:
    """End an exception of a customer now. Raises NoSuchOverride."""
    _end(session, queries.get_override(session, override_id, customer_id=customer_id), by=by, now=now)


def _end(session: Session, override: CreditOverride, *, by: str, now: datetime) -> None:
    override.ended_at = now
    session.flush()
    facts = {"until_on": override.until_on.isoformat()}
    _note(session, Kind.OVERRIDE_ENDED, override.id, override.customer_id, by=by, facts=facts, now=now)


def end_past_overrides(session: Session, *, today: date, now: datetime) -> None:
    """Close the exceptions whose last day is over. They lift nothing since; this keeps the list short."""
    past = update(CreditOverride).where(CreditOverride.ended_at.is_(None), CreditOverride.until_on < today)
    session.execute(past.values(ended_at=now))


def propose(session: Session, proposals: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Propose other terms for customers; whoever has an open proposal keeps that one."""
    rows = [{"id": ids.new("tpr", now=now), "proposed_at": now, **proposal} for proposal in proposals]
    if rows:
        session.execute(insert(TermProposal).on_conflict_do_nothing(), rows)


def decide(session: Session, *, proposal_id: str, approved: bool, by: str, now: datetime) -> TermProposal:
    """Approve other terms, which hold from now on, or turn them down. Raises NoSuchProposal, ProposalDecided."""
    proposal = queries.get_proposal(session, proposal_id)
    if proposal.decided_at is not None:
        if proposal.approved == approved and proposal.decided_by == by:
            return proposal
        raise ProposalDecided
    proposal.decided_at, proposal.decided_by, proposal.approved = now, by, approved
    session.flush()
    if approved:
        wanted = {name: getattr(proposal, name) for name in ("limit_minor", "up_front_percent", "do_not_book")}
        changes = {name: value for name, value in wanted.items() if value is not None}
        agree(session, customer_id=proposal.customer_id, changes=changes, by=by, now=now)
    return proposal
