"""Customers are classed from the books; a broken word stops them, paying releases them, exceptions are counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from server.contacts import operations as contacts
from server.invoices import operations as invoices
from server.jobs.operations import JobExists
from server.risk import operations, queries
from server.standing import operations as standing
from server.standing import queries as standings
from server.standing.operations import DepositDue, DoNotBook, OverrideExists, OverrideOver, ProposalDecided
from server.standing.rules import ClassPolicy, Policy, RiskClass, Standing
from tests import quebec
from tests.dunning.chase import TOTAL, Chase


@pytest.fixture
def chase(session: Session) -> Chase:
    return Chase(session)


def review(chase: Chase, *, day: int) -> dict[str, Any]:
    """Class the customer on a day after the due date, and return their sheet."""
    operations.review(chase.session, customer_ids=["cus_1"], now=chase.at(day))
    return sheet(chase, day=day)


def sheet(chase: Chase, *, day: int) -> dict[str, Any]:
    return queries.get_sheet(chase.session, "cus_1", locale="en_CA", now=chase.at(day))


def break_promise(chase: Chase, *, day: int) -> None:
    contacts.note(
        chase.session, kind="promise_broken", subject_id="prm_1", customer_id="cus_1", facts={}, now=chase.at(day)
    )


def test_whoever_pays_on_time_becomes_reliable_and_the_history_says_when(chase: Chase) -> None:
    assert sheet(chase, day=0)["risk_class"] == "new_unknown"
    for _ in range(6):
        chase.pay(chase.invoice(), day=3)
    found = review(chase, day=10)
    assert found["risk_class"] == "reliable"
    assert found["explanation"] == "6 invoices paid, on average 3 days after the due date."
    review(chase, day=11)
    assert [(change["was"], change["became"]) for change in sheet(chase, day=11)["history"]] == [
        ("new_unknown", "reliable")
    ]


def test_nobody_pays_late_because_we_took_long_to_say_that_they_were_right(chase: Chase) -> None:
    for number in range(6):
        invoice = chase.invoice()
        chase.pay(invoice, day=3, amount_minor=TOTAL - 5000)
        note: dict[str, Any] = {"credit_note_id": f"crn_{number}", "amount_minor": 5000, "reason": None}
        invoices.credit(chase.session, invoice, **note, now=chase.at(60))
    all_of_it: dict[str, Any] = {"credit_note_id": "crn_all", "amount_minor": TOTAL, "reason": None}
    invoices.credit(chase.session, chase.invoice(), **all_of_it, now=chase.at(60))
    found = review(chase, day=70)
    assert found["explanation"] == "6 invoices paid, on average 3 days after the due date."
    assert found["risk_class"] == "reliable"


def test_whoever_owes_less_by_a_credit_note_has_not_paid_in_parts(chase: Chase) -> None:
    invoice = chase.invoice()
    note: dict[str, Any] = {"credit_note_id": "crn_1", "amount_minor": 5000, "reason": None}
    invoices.credit(chase.session, invoice, **note, now=chase.at(1))
    assert review(chase, day=70)["suggested_payer_type"] == "non_payer"
    chase.pay(invoice, day=71, amount_minor=1000)
    assert review(chase, day=72)["suggested_payer_type"] == "short_of_cash"


def test_a_broken_promise_stops_bookings_and_paying_releases_by_itself(chase: Chase) -> None:
    invoice = chase.invoice()
    break_promise(chase, day=5)
    assert review(chase, day=6)["terms"].standing is Standing.STOP
    assert queries.list_restricted(chase.session) == ["cus_1"]
    with pytest.raises(DoNotBook):
        quebec.plan_job(chase.session, "job_90")
    chase.pay(invoice, day=7)
    found = review(chase, day=7)
    assert (found["risk_class"], found["terms"].standing) == ("new_unknown", Standing.OK)
    quebec.plan_job(chase.session, "job_91")


@pytest.mark.parametrize(("code", "risk_class"), [("550", "high"), ("21610", "new_unknown")])
def test_who_cannot_be_reached_is_a_high_risk_and_who_wants_no_texts_is_not(
    chase: Chase, code: str, risk_class: str
) -> None:
    chase.invoice()
    about: dict[str, Any] = {"kind": "message_bounced", "subject_id": "msg_1", "customer_id": "cus_1"}
    contacts.note(chase.session, **about, facts={"channel": "text", "error_code": code}, now=chase.at(5))
    assert review(chase, day=6)["risk_class"] == risk_class


def test_an_exception_needs_an_end_lets_jobs_be_booked_and_is_counted(chase: Chase) -> None:
    chase.invoice()
    break_promise(chase, day=5)
    review(chase, day=6)
    today = chase.at(6).date()
    said = {"customer_id": "cus_1", "override_id": "ovr_1", "reason": "Hospital", "author": "staff:anne"}
    with pytest.raises(OverrideOver):
        standing.override(chase.session, **said, until_on=today - timedelta(days=1), now=chase.at(6))
    for _ in range(2):
        standing.override(chase.session, **said, until_on=today + timedelta(days=2), now=chase.at(6))
    with pytest.raises(OverrideExists):
        standing.override(chase.session, **{**said, "reason": "Other"}, until_on=today, now=chase.at(6))
    for day, expected in ((6, Standing.WATCH), (8, Standing.WATCH), (9, Standing.STOP)):
        assert sheet(chase, day=day)["terms"].standing is expected
    assert standings.count_overrides(chase.session, since=chase.at(0), until=chase.at(20)) == 1
    standing.end_override(chase.session, customer_id="cus_1", override_id="ovr_1", by="staff:luc", now=chase.at(6))
    assert sheet(chase, day=6)["terms"].standing is Standing.STOP


def test_a_limit_that_is_exceeded_holds_until_it_no_longer_is(chase: Chase) -> None:
    invoice = chase.invoice()
    changes = {"limit_minor": 20000}
    standing.agree(chase.session, customer_id="cus_1", changes=changes, by="staff:anne", now=chase.at(0))
    found = review(chase, day=1)["terms"]
    assert (found.standing, found.up_front_percent, found.because) == (Standing.HOLD, 100, "over_limit")
    assert queries.list_restricted(chase.session) == ["cus_1"]
    chase.pay(invoice, day=2, amount_minor=5000)
    assert review(chase, day=2)["terms"].standing is Standing.OK
    assert queries.list_restricted(chase.session) == []


def test_a_deposit_by_policy_is_asked_of_a_new_job_and_less_is_refused(chase: Chase) -> None:
    policy = Policy(classes={RiskClass.NEW_UNKNOWN: ClassPolicy(up_front_percent=30)})
    standing.set_policy(chase.session, policy=policy, set_by="staff:anne", now=quebec.NOW)
    job = quebec.plan_job(chase.session, "job_90")
    assert [(stage["percent"], stage["when"]) for stage in job.schedule] == [("30", "on_signature")]
    assert quebec.plan_job(chase.session, "job_90") is job
    with pytest.raises(JobExists):
        quebec.plan_job(chase.session, "job_90", deposit_minor=9000)
    with pytest.raises(DepositDue):
        quebec.plan_job(chase.session, "job_91", deposit_minor=19000 * 30 // 100 - 1)
    assert quebec.plan_job(chase.session, "job_92", deposit_minor=19000 * 30 // 100).schedule == []


def test_better_terms_are_proposed_once_and_hold_when_a_person_approves(chase: Chase) -> None:
    policy = Policy(classes={RiskClass.RELIABLE: ClassPolicy(up_front_percent=20)})
    standing.set_policy(chase.session, policy=policy, set_by="staff:anne", now=quebec.NOW)
    for _ in range(6):
        chase.pay(chase.invoice(), day=3)
    review(chase, day=10)
    (proposal,) = review(chase, day=11)["proposals"]
    assert proposal.because == "best"
    for _ in range(2):
        standing.decide(chase.session, proposal_id=proposal.id, approved=True, by="staff:sup", now=chase.at(12))
    with pytest.raises(ProposalDecided):
        standing.decide(chase.session, proposal_id=proposal.id, approved=False, by="staff:sup", now=chase.at(12))
    found = review(chase, day=13)
    assert (found["terms"].up_front_percent, found["proposals"]) == (0, [])


def test_a_customer_with_nothing_is_not_reviewed(chase: Chase) -> None:
    assert queries.list_invoiced(chase.session) == []
    assert sheet(chase, day=0)["terms"].standing is Standing.OK
