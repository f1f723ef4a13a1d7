"""HTTP for the office: promises to pay."""

from __future__ import annotations

from typing import Any

from schemas.arrangements import GivePromise
from schemas.dunning import CaseSheet
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.dunning import operations, queries
from server.dunning.routes.blueprint import blueprint
from server.dunning.rules import Source


@blueprint.post("/cases/<case_id>/promises")
@allow(Role.OFFICE)
@blueprint.arguments(GivePromise)
@blueprint.response(201, CaseSheet)
def give_promise(wanted: dict[str, Any], case_id: str) -> dict[str, Any]:
    """Write down that the customer will pay by the end of a day; the case rests until then."""
    now = clock.now()
    with transaction() as session:
        operations.promise(
            session, case_id=case_id, **wanted, source=Source.OFFICE, made_by=caller().principal, now=now
        )
        return queries.get_sheet(session, case_id, today=queries.today_of(session, now=now))


@blueprint.post("/cases/<case_id>/promises/<promise_id>/cancellation")
@allow(Role.OFFICE)
@blueprint.response(200, CaseSheet)
def cancel_promise(case_id: str, promise_id: str) -> dict[str, Any]:
    """Take a promise as not given. The case goes on at the step where it rested."""
    now = clock.now()
    with transaction() as session:
        operations.cancel_promise(session, case_id=case_id, promise_id=promise_id, now=now)
        return queries.get_sheet(session, case_id, today=queries.today_of(session, now=now))
