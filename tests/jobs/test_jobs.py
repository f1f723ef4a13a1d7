"""Visits and their lines, in the database."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from server.access.queries import TechnicianNotFound
from server.access.rules import Caller, Role
from server.business.queries import TaxCodeUnknown
from server.business.rules import CurrencyUnknown
from server.core.errors import VersionChanged
from server.customers.queries import CustomerNotFound
from server.jobs import operations, queries, rules
from server.jobs.operations import CompletionIdTaken, JobClosed, JobExists, JobTooLarge
from tests.quebec import NOW, add_customer, add_technician, line, open_business, plan_job


@pytest.fixture
def trade(session: Session) -> Session:
    """A business with a customer."""
    open_business(session)
    add_customer(session)
    return session


@pytest.mark.parametrize(
    ("day", "first", "hours"),
    [
        (date(2026, 3, 2), datetime(2026, 3, 2, 5, tzinfo=UTC), 24),
        (date(2026, 3, 8), datetime(2026, 3, 8, 5, tzinfo=UTC), 23),
        (date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC), 25),
    ],
)
def test_a_day_has_as_many_hours_as_the_business_lives_through(day: date, first: datetime, hours: int) -> None:
    assert rules.day_bounds(day, "America/Toronto") == (first, first + timedelta(hours=hours))


def test_a_job_is_planned_in_the_currency_of_the_business_with_its_taxes(trade: Session) -> None:
    plan_job(trade, lines=[line(quantity="1.5"), line("Valve", "1", 4999)])

    sheet = queries.get_with_totals(trade, "job_1")

    assert (sheet["currency"], sheet["status"], sheet["version"]) == ("CAD", "scheduled", 1)
    assert [found.amount_minor for found in sheet["lines"]] == [14250, 4999]
    assert [(tax.name, tax.amount_minor) for tax in sheet["totals"].taxes] == [("TPS", 962), ("TVQ", 1920)]
    assert sheet["totals"].total_minor == 22131


def test_taxes_are_named_in_the_language_of_the_customer(trade: Session) -> None:
    add_customer(trade, "cus_2", language="en")
    jobs = [plan_job(trade), plan_job(trade, "job_2", customer_id="cus_2")]

    totals = queries.list_totals(trade, jobs, languages={"cus_1": "fr", "cus_2": "en"})

    assert [[tax.name for tax in totals[job.id].taxes] for job in jobs] == [["TPS", "TVQ"], ["GST", "QST"]]


def test_planning_the_same_job_again_is_the_same_job(trade: Session) -> None:
    first = plan_job(trade)

    assert plan_job(trade) is first
    others: list[dict[str, Any]] = [{"title": "Autre"}, {"lines": [line(quantity="3")]}, {"lines": []}]
    for other in others:
        with pytest.raises(JobExists):
            plan_job(trade, **other)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"customer_id": "cus_none"}, CustomerNotFound),
        ({"technician_id": "stf_none"}, TechnicianNotFound),
        ({"currency": "XTS2"}, CurrencyUnknown),
        ({"lines": [line(tax_code="moon")]}, TaxCodeUnknown),
        ({"lines": [line(unit_price_minor=10**12, quantity="2")]}, JobTooLarge),
    ],
)
def test_a_job_that_cannot_be_is_refused(trade: Session, wrong: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        plan_job(trade, **wrong)


def test_lines_are_replaced_by_whoever_read_the_newest_version(trade: Session) -> None:
    plan_job(trade)

    changed = operations.replace_lines(
        trade, job_id="job_1", lines=[line("Valve", "1", 4999), line("Tuyau", "0.5", 1001)], expected_version=1
    )

    assert changed.version == 2
    assert [(kept.position, kept.description, kept.amount_minor) for kept in changed.lines] == [
        (1, "Valve", 4999),
        (2, "Tuyau", 501),
    ]
    with pytest.raises(VersionChanged):
        operations.replace_lines(trade, job_id="job_1", lines=[], expected_version=1)


def test_completing_a_job_twice_completes_it_once(trade: Session) -> None:
    plan_job(trade)

    done: dict[str, Any] = {"job_id": "job_1", "completion_id": "cmp_1", "completed_at": NOW, "now": NOW}
    job, completed = operations.complete(trade, **done, lines=[line(quantity="3")])
    again, completed_again = operations.complete(trade, **done, lines=[])

    assert (completed, completed_again) == (True, False)
    assert again is job
    assert (job.status, job.completed_at, job.lines[0].quantity) == ("completed", NOW, Decimal(3))


def test_a_completed_job_no_longer_changes(trade: Session) -> None:
    job = plan_job(trade)
    operations.complete(trade, job_id="job_1", completion_id="cmp_1", completed_at=NOW, now=NOW)

    with pytest.raises(JobClosed):
        operations.replace_lines(trade, job_id="job_1", lines=[], expected_version=job.version)
    with pytest.raises(JobClosed):
        operations.complete(trade, job_id="job_1", completion_id="cmp_2", completed_at=NOW, now=NOW)
    plan_job(trade, "job_2")
    with pytest.raises(CompletionIdTaken):
        operations.complete(trade, job_id="job_2", completion_id="cmp_1", completed_at=NOW, now=NOW)


def test_a_phone_that_runs_ahead_does_not_complete_a_job_in_the_future(trade: Session) -> None:
    plan_job(trade)

    job, _ = operations.complete(
        trade, job_id="job_1", completion_id="cmp_1", completed_at=NOW + timedelta(days=2), now=NOW
    )

    assert job.completed_at == NOW


def test_a_technician_finds_their_own_jobs_of_a_day_and_no_others(trade: Session) -> None:
    luc, zoe = add_technician(trade), add_technician(trade, "Zoé")
    late_evening = datetime(2026, 3, 3, 4, 59, tzinfo=UTC)  # 23:59 on 2 March in Quebec
    plan_job(trade, "job_1", technician_id=luc.id)
    plan_job(trade, "job_2", technician_id=luc.id, scheduled_at=late_evening)
    plan_job(trade, "job_3", technician_id=luc.id, scheduled_at=late_evening + timedelta(minutes=1))
    plan_job(trade, "job_4", technician_id=zoe.id)

    found = trade.scalars(
        queries.jobs_statement(technician_id=luc.id, on=date(2026, 3, 2), time_zone="America/Toronto")
    )

    assert {job.id for job in found} == {"job_1", "job_2"}
    caller = Caller(kind="device", role=Role.TECHNICIAN, staff_id=luc.id, device_id="dev_1")
    assert queries.get_for_caller(trade, "job_1", caller).id == "job_1"
    for hidden in ("job_4", "job_none"):
        with pytest.raises(queries.JobNotFound):
            queries.get_for_caller(trade, hidden, caller)
    desk = Caller(kind="staff", role=Role.OFFICE, staff_id="stf_1")
    assert queries.get_for_caller(trade, "job_4", desk).id == "job_4"
