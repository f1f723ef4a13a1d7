"""What somebody looked at before harsh steps."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.core.database import among
from server.dunning.models import Case, OwnCheck
from server.dunning.queries.pauses import resting
from server.dunning.rules import QUIET, Before


def _of_cycle() -> Select[OwnCheck]:
    return select(OwnCheck).join(Case, (Case.id == OwnCheck.case_id) & (Case.cycle == OwnCheck.cycle))


def list_checks(session: Session, case: Case) -> list[OwnCheck]:
    """Return what was asked in the present cycle of a case, the first first."""
    return list(session.scalars(_of_cycle().where(Case.id == case.id).order_by(OwnCheck.asked_at, OwnCheck.id)))


def find_check(session: Session, case: Case, before: Before) -> OwnCheck | None:
    """Return what was asked before a step in the present cycle of a case, or None."""
    return session.scalars(_of_cycle().where(Case.id == case.id, OwnCheck.before == before)).one_or_none()


def list_clear(session: Session, case_ids: Collection[str], before: Before) -> set[str]:
    """Return those of these cases in whose present cycle nothing stands against a step."""
    clear = select(Case.id).join(OwnCheck, (Case.id == OwnCheck.case_id) & (Case.cycle == OwnCheck.cycle))
    return set(session.scalars(clear.where(among(Case.id, case_ids), OwnCheck.before == before, OwnCheck.is_clear)))


def list_waiting(session: Session, *, today: date) -> list[Case]:
    """Return the open cases that do not rest and whose final demand waits for somebody to look at our own side."""
    waiting = select(Case).join(OwnCheck, (Case.id == OwnCheck.case_id) & (Case.cycle == OwnCheck.cycle))
    wanted = waiting.where(Case.closed_at.is_(None), Case.status.not_in(QUIET), ~resting(today))
    return list(session.scalars(wanted.where(OwnCheck.before == Before.FINAL_DEMAND, ~OwnCheck.is_clear)))
