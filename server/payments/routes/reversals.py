"""HTTP for money that was recorded by hand and did not come."""

from __future__ import annotations

from typing import Any

from schemas import payments as wire
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, problems
from server.core.database import transaction
from server.payments import operations, queries
from server.payments.routes.blueprint import blueprint


@blueprint.post("/payments/<payment_id>/reversal")
@allow(Role.OFFICE)
@blueprint.arguments(wire.Reverse)
@blueprint.response(201, wire.Payment)
def reverse_payment(wanted: dict[str, Any], payment_id: str) -> dict[str, Any]:
    """Reverse cash, a cheque or a transfer: it bounced, was returned, or was recorded by mistake.

    The payment keeps its `status`, with `reversed_at`; its amount is owed again and the customer is told.
    """
    with transaction() as session:
        reversed_now = operations.reverse_payment(
            session, **wanted, payment_id=payment_id, reversed_by=caller().principal, now=clock.now()
        )
        return queries.sheets(session, [reversed_now], locale=problems.language())[0]
