"""Plan visits, say what was done, complete them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.access import queries as access
from server.business import queries as business
from server.business import rules as business_rules
from server.core.errors import Conflict, Unacceptable, VersionChanged
from server.customers import queries as customers
from server.jobs import queries, rules
from server.jobs.models import Job, JobLine
from server.jobs.rules import Status
from server.standing import operations as standing


class JobExists(Conflict):
    """There already is another job with this id."""

    code = "job_exists"


class JobClosed(Conflict):
    """This job is completed or canceled: it can no longer change."""

    code = "job_closed"


class CompletionIdTaken(Conflict):
    """This completion already completed another job."""

    code = "completion_id_taken"


class JobTooLarge(Unacceptable):
    """The lines come to more than a job can be."""

    code = "job_too_large"


def plan_job(
    session: Session,
    *,
    job_id: str,
    customer_id: str,
    technician_id: str | None = None,
    title: str,
    currency: str | None = None,
    scheduled_at: datetime,
    site_address: dict[str, Any] | None = None,
    po_number: str | None = None,
    lines: Sequence[dict[str, Any]] = (),
    deposit_minor: int | None = None,
    schedule: Sequence[dict[str, Any]] = (),
    now: datetime,
) -> Job:
    """Plan a visit; the same one again is the one there is. The currency is the business's where none is said.

    A customer who pays a part up front gets that as the job's schedule where it says nothing of money before the work.
    Raises JobExists, CustomerNotFound, TechnicianNotFound, CurrencyUnknown, TaxCodeUnknown, JobTooLarge, DoNotBook,
    DepositDue.
    """
    customers.get_customer(session, customer_id)
    if technician_id is not None:
        access.get_technician(session, technician_id)
    currency = currency or business.get_profile(session).currency
    business_rules.require_currency(currency)
    wanted = _checked_lines(session, lines)
    said = {
        "customer_id": customer_id,
        "technician_id": technician_id,
        "title": title,
        "currency": currency,
        "scheduled_at": scheduled_at,
        "site_address": site_address,
        "po_number": po_number,
        "deposit_minor": deposit_minor,
        "schedule": _schedule(
            session, job_id, customer_id, schedule=schedule, deposit_minor=deposit_minor, lines=wanted, now=now
        ),
    }
    row = {"id": job_id, "status": Status.SCHEDULED, "created_at": now, **said}
    is_new = session.execute(insert(Job).values(row).on_conflict_do_nothing().returning(Job.id)).first()
    job = queries.get_job(session, job_id)
    if is_new:
        job.lines = wanted
        session.flush()
    elif any(getattr(job, field) != value for field, value in said.items()) or not _same(job.lines, wanted):
        raise JobExists
    return job


def _schedule(
    session: Session,
    job_id: str,
    customer_id: str,
    *,
    schedule: Sequence[dict[str, Any]],
    deposit_minor: int | None,
    lines: Sequence[JobLine],
    now: datetime,
) -> list[dict[str, Any]]:
    """Return what is paid before the work is done: as said, or as the customer's terms want it of a new job."""
    said = [rules.kept_stage(stage) for stage in schedule]
    asked = rules.up_front_percent(
        said, deposit_minor=deposit_minor, subtotal_minor=sum(line.amount_minor for line in lines)
    )
    known = session.get(Job, job_id)
    if known is not None:  # told again: what the house added then is no difference
        return known.schedule if asked is None and rules.is_house_deposit(known.schedule) else said
    percent = standing.require_bookable(session, customer_id=customer_id, asked_percent=asked, now=now)
    return rules.house_deposit(percent) if asked is None and percent else said


def replace_lines(
    session: Session,
    *,
    job_id: str,
    lines: Sequence[dict[str, Any]],
    expected_version: int,
) -> Job:
    """Say what the visit consists of, all of it.

    Raises JobNotFound, VersionChanged, JobClosed, TaxCodeUnknown, JobTooLarge.
    """
    job = queries.get_for_update(session, job_id)
    if job.version != expected_version:
        raise VersionChanged
    if job.status not in rules.OPEN:
        raise JobClosed
    _put_lines(session, job, lines)
    return job


def complete(
    session: Session,
    *,
    job_id: str,
    completion_id: str,
    completed_at: datetime,
    lines: Sequence[dict[str, Any]] | None = None,
    now: datetime,
) -> tuple[Job, bool]:
    """Mark a visit done, with its final lines where they are said; the same completion again changes nothing.

    Returns the job, and whether this call completed it. A phone's clock may run ahead: a job is never done later than
    we hear of it.
    Raises JobNotFound, JobClosed, CompletionIdTaken, TaxCodeUnknown, JobTooLarge.
    """
    job = queries.get_for_update(session, job_id)
    if job.completion_id == completion_id:
        return job, False
    if job.status not in rules.OPEN:
        raise JobClosed
    if queries.find_by_completion(session, completion_id):
        raise CompletionIdTaken
    if lines is not None:
        _put_lines(session, job, lines)
    job.status = Status.COMPLETED
    job.completion_id = completion_id
    job.completed_at = min(completed_at, now)
    job.version += 1
    session.flush()
    return job, True


def _put_lines(session: Session, job: Job, lines: Sequence[dict[str, Any]]) -> None:
    wanted = _checked_lines(session, lines)
    job.lines = []
    session.flush()  # the old lines leave before the new ones take their places
    job.lines = wanted
    job.version += 1
    session.flush()


def _checked_lines(session: Session, lines: Sequence[dict[str, Any]]) -> list[JobLine]:
    """Return lines in their order, not yet of any job. Raises TaxCodeUnknown, JobTooLarge."""
    business.get_tax_codes(session, {line["tax_code"] for line in lines})
    wanted = [
        JobLine(
            position=position,
            description=line["description"],
            quantity=line["quantity"],
            unit_price_minor=line["unit_price_minor"],
            tax_code=line["tax_code"],
        )
        for position, line in enumerate(lines, start=1)
    ]
    if sum(line.amount_minor for line in wanted) > rules.LARGEST_SUBTOTAL_MINOR:
        raise JobTooLarge
    return wanted


def _same(kept: Sequence[JobLine], wanted: Sequence[JobLine]) -> bool:
    fields = ("description", "quantity", "unit_price_minor", "tax_code")
    return [[getattr(line, field) for field in fields] for line in kept] == [
        [getattr(line, field) for field in fields] for line in wanted
    ]
