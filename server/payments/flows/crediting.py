"""Use a customer's credit, after closing the page on which the same money could be paid."""

from __future__ import annotations

from datetime import datetime

from server.core.database import transaction
from server.payments import operations, queries
from server.payments.flows.collecting import close_page
from server.payments.models import CreditApplication


def apply_credit(
    *, customer_id: str, application_id: str, invoice_id: str, amount_minor: int, applied_by: str, now: datetime
) -> CreditApplication:
    """Pay an invoice out of its customer's credit. Raises what operations.apply_credit raises."""
    with transaction() as session:
        pages = queries.list_open_checkouts(session, invoice_id)
    for page in pages:
        close_page(page, now=now)
    with transaction() as session:
        return operations.apply_credit(
            session,
            customer_id=customer_id,
            application_id=application_id,
            invoice_id=invoice_id,
            amount_minor=amount_minor,
            applied_by=applied_by,
            now=now,
        )
