"""What the policy is, was, and who read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access.models import Staff
from server.business import queries as business
from server.business.rules import address_lines
from server.contracts import queries as contracts
from server.core import clock, words
from server.core.errors import NotFound
from server.documents.facts import Party, PolicyFacts
from server.dunning import queries as dunning
from server.dunning.models import TreatmentPlan
from server.policy import rules
from server.policy.models import PolicyAcknowledgement, PolicyVersion
from server.standing import queries as standing
from server.standing import rules as standing_rules


class NoPolicy(NotFound):
    """There is no policy yet."""

    code = "policy_not_found"


def read_settings(session: Session, *, today: date) -> dict[str, Any]:
    """Return what the policy follows from, as plain facts: terms, credit, the plan in use, limits of refunds."""
    profile = business.get_profile(session)
    terms = contracts.get_terms(session, language=profile.languages[0], on=today)
    plan = dunning.find_plan_in_force(session)
    late = terms.late_charge_percent_per_year
    return {
        "business": profile.name,
        "currency": profile.currency,
        "payment_days": terms.payment_days,
        "late_percent_per_year": None if late is None else format(late.normalize(), "f"),
        "classes": standing_rules.write_policy(standing.get_policy(session)),
        "plan": None if plan is None else _plan(plan),
        "refunds": {
            "technician_minor": profile.technician_refund_limit_minor,
            "office_minor": profile.office_refund_limit_minor,
        },
    }


def _plan(plan: TreatmentPlan) -> dict[str, Any]:
    return {
        "basis": plan.basis.value,
        "min_gap_days": plan.min_gap_days,
        "large_accounts": plan.large_accounts,
        "steps": [
            {
                "opens_day": step["opens_day"],
                "closes_day": step["closes_day"],
                "large": step["large"]["channel"],
                "small": step["small"]["channel"],
            }
            for step in plan.steps
        ],
    }


def find_newest(session: Session) -> PolicyVersion | None:
    """Return the version that holds, or None before the first."""
    return session.scalars(select(PolicyVersion).order_by(PolicyVersion.number.desc()).limit(1)).first()


def get_in_force(session: Session, *, on: date | None = None, time_zone: str) -> PolicyVersion:
    """Return the version that held at the end of a day (the first one, of days before it), or that holds now. Raises
    NoPolicy."""
    versions = session.scalars(select(PolicyVersion).order_by(PolicyVersion.number.desc())).all()
    if not versions:
        raise NoPolicy
    by_then = (each for each in versions if on is None or clock.local_date(each.since_at, time_zone) <= on)
    return next(by_then, versions[-1])


def list_readers(session: Session, sha256: str) -> Sequence[tuple[Staff, PolicyAcknowledgement | None]]:
    """Return the active staff, each with when they read this version, where they did."""
    read = (PolicyAcknowledgement.staff_id == Staff.id) & (PolicyAcknowledgement.sha256 == sha256)
    rows = session.execute(
        select(Staff, PolicyAcknowledgement)
        .outerjoin(PolicyAcknowledgement, read)
        .where(Staff.active)
        .order_by(Staff.name, Staff.id)
    )
    return [(row[0], row[1]) for row in rows]


def get_facts(session: Session, version: PolicyVersion, *, language: str, for_staff: bool) -> PolicyFacts:
    """Return a version as its PDF says it: to the staff, or to everybody."""
    profile = business.get_profile(session)
    seller = profile.seller
    locale = words.locale_for(language, profile.country)
    return PolicyFacts(
        locale=locale,
        country=profile.country,
        time_zone=profile.time_zone,
        currency=profile.currency,
        seller=Party(
            name=seller["name"], address=address_lines(seller["address"]), email=seller["email"], phone=seller["phone"]
        ),
        number=version.number,
        since_at=version.since_at,
        sha256=version.sha256,
        for_staff=for_staff,
        sections=rules.sections(version.content, locale, for_staff=for_staff),
    )
