"""What the pages of the law of a case show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.business.models import Business
from server.core import clock, words
from server.customers import queries as customers
from server.dunning import queries as dunning
from server.dunning.models import Case
from server.dunning.queries import Look, lawful, limitation
from server.invoices.models import Invoice
from server.law import queries as law
from server.law import rules
from server.office.queries.letting_go import staff_names


def place_names() -> dict[str, str]:
    """Return the names of the rows of rules by key, in the language that is spoken."""
    return {key: row.name[words.spoken()[:2]] for key, row in rules.rows().items()}


def what_now(session: Session, case: Case, *, now: datetime) -> Look | None:
    """Return what the plan would do in a case at this moment, or why it does nothing; None where nothing is owed."""
    debtor = (case.customer_id, case.currency)
    unpaid = {} if case.closed_at else dunning.list_open(session, dunning.of_debtors([debtor]))
    if debtor not in unpaid:
        return None
    is_stale = dunning.stale_since(session, now=now) is not None
    today = dunning.today_of(session, now=now)
    looks = dunning.look(session, unpaid, {debtor: case}, today=today, is_stale=is_stale)
    return lawful.within_law(session, looks, at=now)[0]


def case_law_page(session: Session, case_id: str, *, profile: Business, now: datetime) -> dict[str, Any]:
    """Return which rules hold for the customer of a case, by which channels they may be contacted now, and until when
    their debts can be sued for. Raises NoSuchCase."""
    today = clock.local_date(now, profile.time_zone)
    case = dunning.get_case(session, case_id)
    found = lawful.case_law(session, case, at=now)
    owed = dunning.list_open(session, dunning.of_debtors([(case.customer_id, case.currency)])).values()
    ids = [invoice.invoice_id for some in owed for invoice in some]
    bills = session.scalars(select(Invoice).where(Invoice.id.in_(ids)).order_by(Invoice.due_on, Invoice.number))
    return {
        "case": case,
        "customer": customers.get_customer(session, case.customer_id),
        "law": found,
        "row": law.get_sheet(session, found["law_row"], today=today),
        "limits": (limits := limitation.limitations(session, list(bills), now=now)),
        "bills": [(each["invoice_id"], each["number"]) for each in limits],
        "places": place_names(),
        "names": staff_names(session),
        "spoken": words.spoken()[:2],
        "today": today,
    }
