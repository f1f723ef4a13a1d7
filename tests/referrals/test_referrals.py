"""A debt goes to an agency when a person approves it, comes back, and is counted."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from server.access.rules import Role
from server.chargebacks.models import Chargeback
from server.chargebacks.rules import Status as ChargebackStatus
from server.dunning import operations as dunning
from server.dunning.models import Case
from server.dunning.operations import NotFromHere, NotProposed
from server.dunning.rules import Before, Ending, ProposalKind, Reason
from server.dunning.rules import Status as CaseStatus
from server.payments.models import Payment
from server.payments.operations import open_refund
from server.referrals import operations, queries, rules
from server.referrals.models import Referral
from server.referrals.operations import AgencyLeft, NeverReferred, ReferralNotProposed, ReferralOver
from server.referrals.rules import AgencyKind, Status
from server.write_offs import operations as write_offs
from tests.dunning.chase import TOTAL, Chase

SINCE = datetime(2026, 5, 1, tzinfo=UTC)


def case_of(chase: Chase, *, day: int = 10) -> Case:
    chase.run(day=day)
    (case,) = chase.cases()
    return case


def propose(chase: Chase, case: Case, *, kind: ProposalKind = ProposalKind.REFERRAL, day: int = 11) -> None:
    dunning.propose_by_hand(
        chase.session, case_id=case.id, kind=kind, reason="No answer", proposed_by="staff:anne", now=chase.at(day)
    )


def add_agency(chase: Chase, kind: AgencyKind = AgencyKind.AGENCY) -> str:
    agency_id = f"agc_{kind}"
    operations.add_agency(
        chase.session, agency_id=agency_id, kind=kind, name="Nord", email=None, commission_bp=2500, now=chase.at(0)
    )
    return agency_id


def refer(chase: Chase, case: Case, *, kind: AgencyKind = AgencyKind.AGENCY, day: int = 12) -> Referral:
    chase.check(case, day=day, before=Before.REFERRAL)
    return operations.refer(
        chase.session,
        referral_id="rfl_1",
        case_id=case.id,
        agency_id=add_agency(chase, kind),
        note="Three calls, no answer",
        approved_by="staff:boss",
        now=chase.at(day),
    )


def test_a_case_is_referred_by_a_person_and_nothing_goes_out_of_it_any_more(chase: Chase) -> None:
    chase.invoice()
    case = case_of(chase)
    with pytest.raises(ReferralNotProposed):
        refer(chase, case)
    propose(chase, case)
    written = len(chase.reminders())
    assert chase.run(day=11) == [Reason.AWAITS_DECISION]
    assert refer(chase, case) is refer(chase, case)
    for day in (20, 60, 100):
        assert chase.run(day=day) == [Reason.REFERRED]
    assert len(chase.reminders()) == written
    assert [move.to_status for move in chase.case(day=100)["transitions"]] == ["active", "referral_pending", "referred"]


def test_recalled_it_goes_on_where_it_had_stopped(chase: Chase) -> None:
    chase.invoice()
    case = case_of(chase)
    step = case.step
    propose(chase, case)
    refer(chase, case)
    for _ in range(2):
        again = operations.recall(
            chase.session, referral_id="rfl_1", reason="They settle", recalled_by="staff:boss", now=chase.at(30)
        )
    assert (again.status, case.status, case.step) == (Status.RECALLED, CaseStatus.ACTIVE, step)
    assert chase.run(day=31) == [None]
    with pytest.raises(ReferralOver):
        operations.record_handover(chase.session, referral_id="rfl_1", pack=b"", by="x", now=chase.at(31))


def test_turned_down_it_goes_on_and_cannot_be_referred(chase: Chase) -> None:
    chase.invoice()
    case = case_of(chase)
    propose(chase, case)
    dunning.reject(chase.session, case_id=case.id, note="He called", rejected_by="staff:boss", now=chase.at(12))
    assert case.status is CaseStatus.ACTIVE
    with pytest.raises(NotProposed):
        dunning.reject(chase.session, case_id=case.id, note="He called", rejected_by="staff:boss", now=chase.at(12))
    with pytest.raises(ReferralNotProposed):
        refer(chase, case)


def test_some_customers_never_go_to_an_agency_but_may_go_to_a_lawyer(chase: Chase) -> None:
    chase.invoice()
    case = case_of(chase)
    propose(chase, case)
    barred = {"customer_id": case.customer_id, "reason": "The mayor's mother", "set_by": "staff:anne"}
    operations.bar(chase.session, **barred, now=chase.at(11))
    with pytest.raises(NeverReferred):
        refer(chase, case)
    assert refer(chase, case, kind=AgencyKind.LAWYER).status is Status.REFERRED


def test_nothing_goes_to_an_agency_that_was_left(chase: Chase) -> None:
    chase.invoice()
    case = case_of(chase)
    propose(chase, case)
    add_agency(chase)
    operations.leave_agency(chase.session, agency_id="agc_agency", now=chase.at(1))
    with pytest.raises(AgencyLeft):
        refer(chase, case)


def test_what_an_agency_brings_in_is_counted_with_what_it_keeps(chase: Chase) -> None:
    first, second = chase.invoice(), chase.invoice()
    chase.pay(first, day=5, amount_minor=1845)
    case = case_of(chase)
    propose(chase, case)
    refer(chase, case)
    chase.pay(first, day=40, amount_minor=20000)
    (sheet,) = queries.sheets(chase.session, [queries.get_referral(chase.session, "rfl_1")])
    assert (sheet["amount_minor"], sheet["recovered_minor"], sheet["commission_minor"]) == (TOTAL + 20000, 20000, 5000)
    (score,) = queries.scores(chase.session)
    assert (score.referrals, score.still_there, str(score.recovered_percent)) == (1, 1, "47.8")
    chase.pay(second, day=50)
    dunning.close_settled(chase.session, today=chase.at(51).date(), now=chase.at(51))
    operations.end_settled(chase.session, now=chase.at(51))
    ended = queries.get_referral(chase.session, "rfl_1", lock=True)
    assert (ended.status, ended.ended_because) == (Status.ENDED, Ending.PAID)


def test_what_goes_back_of_what_an_agency_brought_in_is_taken_off(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.pay(invoice, day=5, amount_minor=1845)
    case = case_of(chase)
    propose(chase, case)
    refer(chase, case)
    chase.pay(invoice, day=40, amount_minor=12000)
    chase.pay(invoice, day=41, amount_minor=8000)
    before, refunded, disputed = chase.session.scalars(select(Payment).order_by(Payment.settled_at)).all()
    asked: dict[str, Any] = {
        "reason": "Goodwill",
        "reader_id": None,
        "requested_by": "staff:anne",
        "role": Role.OFFICE,
        "now": chase.at(90),
    }
    for payment_id, amount_minor in ((before.id, 1000), (refunded.id, 5000)):
        open_refund(
            chase.session, refund_id=f"ref_{payment_id}", payment_id=payment_id, amount_minor=amount_minor, **asked
        )
    chase.session.add(
        Chargeback(
            id="dp_1",
            payment_id=disputed.id,
            status=ChargebackStatus.LOST,
            reason="fraudulent",
            amount_minor=8000,
            currency="CAD",
            submission_count=0,
            reopened_minor=8000,
            revision=1,
            created_at=chase.at(91),
        )
    )
    chase.session.flush()
    (sheet,) = queries.sheets(chase.session, [queries.get_referral(chase.session, "rfl_1")])
    assert (sheet["recovered_minor"], sheet["commission_minor"]) == (7000, 1750)


@pytest.mark.parametrize(
    ("beyond_minor", "back_minor", "stayed"),
    [
        (0, 0, (100, 50)),
        (0, 30, (100, 20)),
        (0, 70, (80, 0)),
        (20, 0, (100, 30)),
        (20, 20, (100, 30)),
        (20, 60, (90, 0)),
    ],
)
def test_what_went_back_was_beyond_first_and_then_what_was_paid_last(
    beyond_minor: int, back_minor: int, stayed: tuple[int, int]
) -> None:
    parts = rules.stayed_minor({"inv_1": 100, "inv_2": 50}, beyond_minor=beyond_minor, back_minor=back_minor)
    assert tuple(parts.values()) == stayed


def test_what_comes_in_after_a_write_off_is_not_the_agency_s_however_late_the_end_is_noticed(chase: Chase) -> None:
    invoice = chase.invoice()
    case = case_of(chase)
    propose(chase, case)
    refer(chase, case)
    asked = {"case_id": case.id, "write_off_id": "wof_1", "reason": "Gone", "asked_by": "staff:anne"}
    chase.check(case, day=20, before=Before.WRITE_OFF)
    dunning.write_off(chase.session, **asked, now=chase.at(20))
    write_offs.agree(chase.session, write_off_id="wof_1", agreed_by="staff:boss", now=chase.at(21))
    dunning.close_settled(chase.session, today=chase.at(22).date(), now=chase.at(22))
    about = {"write_off_id": "wof_1", "invoice_id": invoice.id}
    write_offs.reinstate(chase.session, **about, reinstated_by="x", now=chase.at(30))
    chase.pay(invoice, day=30)
    dunning.follow_write_offs(chase.session, now=chase.at(31))
    operations.end_settled(chase.session, now=chase.at(32))
    (sheet,) = queries.sheets(chase.session, [queries.get_referral(chase.session, "rfl_1", lock=True)])
    assert (sheet["ended_at"], sheet["ended_because"]) == (chase.at(22), Ending.WRITTEN_OFF)
    assert (sheet["recovered_minor"], sheet["commission_minor"]) == (0, 0)


def test_the_pack_names_every_debt_and_carries_its_evidence(chase: Chase) -> None:
    invoice = chase.invoice()
    case = case_of(chase)
    propose(chase, case)
    pack = queries.make_pack(chase.session, refer(chase, case))
    assert pack == queries.make_pack(chase.session, queries.get_referral(chase.session, "rfl_1"))
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        assert archive.namelist() == ["SHA256SUMS", "debts.csv", f"evidence-{invoice.number}.zip"]
        assert archive.read("debts.csv").decode().splitlines()[1].endswith(",CAD,218.45")
    handed = operations.record_handover(chase.session, referral_id="rfl_1", pack=pack, by="x", now=chase.at(13))
    assert len(handed.pack_sha256 or "") == 64


def test_two_people_let_a_case_go_and_money_after_all_closes_it_as_recovered(chase: Chase) -> None:
    invoice = chase.invoice()
    case = case_of(chase)
    propose(chase, case, kind=ProposalKind.EITHER)
    asked = {"case_id": case.id, "write_off_id": "wof_1", "reason": "Gone", "asked_by": "staff:anne"}
    chase.check(case, day=12, before=Before.WRITE_OFF)
    for _ in range(2):
        dunning.write_off(chase.session, **asked, now=chase.at(12))
    assert case.status is CaseStatus.WRITE_OFF_PENDING
    assert chase.run(day=13) == [Reason.AWAITS_DECISION]
    write_offs.agree(chase.session, write_off_id="wof_1", agreed_by="staff:boss", now=chase.at(14))
    chase.run(day=15)
    chase.session.refresh(case)
    assert (case.status, case.closed_because) == (CaseStatus.CLOSED, Ending.WRITTEN_OFF)
    write_offs.reinstate(
        chase.session, write_off_id="wof_1", invoice_id=invoice.id, reinstated_by="x", now=chase.at(90)
    )
    chase.pay(invoice, day=90)
    dunning.follow_write_offs(chase.session, now=chase.at(91))
    chase.run(day=91)
    chase.session.refresh(case)
    assert (case.status, case.closed_because) == (CaseStatus.CLOSED, Ending.RECOVERED)


def test_a_write_off_that_is_turned_down_lets_its_case_go_on(chase: Chase) -> None:
    chase.invoice()
    case = case_of(chase)
    asked = {"case_id": case.id, "write_off_id": "wof_1", "reason": "Gone", "asked_by": "staff:anne"}
    chase.check(case, day=12, before=Before.WRITE_OFF)
    dunning.write_off(chase.session, **asked, now=chase.at(12))
    dunning.follow_write_offs(chase.session, now=chase.at(12))
    assert chase.case(day=12)["status"] == CaseStatus.WRITE_OFF_PENDING
    write_offs.reject(chase.session, write_off_id="wof_1", note="No", rejected_by="staff:boss", now=chase.at(13))
    dunning.follow_write_offs(chase.session, now=chase.at(13))
    assert case.status is CaseStatus.ACTIVE
    with pytest.raises(NotFromHere):
        dunning.move(chase.session, case, CaseStatus.REFERRED, because="x", moved_by="x", now=chase.at(14))


amounts = st.dictionaries(st.sampled_from(["inv_1", "inv_2", "inv_3"]), st.integers(1, 10**6), min_size=1)
payments = st.lists(st.tuples(st.integers(-30, 30).map(lambda days: SINCE + timedelta(days=days)), amounts), max_size=6)


def test_whose_write_off_is_turned_down_while_an_agency_has_them_stays_there(chase: Chase) -> None:
    chase.invoice()
    case = case_of(chase)
    propose(chase, case)
    refer(chase, case, kind=AgencyKind.LAWYER)
    chase.check(case, day=20, before=Before.WRITE_OFF)
    dunning.write_off(
        chase.session, case_id=case.id, write_off_id="wof_1", reason="Gone", asked_by="staff:anne", now=chase.at(20)
    )
    write_offs.reject(chase.session, write_off_id="wof_1", note="Not yet", rejected_by="staff:boss", now=chase.at(21))
    dunning.follow_write_offs(chase.session, now=chase.at(21))
    assert chase.run(day=40) == [Reason.REFERRED]
    operations.recall(chase.session, referral_id="rfl_1", reason="Enough", recalled_by="staff:boss", now=chase.at(41))
    assert case.status is CaseStatus.ACTIVE


@given(debts=amounts, received=payments, days=st.integers(0, 30))
def test_no_agency_is_paid_for_more_than_it_was_handed_or_for_what_came_at_another_time(
    debts: dict[str, int], received: list[tuple[datetime, dict[str, int]]], days: int
) -> None:
    until = SINCE + timedelta(days=days)
    recovered = rules.recovered_minor(debts, received, since=SINCE, until=until)
    while_there = [parts for moment, parts in received if SINCE <= moment < until]
    each = {name: sum(parts.get(name, 0) for parts in while_there) for name in debts}
    assert recovered == sum(min(each[name], owed) for name, owed in debts.items())
    assert 0 <= rules.commission_minor(recovered, commission_bp=2500) <= recovered <= sum(debts.values())
