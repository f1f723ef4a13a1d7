"""HTTP for those who decide: whether legal steps are meant in a case."""

from __future__ import annotations

from typing import Any

from schemas.dunning import CaseSheet, ConfirmLegalIntent, WithdrawLegalIntent
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.dunning import operations, queries
from server.dunning.routes.blueprint import blueprint


@blueprint.post("/cases/<case_id>/legal_intent")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.arguments(ConfirmLegalIntent)
@blueprint.response(201, CaseSheet)
def confirm_intent(wanted: dict[str, Any], case_id: str) -> dict[str, Any]:
    """Confirm that legal steps follow where a case is not settled. Its final demand says so from now on."""
    now = clock.now()
    with transaction() as session:
        operations.confirm_intent(session, case_id=case_id, **wanted, confirmed_by=caller().principal, now=now)
        return queries.get_sheet(session, case_id, today=queries.today_of(session, now=now))


@blueprint.post("/cases/<case_id>/legal_intent/withdrawal")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.arguments(WithdrawLegalIntent)
@blueprint.response(200, CaseSheet)
def withdraw_intent(wanted: dict[str, Any], case_id: str) -> dict[str, Any]:
    """Say that legal steps are meant no more. What did not go out yet is written anew, without them."""
    now = clock.now()
    with transaction() as session:
        operations.withdraw_intent(session, case_id=case_id, **wanted, withdrawn_by=caller().principal, now=now)
        return queries.get_sheet(session, case_id, today=queries.today_of(session, now=now))
