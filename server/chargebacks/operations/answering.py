"""Write down what we answer a bank, before it is sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.chargebacks import queries
from server.chargebacks.models import Chargeback
from server.chargebacks.operations import telling
from server.chargebacks.rules import ANSWERABLE, Status
from server.core.errors import Conflict
from server.payments import queries as payments


class ChargebackDecided(Conflict):
    """This chargeback is answered or decided already."""

    code = "chargeback_decided"


class EvidenceTooLate(Conflict):
    """The bank takes no more evidence: its deadline has passed."""

    code = "evidence_too_late"


def ask_to_submit(
    session: Session, *, chargeback_id: str, statement: str | None, asked_by: str, now: datetime
) -> Chargeback:
    """Write down that the evidence is to go to the bank, with a statement of ours where there is one. Asked again,
    nothing changes. Raises NoSuchChargeback, ChargebackDecided, EvidenceTooLate.
    """
    chargeback = queries.get_chargeback(session, chargeback_id, lock=True)
    if chargeback.submission_asked_at is not None:
        return chargeback
    _require_open(chargeback, ANSWERABLE)
    if chargeback.evidence_due_at is not None and chargeback.evidence_due_at <= now:
        raise EvidenceTooLate(evidence_due_at=chargeback.evidence_due_at.isoformat())
    chargeback.statement = statement
    chargeback.submission_asked_by, chargeback.submission_asked_at = asked_by, now
    session.flush()
    return chargeback


def ask_to_accept(session: Session, *, chargeback_id: str, asked_by: str, now: datetime) -> Chargeback:
    """Write down that we give in. Asked again, nothing changes. Raises NoSuchChargeback, ChargebackDecided."""
    chargeback = queries.get_chargeback(session, chargeback_id, lock=True)
    if chargeback.acceptance_asked_at is not None:
        return chargeback
    _require_open(chargeback, (Status.NEEDS_RESPONSE,))
    chargeback.acceptance_asked_by, chargeback.acceptance_asked_at = asked_by, now
    session.flush()
    return chargeback


def _require_open(chargeback: Chargeback, statuses: tuple[Status, ...]) -> None:
    answered = chargeback.submission_asked_at is not None or chargeback.acceptance_asked_at is not None
    if chargeback.status not in statuses or answered:
        raise ChargebackDecided(chargeback_status=chargeback.status)


def alarm(session: Session, *, chargeback_id: str, now: datetime) -> None:
    """Tell the office, once, that the time to answer ends soon."""
    chargeback = queries.get_chargeback(session, chargeback_id)
    _, invoice = payments.get_locked(session, chargeback.payment_id)
    chargeback = queries.get_chargeback(session, chargeback_id, lock=True)
    if chargeback.alarmed_at is None and queries.is_alarming(chargeback, now=now):
        chargeback.alarmed_at = now
        telling.tell_office(session, chargeback, invoice, what="due", now=now)
