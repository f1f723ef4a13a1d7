"""See before it happens: how two versions of a plan differ, what a customer would read. Nothing is kept."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import words
from server.core.errors import Unacceptable
from server.customers import queries as customers
from server.dunning import queries
from server.dunning.models import Run, TreatmentPlan
from server.dunning.operations.runs import look_dry
from server.dunning.operations.writing import compose
from server.dunning.queries import Look
from server.dunning.rules.texts import TEXTS
from server.invoices import rules as invoice_rules
from server.messages import operations as messages


class NothingToSay(Unacceptable):
    """There is no such text, or this case has nothing open to speak of."""

    code = "nothing_to_say"


def compare(session: Session, *, plan_id: str, other_id: str, as_of: date, now: datetime) -> dict[str, Any]:
    """Return how the second version (`other_id`) differs from the first: field by field, and customer by customer as
    both would treat everybody on a day. Raises NoSuchPlan."""
    first, second = queries.get_plan(session, plan_id), queries.get_plan(session, other_id)
    before, after = (_looks(session, row, as_of=as_of, now=now) for row in (first, second))
    customers_of = [
        {
            "customer_id": debtor[0],
            "currency": debtor[1],
            "open_minor": (after.get(debtor) or before[debtor]).open_minor,
            "before": before.get(debtor),
            "after": after.get(debtor),
        }
        for debtor in sorted({*before, *after})
        if _said(before.get(debtor)) != _said(after.get(debtor))
    ]
    changes = _changes("", _content(first), _content(second))
    return {"as_of": as_of, "changes": changes, "customers": customers_of}


def _looks(session: Session, row: TreatmentPlan, *, as_of: date, now: datetime) -> dict[queries.Debtor, Look]:
    with session.begin_nested() as tried:
        asked = Run(as_of=as_of, dry_run=True, plan_id=row.id)
        found = {(look.case.customer_id, look.case.currency): look for look in look_dry(session, asked, now=now)}
        tried.rollback()
    return found


def _said(look: Look | None) -> tuple[object, ...] | None:
    return (look.step, look.channel, look.template, look.reason) if look else None


def _content(row: TreatmentPlan) -> dict[str, Any]:
    said = asdict(queries.read_plan(row))
    return {name: value for name, value in said.items() if name not in ("name", "version")}


def _changes(path: str, before: Any, after: Any) -> list[dict[str, Any]]:
    """Return every field that differs, by path."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [*before, *(name for name in after if name not in before)]
        parts = [(f"{path}.{name}".lstrip("."), before.get(name), after.get(name)) for name in names]
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple):
        longest = max(len(before), len(after))
        pairs = [(list(side) + [None] * longest)[:longest] for side in (before, after)]
        parts = [(f"{path}.{at}", *pair) for at, pair in enumerate(zip(*pairs, strict=True))]
    else:
        return [] if before == after else [{"path": path, "before": before, "after": after}]
    return [change for part in parts for change in _changes(*part)]


def preview(session: Session, *, case_id: str, template: str, now: datetime) -> dict[str, str]:
    """Return what the customer of a case would read today: subject, text, html. Raises NoSuchCase, NothingToSay."""
    case = queries.get_case(session, case_id)
    debtor = (case.customer_id, case.currency)
    unpaid = queries.list_open(session, queries.of_debtors([debtor])).get(debtor, [])
    if template not in TEXTS or not unpaid:
        raise NothingToSay
    profile, customer = business.get_profile(session), customers.get_customer(session, case.customer_id)
    today = queries.today_of(session, now=now)
    said = compose(session, customer, case=case, template=template, unpaid=unpaid, today=today)
    locale = words.locale_for(customer.language, profile.country)
    subject, html, text = messages.render(said, invoice_rules.sender(profile.seller), locale)
    return {"subject": subject, "text": text, "html": html}
