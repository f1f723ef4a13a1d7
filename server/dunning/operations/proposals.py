"""Ask a person to decide: refer a case, or write it off; and do as they say."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from server.core import ids
from server.core.errors import Conflict
from server.dunning import queries
from server.dunning.models import Case, Proposal, Transition
from server.dunning.operations.cases import CaseClosed, move
from server.dunning.operations.checks import require_checks
from server.dunning.rules import PLANNER, QUIET, Before, Ending, ProposalKind, Status
from server.write_offs import operations as write_offs
from server.write_offs.models import WriteOff
from server.write_offs.rules import Status as WriteOffStatus


class NotProposed(Conflict):
    """Nobody proposed anything about this case, or it was decided since."""

    code = "not_proposed"


def propose(
    session: Session,
    case: Case,
    *,
    kind: ProposalKind,
    because: str,
    action_id: str | None = None,
    proposed_by: str,
    now: datetime,
) -> Proposal:
    """Ask for a decision about a locked case; nothing goes out of it until somebody decides.

    While a proposal waits, the same one is returned. Raises NotFromHere where the case may not go there.
    """
    waiting = queries.find_proposal(session, case.id)
    if waiting is not None:
        return waiting
    status = Status.WRITE_OFF_PENDING if kind is ProposalKind.WRITE_OFF else Status.REFERRAL_PENDING
    move(session, case, status, because=because, moved_by=proposed_by, now=now)
    debtor = (case.customer_id, case.currency)
    owed = queries.list_open(session, queries.of_debtors([debtor])).get(debtor, [])
    worth = queries.worth_of(session, case, owed, today=queries.today_of(session, now=now))
    proposal = Proposal(
        id=ids.new("ppl", now=now),
        case_id=case.id,
        action_id=action_id,
        kind=kind,
        because=because,
        open_minor=worth.open_minor,
        worth={**asdict(worth), "cost_minor": worth.cost_minor},
        proposed_by=proposed_by,
        proposed_at=now,
    )
    session.add(proposal)
    session.flush()
    return proposal


def propose_by_hand(
    session: Session, *, case_id: str, kind: ProposalKind, reason: str, proposed_by: str, now: datetime
) -> Case:
    """Ask, as a person, that a case be referred or written off. Raises NoSuchCase, CaseClosed, NotFromHere."""
    case = queries.get_case(session, case_id, lock=True)
    if case.closed_at is not None:
        raise CaseClosed
    propose(session, case, kind=ProposalKind(kind), because=reason, proposed_by=proposed_by, now=now)
    return case


def decide(session: Session, case: Case, *, decision: str, note: str, decided_by: str, now: datetime) -> Proposal:
    """Write down what was decided about the proposal of a locked case. Raises NotProposed."""
    proposal = queries.find_proposal(session, case.id)
    if proposal is None:
        raise NotProposed
    proposal.decision, proposal.note = decision, note
    proposal.decided_by, proposal.decided_at = decided_by, now
    session.flush()
    return proposal


def reject(session: Session, *, case_id: str, note: str, rejected_by: str, now: datetime) -> Case:
    """Turn a proposal down: the case goes on where it had stopped. Raises NoSuchCase, NotProposed."""
    case = queries.get_case(session, case_id, lock=True)
    decide(session, case, decision="rejected", note=note, decided_by=rejected_by, now=now)
    move_back(session, case, because="rejected", note=note, moved_by=rejected_by, now=now)
    return case


def write_off(session: Session, *, case_id: str, write_off_id: str, reason: str, asked_by: str, now: datetime) -> Case:
    """Ask, as the first of two people, to let go what a case is about. Nothing goes out of it until the second decides.

    Somebody looked at our own side before. The same id again is the same. Raises NoSuchCase, CaseClosed, ChecksOpen,
    NotFromHere, and what write_offs.ask raises.
    """
    case = queries.get_case(session, case_id, lock=True)
    known = session.get(WriteOff, write_off_id)
    if known is None:
        if case.closed_at is not None:
            raise CaseClosed
        require_checks(session, case, Before.WRITE_OFF)
        if queries.find_proposal(session, case_id) is not None:
            decide(session, case, decision="write_off", note=reason, decided_by=asked_by, now=now)
        if case.status is not Status.WRITE_OFF_PENDING:
            move(session, case, Status.WRITE_OFF_PENDING, because="write_off", note=reason, moved_by=asked_by, now=now)
    debtor = {"customer_id": case.customer_id, "currency": case.currency}
    write_offs.ask(session, write_off_id=write_off_id, **debtor, reason=reason, asked_by=asked_by, now=now)
    return case


def move_back(
    session: Session, case: Case, *, because: str, note: str | None = None, moved_by: str, now: datetime
) -> None:
    """Let a locked case that waited for a decision, or was somebody else's, go on where it had stopped. One that
    somebody else has while we thought of letting it go stays with them."""
    quiet = select(Transition.from_status).where(Transition.case_id == case.id, Transition.to_status.in_(QUIET))
    newest = quiet.order_by(Transition.moved_at.desc(), Transition.id.desc()).limit(1)
    stopped = session.scalars(newest).first()
    if case.status is not Status.WRITE_OFF_PENDING or stopped != Status.REFERRED:
        stopped = session.scalars(newest.where(Transition.from_status.not_in(QUIET))).first()
    move(session, case, Status(stopped or Status.ACTIVE), because=because, note=note, moved_by=moved_by, now=now)


def follow_write_offs(session: Session, *, now: datetime) -> None:
    """Let cases wait of which a write-off was asked for, and go on where it was turned down; close as recovered what
    was let go and paid after all: whoever did so need not know of cases."""
    for case in queries.list_recovered(session):
        move(session, case, Status.CLOSED, because=Ending.RECOVERED, ending=Ending.RECOVERED, moved_by=PLANNER, now=now)
    asked = exists().where(
        WriteOff.customer_id == Case.customer_id,
        WriteOff.currency == Case.currency,
        WriteOff.status == WriteOffStatus.ASKED,
    )
    chased = select(Case).where(Case.status.in_((Status.ACTIVE, Status.FINAL_DEMAND)), Case.closed_at.is_(None), asked)
    for case in session.scalars(chased.order_by(Case.id).with_for_update(skip_locked=True)).all():
        move(session, case, Status.WRITE_OFF_PENDING, because="write_off", moved_by=PLANNER, now=now)
    proposed = exists().where(Proposal.case_id == Case.id, Proposal.decided_at.is_(None))
    over = select(Case).where(Case.status == Status.WRITE_OFF_PENDING, Case.closed_at.is_(None), ~asked, ~proposed)
    for case in session.scalars(over.order_by(Case.id).with_for_update(skip_locked=True)).all():
        move_back(session, case, because="write_off_rejected", moved_by=PLANNER, now=now)
