"""The job sheet: a visit with everything that hangs on it, all the phone needs offline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.contracts import queries as contracts
from server.customers import queries as customers
from server.invoices import queries as invoices
from server.jobs import queries as jobs
from server.jobs.models import Job
from server.jobs.rules import When
from server.payments import queries as payments
from server.photos import queries as photos
from server.standing import queries as standing


def job_sheets(session: Session, found: Sequence[Job], *, locale: str, now: datetime) -> list[dict[str, Any]]:
    """Return sheets in the wire's shape; the number of queries does not grow with the number of jobs."""
    owing = customers.list_by_id(session, {job.customer_id for job in found})
    known = {row["id"]: row for row in customers.list_with_credit(session, owing.values())}
    languages = {customer.id: customer.language for customer in owing.values()}
    terms = standing.list_terms(session, list(owing), now=now)
    job_ids = [job.id for job in found]
    agreed = contracts.list_current(session, job_ids)
    billed = {sheet["job_id"]: sheet for sheet in invoices.sheets(session, invoices.list_for_jobs(session, job_ids))}
    stages = invoices.stage_sheets(session, agreed)
    asked = [stage["invoice"] for each in stages.values() for stage in each if stage["invoice"]]
    by_id = {sheet["id"]: sheet for sheet in [*billed.values(), *asked]}
    shown: dict[str, dict[str, dict[str, Any]]] = {}
    attempts = payments.list_for_invoices(session, list(by_id))
    fees = payments.fees_minor(session, attempts)
    for attempt in attempts:
        for invoice in (by_id[invoice_id] for invoice_id in attempt.parts if invoice_id in by_id):
            sheet = payments.sheet(
                attempt,
                balance_minor=invoice["balance_minor"],
                pay_url=invoice["pay_url"],
                fee_minor=fees.get(attempt.id),
                locale=locale,
            )
            of_job = shown.setdefault(invoice["job_id"], {})
            of_job.setdefault(attempt.id, sheet)
    taken: dict[str, list[dict[str, Any]]] = {}
    for photo in photos.sheets(session, photos.list_of_jobs(session, job_ids)):
        taken.setdefault(photo["job_id"], []).append(photo)
    sheets = []
    for job in jobs.list_with_totals(session, found, languages=languages):
        issued = billed.get(job["id"])
        sheets.append(
            {
                **job,
                "customer": known[job["customer_id"]],
                "terms": terms[job["customer_id"]],
                "contract": agreed.get(job["id"]),
                "invoice": issued,
                "stages": stages.get(job["id"], []),
                "deposit_due_minor": 0 if issued else _due_on_signature(stages.get(job["id"], [])),
                "balance_minor": issued["balance_minor"] if issued else None,
                "pay_url": issued["pay_url"] if issued else None,
                "payments": list(shown.get(job["id"], {}).values()),
                "photos": taken.get(job["id"], []),
            }
        )
    return sheets


def _due_on_signature(stages: Sequence[dict[str, Any]]) -> int:
    """Return what should be paid before the van starts and is not, in minor units."""
    first = [stage for stage in stages if stage["when"] == When.ON_SIGNATURE]
    return sum(stage["invoice"]["balance_minor"] if stage["invoice"] else stage["amount_minor"] for stage in first)
