"""HTTP for tips."""

from __future__ import annotations

from typing import Any

from schemas import tips as wire
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.payments import flows, models, operations, queries
from server.payments.routes.blueprint import blueprint
from server.payments.rules import Method


@blueprint.get("/tips")
@allow(Role.OFFICE)
@blueprint.arguments(wire.TipsFilter, location="query")
@blueprint.response(200, wire.TipList)
def list_tips(wanted: dict[str, Any]) -> dict[str, Any]:
    """List what each technician got in tips from a day to another, what they were paid of it, and what is held."""
    with transaction() as session:
        return {"items": queries.tips_of(session, **wanted), "next_cursor": None}


@blueprint.put("/tips/options")
@allow(Role.OFFICE)
@blueprint.arguments(wire.TipOptions)
@blueprint.response(200, wire.TipOptions)
def set_tips(wanted: dict[str, Any]) -> dict[str, Any]:
    """Offer tips on every card reader, by currency; without any, stop. Readers follow within minutes."""
    flows.set_tips(tips=wanted["tips"])
    return wanted


@blueprint.post("/tips/payouts")
@allow(Role.OFFICE)
@blueprint.arguments(wire.NewTipPayout)
@blueprint.response(201, wire.TipPayout)
def pay_out_tips(wanted: dict[str, Any]) -> models.TipPayout:
    """Record that a technician was paid their tips, or a part of them."""
    with transaction() as session:
        return operations.pay_out_tips(
            session, **{**wanted, "method": Method(wanted["method"])}, paid_by=caller().principal, now=clock.now()
        )
