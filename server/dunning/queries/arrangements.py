"""What was arranged in a case, for its page and the wire."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.dunning.models import Case
from server.dunning.queries.disputes import list_disputes, list_open_chargebacks
from server.dunning.queries.instalments import list_payment_plans, plan_sheet
from server.dunning.queries.pauses import list_pauses
from server.dunning.queries.promises import count_broken, list_let_down, list_promises
from server.invoices.models import Invoice
from server.invoices.rules import UNPAID


def arrangements(session: Session, case: Case, *, today: date) -> dict[str, Any]:
    """Return why a case rests, its promises, the objections to its invoices and how often words were broken.

    `chargebacks` are objections made at a bank: each is {"chargeback_id", "invoice_id", "amount_minor", "reason"}.
    """
    theirs = select(Invoice.id).where(Invoice.customer_id == case.customer_id, Invoice.currency == case.currency)
    unpaid = list(session.scalars(theirs.where(Invoice.status.in_(UNPAID))))
    # A payment that a bank takes back may have paid its invoice in full.
    everything = list(session.scalars(theirs.where(Invoice.due_on < today)))
    return {
        "pauses": list_pauses(session, [case], today=today).get(case.id, []),
        "promises": list_promises(session, case.id),
        "payment_plans": [plan_sheet(session, plan) for plan in list_payment_plans(session, case.id)],
        "disputes": list_disputes(session, {*unpaid, *everything}),
        "chargebacks": [
            {
                "chargeback_id": chargeback.id,
                "invoice_id": invoice_id,
                "amount_minor": chargeback.amount_minor,
                "reason": chargeback.reason,
            }
            for chargeback, invoice_id in list_open_chargebacks(session, everything)
        ],
        "broken_promises": count_broken(session, [case]).get(case.id, 0),
        "is_let_down": case.id in list_let_down(session, [case]),
    }
