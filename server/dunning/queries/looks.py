"""What is to be done today about each open case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.dunning import rules
from server.dunning.models import Case
from server.dunning.queries.among import among
from server.dunning.queries.cases import find_open_cases
from server.dunning.queries.debts import Debtor, Open, debts_of, list_open, of_late_debtors
from server.dunning.queries.plans import get_plans
from server.dunning.rules import Reason


@dataclass(frozen=True, kw_only=True)
class Look:
    """What looking at a case found: the step to take now, or the reason for not taking one."""

    case: Case
    step: int | None
    channel: str | None
    template: str | None
    open_minor: int
    reason: Reason | None


def look(session: Session, invoices: dict[Debtor, list[Open]], cases: dict[Debtor, Case], *, today: date) -> list[Look]:
    """Return what is to be done today about each open case: by which step, or why nothing is."""
    debts = debts_of(session, invoices, cases, today=today)
    plans = get_plans(session, {case.plan_id for case in cases.values()})
    unreachable = _without_address(session, {customer_id for customer_id, _ in debts})
    looks = []
    for debtor, case in cases.items():
        debt, plan = debts.get(debtor), plans[case.plan_id]
        step = rules.next_step(debt, plan, today=today) if debt else None
        treatment = None
        if debt and step:
            treatment = rules.treatment(step, plan, open_minor=debt.open_minor, currency=debtor[1])
        reason = rules.waits_because(debt, plan, today=today) if debt else Reason.NOTHING_OPEN
        if treatment is not None and treatment.template not in rules.WRITABLE:
            reason = Reason.CHANNEL_NOT_AVAILABLE
        elif treatment is not None and debtor[0] in unreachable:
            reason = Reason.NO_ADDRESS
        looks.append(
            Look(
                case=case,
                step=step.seq if step else None,
                channel=treatment.channel if treatment else None,
                template=treatment.template if treatment else None,
                open_minor=debt.open_minor if debt else 0,
                reason=reason,
            )
        )
    return looks


def look_at_all(session: Session, *, today: date) -> list[Look]:
    """Look at every open case that is past due."""
    invoices = list_open(session, of_late_debtors(today=today))
    cases = {debtor: case for debtor, case in find_open_cases(session).items() if debtor in invoices}
    return look(session, invoices, cases, today=today)


def _without_address(session: Session, customer_ids: Collection[str]) -> set[str]:
    nowhere = select(Customer.id).where(Customer.email.is_(None), among(Customer.id, customer_ids))
    return set(session.scalars(nowhere))
