"""What a history is about: customers with two invoices each, the last perhaps with one. In one history of five the
first customer owes in another currency too, or in that one alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from server.business import operations as business
from server.core import clock
from server.core.database import transaction
from server.invoices import operations as invoices
from server.invoices import queries
from server.invoices.models import Invoice
from server.jobs import operations as jobs
from tests import quebec
from tests.simulation.currencies import HOME, OTHERS

CUSTOMER = "Marie Tremblay"
SITE = quebec.ADDRESS
if TYPE_CHECKING:
    from tests.simulation.history import History


def open_accounts(history: History, wanted: int) -> list[dict[str, Any]]:
    """Do as many jobs, written down at once: what is tried is how they are paid. Some customers have an address."""
    other = history.random.choice(OTHERS)
    currencies = history.random.choice(([HOME, other], [other, other])) if history.random.random() < 0.2 else []
    with transaction() as session:
        business.change_settings(session, history.customs)
        issued = []
        for number in range(1, wanted + 1):
            customer_id = f"cus_{history.seed}_{(number + 1) // 2}"
            if number % 2:
                address = f"{customer_id}@example.com" if history.random.random() < 0.2 else None
                quebec.add_customer(session, customer_id, now=clock.now(), email=address, language="en")
            technician_id = history.world.technicians[number % 2]
            currency = currencies[number - 1] if number <= len(currencies) else HOME
            issued.append(_do_a_job(session, f"{history.seed}_{number}", customer_id, technician_id, currency))
        return queries.sheets(session, issued)


def _do_a_job(session: Session, name: str, customer_id: str, technician_id: str, currency: str) -> Invoice:
    now = clock.now()
    whose = {"customer_id": customer_id, "technician_id": technician_id}
    lines = [quebec.line(unit_price_minor=9_500 if currency == HOME else 950_000)]  # thousands, for a bank to group
    planned = quebec.plan_job(session, f"job_{name}", currency=currency, lines=lines, **whose)
    job, _ = jobs.complete(session, job_id=planned.id, completion_id=f"cmp_{name}", completed_at=now, now=now)
    return invoices.issue(session, job=job, invoice_id=f"inv_{name}", now=now)
