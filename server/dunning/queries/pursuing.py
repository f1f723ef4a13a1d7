"""What pursuing an open case is worth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from server.business import queries as business
from server.dunning import rules
from server.dunning.models import Case
from server.dunning.queries.debts import Open, debts_of
from server.dunning.queries.looks import reach_of
from server.dunning.queries.plans import get_plans
from server.dunning.queries.recovery import curves
from server.dunning.rules.pursuing import Worth, worth


def worth_of(session: Session, case: Case, owed: Sequence[Open], *, today: date) -> Worth:
    """Return what pursuing a case is worth on a day, of what is `owed` in it and nobody objects to."""
    debtor = (case.customer_id, case.currency)
    debt = debts_of(session, {debtor: list(owed)}, {debtor: case}, today=today).get(debtor) if owed else None
    left = rules.treatments_left(debt, get_plans(session, [case.plan_id])[case.plan_id]) if debt else []
    return worth(
        [(invoice.demanded_minor, (today - invoice.due_on).days) for invoice in owed],
        reach_of(session, case).ways(left),
        shares=curves(session, on=today)[case.currency],
        currency=case.currency,
        home=business.get_profile(session).currency,
    )
