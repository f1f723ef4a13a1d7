"""In which cases legal steps are meant."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.core.database import among
from server.dunning.models import Case, LegalIntent


def intents_of(session: Session, case_ids: Collection[str]) -> dict[str, LegalIntent]:
    """Return the intents that are in force in the present cycle of these cases, by case."""
    meant = select(LegalIntent).join(Case, (Case.id == LegalIntent.case_id) & (Case.cycle == LegalIntent.cycle))
    found = session.scalars(meant.where(among(LegalIntent.case_id, case_ids), LegalIntent.withdrawn_at.is_(None)))
    return {intent.case_id: intent for intent in found}


def list_intents(session: Session, case_id: str) -> list[LegalIntent]:
    """Return every intent there was in a case, the newest first."""
    of_case = select(LegalIntent).where(LegalIntent.case_id == case_id)
    return list(session.scalars(of_case.order_by(LegalIntent.confirmed_at.desc(), LegalIntent.id.desc())))
