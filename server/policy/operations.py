"""Write down a new version where the settings changed, and who read it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import clock
from server.core.errors import Conflict, Forbidden
from server.policy import queries, rules
from server.policy.models import PolicyAcknowledgement, PolicyVersion

_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(hashtextextended('policy.publish', 0))")


class PolicyChanged(Conflict):
    """The policy changed meanwhile. Read it again."""

    code = "policy_changed"


class PersonNeeded(Forbidden):
    """Only a person can say that they read this."""

    code = "person_needed"


def publish(session: Session, *, now: datetime) -> PolicyVersion:
    """Return the policy as the settings are now, as a new version where they say something else than the last one.

    Raises BusinessMissing, TermsMissing.
    """
    session.execute(_TAKE_TURNS)
    profile = business.get_profile(session)
    content = queries.read_settings(session, today=clock.local_date(now, profile.time_zone))
    sha256 = rules.digest(content)
    newest = queries.find_newest(session)
    if newest is not None and newest.sha256 == sha256:
        return newest
    version = PolicyVersion(sha256=sha256, content=content, since_at=now)
    session.add(version)
    session.flush()
    return version


def acknowledge(session: Session, *, sha256: str, staff_id: str | None, now: datetime) -> None:
    """Write down that somebody read the version that holds; once is enough. Raises PersonNeeded, PolicyChanged."""
    if staff_id is None:
        raise PersonNeeded
    if publish(session, now=now).sha256 != sha256:
        raise PolicyChanged
    row = {"sha256": sha256, "staff_id": staff_id, "acknowledged_at": now}
    session.execute(insert(PolicyAcknowledgement).values(row).on_conflict_do_nothing())
