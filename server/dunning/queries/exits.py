"""Which cases leave their plan for a person's decision."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import clock
from server.core.database import among
from server.dunning import rules
from server.dunning.models import Case, Transition
from server.dunning.queries.debts import Debtor, Open
from server.dunning.queries.limitation import YOUNGEST, limitations
from server.dunning.queries.recovery import curves
from server.dunning.rules import QUIET, Channel, Debt, Exit, Patience, Plan
from server.dunning.rules.pursuing import worth
from server.invoices.models import Invoice
from server.standing import queries as standing

# Calls since the customer last answered, promised, objected, agreed to parts or paid.
_UNANSWERED = text("""
    SELECT c.id, (
        SELECT count(*) FROM dunning_calls l JOIN dunning_actions a ON a.id = l.action_id
        WHERE l.case_id = c.id AND a.cycle = c.cycle AND l.called_at > last.answered_at
    ) AS calls
    FROM dunning_cases c CROSS JOIN LATERAL (
        SELECT greatest(c.created_at, max(happened_at)) AS answered_at FROM (
            SELECT happened_at FROM contact_log WHERE customer_id = c.customer_id AND (
                kind IN ('promise_made', 'plan_agreed', 'dispute_opened', 'survey_answered')
                OR kind = 'call_closed' AND facts ->> 'outcome' IN ('reached', 'promise', 'dispute', 'refused'))
            UNION ALL
            SELECT l.happened_at FROM contact_log l JOIN invoices i ON i.id = l.invoice_id
            WHERE i.customer_id = c.customer_id AND l.kind = 'payment_received'
        ) AS answers
    ) AS last
    WHERE c.id = ANY(:case_ids)
""")


@dataclass(frozen=True, kw_only=True)
class Borne:
    """A case that may leave its plan: its debt, its invoices, its plan, and whether a task of it waits for a person.
    Where the step that is due costs something, `ways_left` are those by which the ones that are left go."""

    case: Case
    debt: Debt
    plan: Plan
    invoices: Collection[Open]
    waits_for_person: bool
    ways_left: Sequence[Channel] = ()

    def exit(self, patience: Patience, *, today: date) -> Exit | None:
        """Return why it leaves, or None."""
        return rules.exit_of(self.debt, self.plan, patience, waits_for_person=self.waits_for_person, today=today)


def exits(session: Session, borne: Collection[Borne], *, today: date) -> dict[Debtor, Exit]:
    """Return which of these cases a person should decide about, and why; only of the few that may leave it is asked
    more."""
    most = Patience(unanswered=1_000)
    old = [each for each in borne if each.debt.issued_on < today - YOUNGEST]
    barred, lost = _barred(session, old, today=today), _not_worth_it(session, borne, today=today)
    reached = barred.keys() | lost
    may = [each for each in borne if each.case.id in reached or each.exit(most, today=today) is not None]
    if not may:
        return {}
    ids = [each.case.id for each in may]
    unanswered = {row.id: row.calls for row in session.execute(_UNANSWERED, {"case_ids": ids})}
    asked, usual = _asked(session, ids), standing.usual_days_of(session, {each.case.customer_id for each in may})
    found = {}
    for each in may:
        patience = Patience(
            unanswered=unanswered.get(each.case.id, 0),
            asked_on=asked.get(each.case.id),
            usual_days=usual.get(each.case.customer_id),
            barred_on=barred.get(each.case.id),
            is_worth_it=each.case.id not in lost,
        )
        if (why := each.exit(patience, today=today)) is not None:
            found[each.case.customer_id, each.case.currency] = why
    return found


def _not_worth_it(session: Session, borne: Collection[Borne], *, today: date) -> set[str]:
    """Return the cases of which less can be expected than the steps that are left cost."""
    costly = [each for each in borne if each.ways_left]
    if not costly:
        return set()
    shares, home = curves(session, on=today), business.get_profile(session).currency
    found = {
        each.case.id: worth(
            [(invoice.demanded_minor, (today - invoice.due_on).days) for invoice in each.invoices],
            each.ways_left,
            shares=shares[each.case.currency],
            currency=each.case.currency,
            home=home,
        )
        for each in costly
    }
    return {case_id for case_id, worth in found.items() if not worth.is_worth_it}


def _asked(session: Session, case_ids: Collection[str]) -> Mapping[str, date]:
    """Return when a person was last asked to decide about these cases, in their present cycle."""
    time_zone = business.get_profile(session).time_zone
    asked = (
        select(Case.id, func.max(Transition.moved_at))
        .join(Transition, (Transition.case_id == Case.id) & (Transition.cycle == Case.cycle))
        .where(among(Case.id, case_ids), Transition.to_status.in_(QUIET))
        .group_by(Case.id)
    )
    return {row[0]: clock.local_date(row[1], time_zone) for row in session.execute(asked)}


def _barred(session: Session, borne: Collection[Borne], *, today: date) -> dict[str, date]:
    """Return from which day none of what is open in each of these cases can be sued for, where the place's law was
    reviewed; those in which something still can be are left out."""
    if not borne:
        return {}
    ids = {invoice.invoice_id for each in borne for invoice in each.invoices}
    wanted = list(session.scalars(select(Invoice).where(among(Invoice.id, ids))))
    noon = datetime.combine(today, time(12), ZoneInfo(business.get_profile(session).time_zone))
    sheets = limitations(session, wanted, now=noon)
    ended = {each["invoice_id"]: each["ends_on"] for each in sheets if each["is_on"] and each["ends_on"] < today}
    return {
        each.case.id: max(ended[invoice.invoice_id] for invoice in each.invoices) + timedelta(days=1)
        for each in borne
        if all(invoice.invoice_id in ended for invoice in each.invoices)
    }
