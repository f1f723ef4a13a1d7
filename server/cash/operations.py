"""Hand cash and cheques over, count them, pay them in: the books follow the count, never the claim."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from server.access import queries as access
from server.access.models import Staff
from server.business.models import BUSINESS_ID, Business
from server.cash import queries, rules
from server.cash.models import BankedCheque, Banking, HandedCheque, Handover
from server.cash.queries import OFFICE
from server.cash.rules import HandoverStatus
from server.core import ids
from server.core.errors import Conflict, Forbidden, Unacceptable
from server.ledger import operations as ledger
from server.ledger import queries as books
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.payments.models import Payment


class HandoverExists(Conflict):
    """There is another handover under this id."""

    code = "handover_exists"


class HandoverDecided(Conflict):
    """This handover was countersigned or turned down already."""

    code = "handover_decided"


class HandoverEmpty(Unacceptable):
    """Say how much cash it is, or which cheques."""

    code = "handover_empty"


class CashTooHigh(Unacceptable):
    """This is more cash than the books say is there."""

    code = "cash_too_high"


class ChequeElsewhere(Conflict):
    """One of these cheques is not there: it was handed over, paid in or reversed."""

    code = "cheque_elsewhere"


class CountersignerNeeded(Forbidden):
    """Somebody else than who handed the money over must count it."""

    code = "countersigner_needed"


class DifferenceUnexplained(Unacceptable):
    """What was counted is not what was handed over: say why."""

    code = "difference_unexplained"


class BankingExists(Conflict):
    """Something else was paid in under this id."""

    code = "banking_exists"


def hand_over(
    session: Session,
    *,
    handover_id: str,
    technician_id: str,
    amount_minor: int,
    currency: str,
    cheques: Collection[str] = (),
    handed_by: str,
    now: datetime,
) -> Handover:
    """Write down that a technician hands cash and cheques over. The books do not move before it is countersigned.

    The same id again is the same handover. Raises TechnicianNotFound, HandoverExists, HandoverEmpty, CashTooHigh,
    ChequeElsewhere.
    """
    access.get_technician(session, technician_id)
    # One handover of a float at a time: each sees what the one before claims.
    session.get_one(Staff, technician_id, with_for_update={"key_share": True}, populate_existing=True)
    known = session.get(Handover, handover_id)
    if known is not None:
        said = (known.technician_id, known.amount_minor, known.currency, [it.payment_id for it in known.cheques])
        if said != (technician_id, amount_minor, currency, sorted(set(cheques))):
            raise HandoverExists
        return known
    if not amount_minor and not cheques:
        raise HandoverEmpty
    free_minor = queries.free_minor(session, technician_id, currency)
    if amount_minor and amount_minor > free_minor:
        raise CashTooHigh(held_minor=max(free_minor, 0), currency=currency)
    _require_cheques(session, cheques, held_by=technician_id, currency=currency)
    handover = Handover(
        id=handover_id,
        technician_id=technician_id,
        status=HandoverStatus.WAITING,
        amount_minor=amount_minor,
        currency=currency,
        handed_by=handed_by,
        created_at=now,
        cheques=[HandedCheque(payment_id=payment_id) for payment_id in sorted(set(cheques))],
    )
    session.add(handover)
    session.flush()
    return handover


def countersign(
    session: Session,
    *,
    handover_id: str,
    counted_minor: int,
    reason: str | None = None,
    countersigned_by: str,
    now: datetime,
) -> Handover:
    """Take a handover into the office's drawer as it was counted, with all its cheques. A difference needs a reason
    and is booked as cash over or short. Doing it again changes nothing.

    Raises NoSuchHandover, CountersignerNeeded, HandoverDecided, DifferenceUnexplained.
    """
    handover = queries.get_handover_locked(session, handover_id)
    if (handover.decided_by, handover.counted_minor, handover.reason) == (countersigned_by, counted_minor, reason):
        return handover
    _require_other_person(session, handover, countersigned_by)
    session.get_one(Staff, handover.technician_id, with_for_update={"key_share": True}, populate_existing=True)
    held_minor = books.balance_of(session, Kind.CASH, handover.technician_id, handover.currency)
    # Less than was claimed where a payment of it was reversed meanwhile.
    expected_minor = min(handover.amount_minor, max(held_minor, 0))
    if counted_minor != expected_minor and not reason:
        raise DifferenceUnexplained(expected_minor=expected_minor, counted_minor=counted_minor)
    passed = queries.lock_cheques(
        session,
        [cheque.payment_id for cheque in handover.cheques],
        held_by=handover.technician_id,
        currency=handover.currency,
        unclaimed=False,
    )
    _post_count(session, handover, passed, counted_minor=counted_minor, expected_minor=expected_minor, now=now)
    for cheque in passed:
        cheque.held_by = OFFICE
    handover.status = HandoverStatus.COUNTERSIGNED
    handover.expected_minor, handover.counted_minor, handover.reason = expected_minor, counted_minor, reason
    handover.decided_by, handover.decided_at = countersigned_by, now
    session.flush()
    return handover


def _post_count(
    session: Session,
    handover: Handover,
    cheques: Sequence[Payment],
    *,
    counted_minor: int,
    expected_minor: int,
    now: datetime,
) -> None:
    count = rules.read_count(counted_minor, expected_minor=expected_minor)
    technician, office = (Kind.CASH, handover.technician_id), (Kind.CASH, OFFICE)
    difference = (Kind.CASH_DIFFERENCE, handover.technician_id)
    ledger.post(
        session,
        entry_id=ids.derived("ent", "handed_over", handover.id),
        reason="handed_over",
        about=handover.id,
        currency=handover.currency,
        moves=[
            Move(count.passed_minor, debit=office, credit=technician),
            Move(count.short_minor, debit=difference, credit=technician),
            Move(count.over_minor, debit=office, credit=difference),
            Move(
                sum(cheque.amount_minor for cheque in cheques),
                debit=(Kind.CHEQUES, OFFICE),
                credit=(Kind.CHEQUES, handover.technician_id),
            ),
        ],
        happened_at=now,
        now=now,
    )


def reject(session: Session, *, handover_id: str, reason: str, rejected_by: str, now: datetime) -> Handover:
    """Turn a handover down: everything stays in the technician's float. Doing it again changes nothing.

    Raises NoSuchHandover, CountersignerNeeded, HandoverDecided.
    """
    handover = queries.get_handover_locked(session, handover_id)
    said = (handover.status, handover.decided_by, handover.reason)
    if said == (HandoverStatus.REJECTED, rejected_by, reason):
        return handover
    _require_other_person(session, handover, rejected_by)
    handover.status, handover.reason = HandoverStatus.REJECTED, reason
    handover.decided_by, handover.decided_at = rejected_by, now
    session.flush()
    return handover


def _require_other_person(session: Session, handover: Handover, decided_by: str) -> None:
    if access.are_one_person(session, handover.handed_by, decided_by):
        raise CountersignerNeeded
    if handover.status is not HandoverStatus.WAITING:
        raise HandoverDecided(handover_status=handover.status)


def _require_cheques(session: Session, wanted: Collection[str], *, held_by: str, currency: str) -> list[Payment]:
    found = queries.lock_cheques(session, wanted, held_by=held_by, currency=currency, unclaimed=True)
    if missing := sorted(set(wanted) - {cheque.id for cheque in found}):
        raise ChequeElsewhere(payment_ids=missing)
    return found


def pay_in(
    session: Session,
    *,
    banking_id: str,
    amount_minor: int,
    currency: str,
    cheques: Collection[str] = (),
    reference: str | None = None,
    paid_in_by: str,
    now: datetime,
) -> Banking:
    """Write down that cash and cheques of the office were paid in at the bank, and book it.

    The same id again is the same. Raises BankingExists, HandoverEmpty, CashTooHigh, ChequeElsewhere.
    """
    session.get_one(Business, BUSINESS_ID, with_for_update={"key_share": True}, populate_existing=True)
    known = session.get(Banking, banking_id)
    if known is not None:
        said = (known.amount_minor, known.currency, known.reference, [it.payment_id for it in known.cheques])
        if said != (amount_minor, currency, reference, sorted(set(cheques))):
            raise BankingExists
        return known
    if not amount_minor and not cheques:
        raise HandoverEmpty
    held_minor = books.balance_of(session, Kind.CASH, OFFICE, currency)
    if amount_minor > max(held_minor, 0):
        raise CashTooHigh(held_minor=max(held_minor, 0), currency=currency)
    paid_in = _require_cheques(session, cheques, held_by=OFFICE, currency=currency)
    banking = Banking(
        id=banking_id,
        amount_minor=amount_minor,
        currency=currency,
        reference=reference,
        paid_in_by=paid_in_by,
        created_at=now,
        cheques=[BankedCheque(payment_id=cheque.id) for cheque in paid_in],
    )
    session.add(banking)
    for cheque in paid_in:
        cheque.banked_at = now
    cheques_minor = sum(cheque.amount_minor for cheque in paid_in)
    ledger.post(
        session,
        entry_id=ids.derived("ent", "paid_in", banking.id),
        reason="paid_in",
        about=banking.id,
        currency=currency,
        moves=[
            Move(amount_minor, debit=(Kind.BANK, ""), credit=(Kind.CASH, OFFICE)),
            Move(cheques_minor, debit=(Kind.BANK, ""), credit=(Kind.CHEQUES, OFFICE)),
        ],
        happened_at=now,
        now=now,
    )
    session.flush()
    return banking
