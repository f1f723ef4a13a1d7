"""Confirm that legal steps are meant in a case, and withdraw it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.contacts.rules import Kind
from server.core.errors import Conflict, Unacceptable
from server.dunning import queries
from server.dunning.models import Case, LegalIntent
from server.dunning.operations import log
from server.dunning.operations.cases import CaseClosed
from server.dunning.queries.limitation import limitations
from server.invoices.models import Invoice


class LegalIntentExists(Conflict):
    """Legal steps are confirmed in this case already, or under this id in another."""

    code = "legal_intent_exists"


class LegalIntentMissing(Conflict):
    """Nobody confirmed that legal steps are meant in this case, or it was withdrawn."""

    code = "legal_intent_missing"


class NothingToSueFor(Unacceptable):
    """Nothing is owed in this case that can still be sued for."""

    code = "nothing_to_sue_for"


def confirm_intent(
    session: Session, *, intent_id: str, case_id: str, reason: str, confirmed_by: str, now: datetime
) -> LegalIntent:
    """Confirm, as somebody who decides, that legal steps follow where a case is not settled: from now on its final
    demand says so. The same id again is the same.

    Raises NoSuchCase, CaseClosed, LegalIntentExists, NothingToSueFor.
    """
    case = queries.get_case(session, case_id, lock=True)
    known = session.get(LegalIntent, intent_id)
    if known is not None:
        if (known.case_id, known.reason) != (case_id, reason):
            raise LegalIntentExists
        return known
    if case.closed_at is not None:
        raise CaseClosed
    if queries.intents_of(session, [case_id]):
        raise LegalIntentExists
    debtor = (case.customer_id, case.currency)
    owed = queries.list_open(session, queries.of_debtors([debtor])).get(debtor, [])
    bills = session.scalars(select(Invoice).where(Invoice.id.in_([each.invoice_id for each in owed])))
    today = queries.today_of(session, now=now)
    if all(limit["ends_on"] < today for limit in limitations(session, list(bills), now=now)):
        raise NothingToSueFor
    said = {"case_id": case_id, "cycle": case.cycle, "reason": reason}
    intent = LegalIntent(id=intent_id, **said, confirmed_by=confirmed_by, confirmed_at=now)
    session.add(intent)
    session.flush()
    _note(session, case, intent, Kind.LEGAL_INTENT_CONFIRMED, reason, by=confirmed_by, now=now)
    return intent


def withdraw_intent(session: Session, *, case_id: str, reason: str, withdrawn_by: str, now: datetime) -> LegalIntent:
    """Say that legal steps are meant no more: what was written with them and did not go yet is written anew.

    Raises NoSuchCase, LegalIntentMissing.
    """
    case = queries.get_case(session, case_id, lock=True)
    intent = queries.intents_of(session, [case_id]).get(case_id)
    if intent is None:
        raise LegalIntentMissing
    intent.withdrawn_by, intent.withdrawn_at, intent.withdrawn_because = withdrawn_by, now, reason
    session.flush()
    _note(session, case, intent, Kind.LEGAL_INTENT_WITHDRAWN, reason, by=withdrawn_by, now=now)
    return intent


def _note(
    session: Session, case: Case, intent: LegalIntent, kind: Kind, reason: str, *, by: str, now: datetime
) -> None:
    told: dict[str, str | int] = {"reason": reason, "cycle": case.cycle}
    log.note(session, case, kind, subject_id=intent.id, by=by, facts=told, now=now)
