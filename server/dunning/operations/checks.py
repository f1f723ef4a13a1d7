"""Look at our own side before a harsh step: it waits until somebody did, and nothing is skipped meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.contacts.rules import Kind
from server.core import ids, queue
from server.core.errors import Conflict
from server.dunning import queries, rules
from server.dunning.models import Case, OwnCheck
from server.dunning.operations import log
from server.dunning.operations.cases import CaseClosed
from server.dunning.queries import Look
from server.dunning.rules import Before, Reason


class ChecksOpen(Conflict):
    """Say first whether the invoices are right, whether they arrived, and whether an answer is left unread."""

    code = "checks_open"


def ask_checks(session: Session, looks: Sequence[Look], *, now: datetime) -> None:
    """Put the questions before the final demands that wait for them on the worklist, once each."""
    rows = [_asked(look.case, Before.FINAL_DEMAND, now=now) for look in looks if look.reason is Reason.CHECK_OPEN]
    if rows:
        session.execute(insert(OwnCheck).on_conflict_do_nothing(), rows)


def _asked(case: Case, before: Before, *, now: datetime) -> dict[str, object]:
    check_id = ids.derived("chk", case.id, str(case.cycle), before)
    return {"id": check_id, "case_id": case.id, "cycle": case.cycle, "before": before, "asked_at": now}


def answer_checks(
    session: Session,
    *,
    case_id: str,
    before: Before,
    answers: Mapping[str, bool],
    note: str | None,
    answered_by: str,
    now: datetime,
) -> OwnCheck:
    """Write down how it stands with our own side. Where nothing stands against it the step is taken at once; a no
    keeps it waiting. What was clear once stays so in this cycle. Raises NoSuchCase, CaseClosed."""
    case = queries.get_case(session, case_id, lock=True)
    if case.closed_at is not None:
        raise CaseClosed
    asked = _asked(case, before, now=now)
    session.execute(insert(OwnCheck).values(asked).on_conflict_do_nothing())
    check = session.get_one(OwnCheck, asked["id"])
    if check.is_clear:
        return check
    check.answers = {name: answers.get(name, False) for name in rules.QUESTIONS_OF_OURS}
    check.is_clear, check.note = rules.is_clear(check.answers), note
    check.answered_by, check.answered_at = answered_by, now
    session.flush()
    facts = {"before": before.value, **check.answers, "note": note}
    log.note(session, case, Kind.OWN_SIDE_CHECKED, subject_id=check.id, by=answered_by, facts=facts, now=now)
    if check.is_clear and before is Before.FINAL_DEMAND:
        queue.defer(session, "dunning.take_step", case_id=case.id)
    return check


def require_checks(session: Session, case: Case, before: Before) -> None:
    """Refuse a step while our own side was not looked at, or something stands against it. Raises ChecksOpen."""
    check = queries.find_check(session, case, before)
    if check is None or not check.is_clear:
        raise ChecksOpen
