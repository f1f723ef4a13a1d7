"""What the law allows in a case, and until when debts can be sued for."""

from __future__ import annotations

from typing import Any

from schemas.law import CaseLaw, Limitation, LimitationList, NoteAct
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.dunning import queries
from server.dunning.operations.limitation import note_act as note_limitation_act
from server.dunning.queries import lawful, limitation
from server.dunning.routes.blueprint import blueprint
from server.law.rules import Interruption


@blueprint.get("/cases/<case_id>/law")
@allow(Role.OFFICE)
@blueprint.response(200, CaseLaw)
def get_case_law(case_id: str) -> dict[str, Any]:
    """Say by which channels the customer of a case may be contacted now, and by which rule not."""
    with transaction() as session:
        return lawful.case_law(session, queries.get_case(session, case_id), at=clock.now())


@blueprint.get("/limitations")
@allow(Role.OFFICE)
@blueprint.response(200, LimitationList)
def list_limitations() -> dict[str, Any]:
    """List the unpaid invoices whose limitation rings an alarm, the first to end first."""
    with transaction() as session:
        return {"items": limitation.list_alarms(session, now=clock.now()), "next_cursor": None}


@blueprint.get("/limitations/<invoice_id>")
@allow(Role.OFFICE)
@blueprint.response(200, Limitation)
def get_limitation(invoice_id: str) -> dict[str, Any]:
    """Say until when an invoice can be sued for."""
    with transaction() as session:
        return limitation.limitation_of(session, invoice_id, now=clock.now())


@blueprint.post("/limitations/<invoice_id>/acts")
@allow(Role.OFFICE)
@blueprint.arguments(NoteAct)
@blueprint.response(201, Limitation)
def note_act(wanted: dict[str, Any], invoice_id: str) -> dict[str, Any]:
    """Note what may begin the limitation of a debt again; whether it does is for the place's row to say."""
    now = clock.now()
    kind = Interruption(wanted.pop("kind"))
    with transaction() as session:
        note_limitation_act(session, invoice_id=invoice_id, kind=kind, **wanted, noted_by=caller().principal, now=now)
        return limitation.limitation_of(session, invoice_id, now=now)
