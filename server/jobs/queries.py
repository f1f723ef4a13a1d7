"""Which visits, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.access.rules import Caller
from server.business import queries as business
from server.business import rules as business_rules
from server.business.rules import Totals
from server.core import clock
from server.core.errors import NotFound
from server.customers import queries as customers
from server.jobs import rules
from server.jobs.models import Job


class JobNotFound(NotFound):
    """There is no such job, or it is not yours."""

    code = "job_not_found"


def get_job(session: Session, job_id: str) -> Job:
    """Return a job. Raises JobNotFound."""
    return _found(session.get(Job, job_id))


def get_for_update(session: Session, job_id: str) -> Job:
    """Return a job, locked until the transaction ends. Raises JobNotFound."""
    return _found(session.get(Job, job_id, with_for_update=True, populate_existing=True))


def get_for_caller(session: Session, job_id: str, caller: Caller) -> Job:
    """Return a job that this caller may see: a technician sees their own alone. Raises JobNotFound."""
    job = get_job(session, job_id)
    if caller.technician_id is not None and job.technician_id != caller.technician_id:
        raise JobNotFound
    return job


def _found(job: Job | None) -> Job:
    if job is None:
        raise JobNotFound
    return job


def find_by_completion(session: Session, completion_id: str) -> Job | None:
    """Return the job that this completion completed, or None."""
    return session.scalar(select(Job).where(Job.completion_id == completion_id))


def jobs_statement(
    *,
    technician_id: str | None = None,
    customer_id: str | None = None,
    on: date | None = None,
    time_zone: str,
) -> Select[Job]:
    """Return the query for jobs of a technician, of a customer, of a day of the time zone; to be paged."""
    wanted = select(Job)
    if technician_id is not None:
        wanted = wanted.where(Job.technician_id == technician_id)
    if customer_id is not None:
        wanted = wanted.where(Job.customer_id == customer_id)
    if on is not None:
        first, after = rules.day_bounds(on, time_zone)
        wanted = wanted.where(Job.scheduled_at >= first, Job.scheduled_at < after)
    return wanted


def list_totals(session: Session, jobs: Sequence[Job], *, languages: Mapping[str, str]) -> dict[str, Totals]:
    """Return what each job comes to, by job id; taxes are named in the language of its customer (by customer id)."""
    time_zone = business.get_profile(session).time_zone
    table = business.get_tax_table(session, {line.tax_code for job in jobs for line in job.lines})
    found = {}
    for job in jobs:
        moment = rules.tax_moment(scheduled_at=job.scheduled_at, completed_at=job.completed_at)
        rates = table.on(clock.local_date(moment, time_zone), language=languages[job.customer_id])
        found[job.id] = business_rules.charge(job.lines, rates, currency=job.currency)
    return found


def list_with_totals(session: Session, jobs: Sequence[Job], *, languages: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return jobs as the wire shows them: their columns, `lines` and `totals`."""
    totals = list_totals(session, jobs, languages=languages)
    columns = Job.__table__.columns.keys()
    return [
        {**{name: getattr(job, name) for name in columns}, "lines": job.lines, "totals": totals[job.id]} for job in jobs
    ]


def get_with_totals(session: Session, job_id: str) -> dict[str, Any]:
    """Return a job as the wire shows it. Raises JobNotFound."""
    job = get_job(session, job_id)
    customer = customers.get_customer(session, job.customer_id)
    return list_with_totals(session, [job], languages={customer.id: customer.language})[0]
