"""Keep what came in on our own debts by age, once a month."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.dunning import queries
from server.dunning.models import RecoveryCohort
from server.dunning.rules.recovery import counted_on


def keep_cohorts(session: Session, *, now: datetime) -> None:
    """Keep how our own debts stood at the end of last month; what is kept stays."""
    day = counted_on(queries.today_of(session, now=now))
    if session.scalars(select(RecoveryCohort.currency).where(RecoveryCohort.counted_on == day).limit(1)).first():
        return
    rows = [{"counted_on": day, **asdict(cohort)} for cohort in queries.count_cohorts(session, on=day)]
    if rows:
        session.execute(insert(RecoveryCohort).on_conflict_do_nothing(), rows)
