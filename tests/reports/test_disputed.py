"""What customers object to stands apart in the aging, on any day, and is in its sums all the same."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from server.dunning import operations
from server.dunning.rules import DisputeReason, DisputeStatus, RootCause, Source
from server.reports import queries
from server.reports.rules import Bucket
from tests.dunning.chase import DUE, TOTAL, Chase

ZONE = "America/Toronto"


@pytest.fixture
def chase(session: Session) -> Chase:
    return Chase(session)


def day(number: int) -> date:
    return DUE + timedelta(days=number)


def test_what_is_objected_to_stands_apart_as_of_any_day_and_the_sums_are_the_books(chase: Chase) -> None:
    disputed, other = chase.invoice(), chase.invoice(due=-20)
    operations.dispute(
        chase.session,
        dispute_id="dsp_1",
        invoice_id=disputed.id,
        amount_minor=5000,
        reason=DisputeReason.PRICE,
        said="Too much",
        source=Source.OFFICE,
        opened_by="staff:anne",
        now=chase.at(2),
    )
    chase.pay(disputed, day=4, amount_minor=TOTAL - 3000)
    operations.decide_dispute(
        chase.session,
        dispute_id="dsp_1",
        status=DisputeStatus.REJECTED,
        root_cause=RootCause.NO_CAUSE,
        answer="It was agreed",
        decided_by="staff:anne",
        now=chase.at(6),
    )
    told = {"time_zone": ZONE, "today": day(40)}
    for on, late_minor, resting_minor in ((1, TOTAL, 0), (2, TOTAL, 5000), (5, 3000, 3000), (6, 3000, 0)):
        (aging,) = queries.aging(chase.session, on=day(on), **told)  # type: ignore[arg-type]
        assert aging.buckets[Bucket.UP_TO_30] == late_minor + TOTAL
        assert (aging.disputed_minor, aging.disputed[Bucket.UP_TO_30]) == (resting_minor, resting_minor)
        rows = csv.DictReader(io.StringIO(queries.aging_csv(chase.session, on=day(on), **told)))  # type: ignore[arg-type]
        assert {row["number"]: row["disputed"] for row in rows} == {
            disputed.number: f"{resting_minor / 100:.2f}",
            other.number: "0.00",
        }
