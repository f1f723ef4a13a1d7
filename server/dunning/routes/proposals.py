"""HTTP for the office: what somebody has to decide about a case."""

from __future__ import annotations

from typing import Any

from schemas.dunning import AskToWriteOff, CaseSheet, Propose, RejectProposal
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.dunning import operations, queries
from server.dunning.routes.blueprint import blueprint


@blueprint.post("/cases/<case_id>/proposals")
@allow(Role.OFFICE)
@blueprint.arguments(Propose)
@blueprint.response(201, CaseSheet)
def propose(wanted: dict[str, Any], case_id: str) -> dict[str, Any]:
    """Ask that a case be referred or written off. Nothing goes out of it until somebody decides."""
    now = clock.now()
    with transaction() as session:
        operations.propose_by_hand(session, case_id=case_id, **wanted, proposed_by=caller().principal, now=now)
        return queries.get_sheet(session, case_id, today=queries.today_of(session, now=now))


@blueprint.post("/cases/<case_id>/proposals/rejection")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.arguments(RejectProposal)
@blueprint.response(200, CaseSheet)
def reject(wanted: dict[str, Any], case_id: str) -> dict[str, Any]:
    """Turn what was proposed down. The case goes on where it had stopped."""
    now = clock.now()
    with transaction() as session:
        operations.reject(session, case_id=case_id, **wanted, rejected_by=caller().principal, now=now)
        return queries.get_sheet(session, case_id, today=queries.today_of(session, now=now))


@blueprint.post("/cases/<case_id>/write_off")
@allow(Role.OFFICE)
@blueprint.arguments(AskToWriteOff)
@blueprint.response(201, CaseSheet)
def write_off(wanted: dict[str, Any], case_id: str) -> dict[str, Any]:
    """Ask, as the first of two people, to let go what a case is about. See /write_offs for the second."""
    now = clock.now()
    with transaction() as session:
        operations.write_off(session, case_id=case_id, **wanted, asked_by=caller().principal, now=now)
        return queries.get_sheet(session, case_id, today=queries.today_of(session, now=now))
