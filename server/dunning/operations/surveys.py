"""Keep what customers answer to the survey."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from server.contacts.rules import Kind
from server.dunning import queries
from server.dunning.models import Survey
from server.dunning.operations import log
from server.dunning.rules.texts import QUESTIONS

_LONGEST = 1000


def answer_survey(session: Session, *, customer_id: str, answers: Mapping[str, str], now: datetime) -> Survey | None:
    """Keep the answers to the questions a customer was asked last; None where none wait. What was answered stays."""
    survey = queries.find_survey(session, customer_id, lock=True)
    if survey is None:
        return None
    said = {field: answers.get(field, "").strip()[:_LONGEST] for field in QUESTIONS}
    survey.answers = {field: answer for field, answer in said.items() if answer}
    survey.answered_at = now
    case = queries.get_case(session, survey.case_id)
    facts = {"answered": len(survey.answers)}
    log.note(session, case, Kind.SURVEY_ANSWERED, subject_id=survey.action_id, by="customer", facts=facts, now=now)
    session.flush()
    return survey
