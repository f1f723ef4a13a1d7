"""Ask a person to decide: refer a case, or write it off. Nothing here refers or writes off anything."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.core import ids
from server.dunning import queries
from server.dunning.models import Case, Proposal
from server.dunning.operations.cases import move
from server.dunning.rules import ProposalKind, Status


def propose(
    session: Session,
    case: Case,
    *,
    kind: ProposalKind,
    because: str,
    open_minor: int,
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
    proposal = Proposal(
        id=ids.new("ppl", now=now),
        case_id=case.id,
        action_id=action_id,
        kind=kind,
        because=because,
        open_minor=open_minor,
        proposed_by=proposed_by,
        proposed_at=now,
    )
    session.add(proposal)
    session.flush()
    return proposal
