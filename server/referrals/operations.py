"""Hand a debt over, and take it back."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.contacts import operations as contacts
from server.contacts.rules import Kind
from server.core.errors import Conflict, Unacceptable
from server.customers import queries as customers
from server.dunning import operations as dunning
from server.dunning import queries as cases
from server.dunning.models import Case, Transition
from server.dunning.rules import Before
from server.dunning.rules import Status as CaseStatus
from server.referrals import queries
from server.referrals.models import Agency, NoAgency, Referral, ReferredDebt
from server.referrals.rules import AgencyKind, Status


class AgencyExists(Conflict):
    """There already is another agency with this id."""

    code = "agency_exists"


class AgencyLeft(Unacceptable):
    """Nothing is handed to this agency any more."""

    code = "agency_left"


class NeverReferred(Conflict):
    """This customer is never handed to an agency. A lawyer or a payment plan is left, or letting go."""

    code = "never_referred"


class ReferralExists(Conflict):
    """There already is another referral with this id."""

    code = "referral_exists"


class ReferralNotProposed(Conflict):
    """Nobody proposed to refer this case, or it was decided since."""

    code = "referral_not_proposed"


class NothingToRefer(Unacceptable):
    """Nothing is owed in this case that its customer does not object to."""

    code = "nothing_to_refer"


class ReferralOver(Conflict):
    """This referral is over."""

    code = "referral_over"


def add_agency(
    session: Session,
    *,
    agency_id: str,
    kind: AgencyKind,
    name: str,
    email: str | None,
    commission_bp: int,
    now: datetime,
) -> Agency:
    """Note an agency; the same again is the same. Raises AgencyExists."""
    known = session.get(Agency, agency_id)
    said = (kind, name, email, commission_bp)
    if known is not None:
        if (known.kind, known.name, known.email, known.commission_bp) != said:
            raise AgencyExists
        return known
    agency = Agency(
        id=agency_id, kind=AgencyKind(kind), name=name, email=email, commission_bp=commission_bp, created_at=now
    )
    session.add(agency)
    session.flush()
    return agency


def leave_agency(session: Session, *, agency_id: str, now: datetime) -> Agency:
    """Hand nothing to an agency any more; what is there stays there. Raises NoSuchAgency."""
    agency = queries.get_agency(session, agency_id)
    agency.closed_at = agency.closed_at or now
    session.flush()
    return agency


def bar(session: Session, *, customer_id: str, reason: str, set_by: str, now: datetime) -> None:
    """Never hand a customer to an agency. Raises NoSuchCustomer."""
    customers.get_customer(session, customer_id)
    session.merge(NoAgency(customer_id=customer_id, reason=reason, set_by=set_by, set_at=now))
    session.flush()


def lift_bar(session: Session, *, customer_id: str) -> None:
    """Let a customer be handed to an agency again."""
    barred = queries.find_no_agency(session, customer_id)
    if barred is not None:
        session.delete(barred)
        session.flush()


def refer(
    session: Session, *, referral_id: str, case_id: str, agency_id: str, note: str, approved_by: str, now: datetime
) -> Referral:
    """Approve that a case goes to an agency, with all that is past due and not objected to.

    From then on nothing goes out of the case from here. The same id again is the same. Raises ReferralExists,
    NoSuchCase, NoSuchAgency, AgencyLeft, NeverReferred, ReferralNotProposed, ChecksOpen, NothingToRefer.
    """
    case = cases.get_case(session, case_id, lock=True)
    known = session.get(Referral, referral_id)
    if known is not None:
        if (known.case_id, known.agency_id) != (case_id, agency_id):
            raise ReferralExists
        return known
    agency = queries.get_agency(session, agency_id)
    if agency.closed_at is not None:
        raise AgencyLeft
    if agency.kind is AgencyKind.AGENCY and queries.find_no_agency(session, case.customer_id) is not None:
        raise NeverReferred
    if case.status is not CaseStatus.REFERRAL_PENDING:
        raise ReferralNotProposed
    dunning.require_checks(session, case, Before.REFERRAL)
    debtor = (case.customer_id, case.currency)
    owed = cases.list_open(session, cases.of_debtors([debtor]), for_share=True).get(debtor, [])
    debts = [
        ReferredDebt(invoice_id=invoice.invoice_id, amount_minor=invoice.demanded_minor)
        for invoice in cases.asked_for(owed, today=cases.today_of(session, now=now))
    ]
    if not debts:
        raise NothingToRefer
    dunning.decide(session, case, decision="referred", note=note, decided_by=approved_by, now=now)
    dunning.move(
        session, case, CaseStatus.REFERRED, because=agency.kind.value, note=note, moved_by=approved_by, now=now
    )
    referral = Referral(
        id=referral_id,
        case_id=case_id,
        agency_id=agency_id,
        customer_id=case.customer_id,
        currency=case.currency,
        commission_bp=agency.commission_bp,
        status=Status.REFERRED,
        note=note,
        approved_by=approved_by,
        created_at=now,
        debts=debts,
    )
    session.add(referral)
    session.flush()
    _note(session, referral, by=approved_by, now=now)
    return referral


def record_handover(session: Session, *, referral_id: str, pack: bytes, by: str, now: datetime) -> Referral:
    """Write down which pack was handed over, by its hash. Raises NoSuchReferral, ReferralOver."""
    referral = queries.get_referral(session, referral_id, lock=True)
    if referral.status is not Status.REFERRED:
        raise ReferralOver
    referral.pack_sha256, referral.handed_over_at = hashlib.sha256(pack).hexdigest(), now
    session.flush()
    _note(session, referral, by=by, now=now)
    return referral


def recall(session: Session, *, referral_id: str, reason: str, recalled_by: str, now: datetime) -> Referral:
    """Take a case back: it goes on here where it had stopped. Told again, it was done once.

    Raises NoSuchReferral, ReferralOver.
    """
    case = cases.get_case(session, queries.get_referral(session, referral_id).case_id, lock=True)
    referral = queries.get_referral(session, referral_id, lock=True)
    if referral.status is Status.RECALLED:
        return referral
    if referral.status is Status.ENDED or case.status is not CaseStatus.REFERRED:
        raise ReferralOver
    _end(referral, Status.RECALLED, because=reason, by=recalled_by, now=now)
    dunning.move_back(session, case, because="recalled", note=reason, moved_by=recalled_by, now=now)
    _note(session, referral, by=recalled_by, now=now)
    return referral


def end_settled(session: Session, *, now: datetime) -> None:
    """End the referrals of cases that are closed: nothing is owed there any more.

    Each ended when its case did, however late that is noticed: what comes in after a write-off is not theirs.
    """
    closed = select(Transition).where(
        Transition.case_id == Referral.case_id,
        Transition.to_status == CaseStatus.CLOSED,
        Transition.moved_at >= Referral.created_at,
    )
    first = closed.order_by(Transition.moved_at, Transition.id).limit(1)
    over = update(Referral).where(Referral.status == Status.REFERRED, Referral.case_id == Case.id)
    values = {
        "status": Status.ENDED,
        "ended_at": first.with_only_columns(Transition.moved_at).scalar_subquery(),
        "ended_because": first.with_only_columns(Transition.because).scalar_subquery(),
    }
    ended = session.scalars(over.where(Case.closed_at.is_not(None)).values(values).returning(Referral.id)).all()
    for referral_id in ended:
        _note(session, session.get_one(Referral, referral_id, populate_existing=True), by="", now=now)


def _end(referral: Referral, status: Status, *, because: str, by: str, now: datetime) -> None:
    referral.status, referral.ended_because = status, because
    referral.ended_by, referral.ended_at = by, now


def _note(session: Session, referral: Referral, *, by: str, now: datetime) -> None:
    contacts.note(
        session,
        kind=Kind.REFERRAL,
        subject_id=referral.id,
        customer_id=referral.customer_id,
        case_id=referral.case_id,
        by=by,
        facts={
            "currency": referral.currency,
            "agency_id": referral.agency_id,
            "status": referral.status.value,
            "amount_minor": sum(debt.amount_minor for debt in referral.debts),
            "pack_sha256": referral.pack_sha256,
            "because": referral.ended_because,
        },
        now=now,
    )
