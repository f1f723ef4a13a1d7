"""What the page of arrangements shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.business.models import Business
from server.core import clock
from server.customers import queries as customers
from server.dunning import queries as dunning
from server.invoices.models import Invoice
from server.payments import queries as payments


def arrangements_page(session: Session, case_id: str, *, profile: Business, now: datetime) -> dict[str, Any]:
    """Return a case with its pauses, promises, plans and objections. Raises NoSuchCase."""
    today = clock.local_date(now, profile.time_zone)
    case = dunning.get_sheet(session, case_id, today=today)
    numbers = select(Invoice.id, Invoice.number).where(Invoice.id.in_({each.invoice_id for each in case["disputes"]}))
    return {
        "case": case,
        "customer": customers.get_customer(session, case["customer_id"]),
        "numbers": {row.id: row.number for row in session.execute(numbers)},
        "saved_cards": payments.list_saved_cards(session, [case["customer_id"]]),
        "today": today,
    }
