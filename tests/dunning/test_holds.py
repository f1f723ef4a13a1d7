"""A case that rests sends nothing, and goes on by itself or on its owner's word."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.dunning import operations, queries
from server.dunning.operations import CaseClosed, HoldExists, HoldOver
from server.dunning.queries import NoSuchCase, NoSuchHold
from server.dunning.rules import DisputeReason, Reason, Source
from tests.dunning.chase import DUE, TOTAL, Chase


def hold(chase: Chase, *, day: int, hold_id: str = "hld_1", **more: Any) -> str:
    """Place a hold on the only case; return the case's id."""
    (case,) = chase.cases()
    wanted: dict[str, Any] = {"reason": "Asked for a week", "until_on": None, "owner": "staff:stf_1", **more}
    operations.place_hold(chase.session, case_id=case.id, hold_id=hold_id, now=chase.at(day), **wanted)
    return case.id


def test_a_paused_case_sends_nothing_until_its_owner_releases_it(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    case_id = hold(chase, day=1)
    assert chase.case(day=5)["status"] == "paused"
    assert chase.run(day=5) == chase.run(day=90) == [Reason.PAUSED]
    assert chase.reminders() == []
    operations.release_hold(chase.session, case_id=case_id, hold_id="hld_1", released_by="staff:anne", now=chase.at(90))
    assert chase.run(day=90) == [None]
    assert len(chase.reminders()) == 1


def test_a_step_deferred_before_the_hold_looks_again_and_sends_nothing(chase: Chase) -> None:
    chase.invoice()
    (look,) = operations.plan(chase.session, today=chase.at(5).date(), now=chase.at(5))
    hold(chase, day=5)
    assert operations.take_step(chase.session, case_id=look.case.id, now=chase.at(5)).reason is Reason.PAUSED
    assert chase.reminders() == []


def test_a_hold_ends_by_itself_on_its_day(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    hold(chase, day=1, until_on=DUE + timedelta(days=12))
    assert chase.run(day=11) == [Reason.PAUSED]
    assert chase.run(day=12) == [None]
    assert chase.case(day=12)["status"] == "active"


def test_every_reason_to_rest_must_be_gone(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    hold(chase, day=1, until_on=DUE + timedelta(days=12))
    case_id = hold(chase, day=1, hold_id="hld_2", reason="Says it is wrong")
    assert chase.run(day=12) == [Reason.PAUSED]
    operations.release_hold(chase.session, case_id=case_id, hold_id="hld_2", released_by="staff:anne", now=chase.at(12))
    assert chase.run(day=12) == [None]


def test_a_paused_case_closes_all_the_same_when_it_is_paid(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    hold(chase, day=1)
    chase.pay(invoice, day=3)
    chase.run(day=3)
    assert chase.case(day=3)["status"] == "closed"
    with pytest.raises(CaseClosed):
        hold(chase, day=4, hold_id="hld_2")


def test_the_same_hold_again_changes_nothing_and_another_under_its_id_is_refused(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    hold(chase, day=1)
    hold(chase, day=2)
    assert [each.placed_at for each in chase.case(day=2)["holds"]] == [chase.at(1)]
    with pytest.raises(HoldExists):
        hold(chase, day=2, reason="Another reason")


def test_a_hold_that_is_already_over_is_refused(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    with pytest.raises(HoldOver):
        hold(chase, day=5, until_on=DUE + timedelta(days=5))


def test_a_hold_is_released_once_and_only_in_its_own_case(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    case_id = hold(chase, day=1)
    for day in (2, 3):
        operations.release_hold(
            chase.session, case_id=case_id, hold_id="hld_1", released_by="staff:anne", now=chase.at(day)
        )
    assert queries.get_hold(chase.session, case_id, "hld_1").released_at == chase.at(2)
    with pytest.raises(NoSuchHold):
        operations.release_hold(
            chase.session, case_id=case_id, hold_id="hld_9", released_by="staff:anne", now=chase.at(3)
        )
    with pytest.raises(NoSuchCase):
        operations.release_hold(
            chase.session, case_id="cas_9", hold_id="hld_1", released_by="staff:anne", now=chase.at(3)
        )


def test_cases_are_listed_by_where_they_stand(chase: Chase) -> None:
    paid = chase.invoice(currency="EUR")
    chase.invoice(currency="USD")
    chase.invoice()
    chase.run(day=1)
    chase.pay(paid, day=2)
    chase.run(day=2)
    resting = next(case for case in chase.cases() if case.currency == "USD")
    wanted: dict[str, Any] = {"reason": "On holiday", "until_on": DUE + timedelta(days=9), "owner": "staff:stf_1"}
    operations.place_hold(chase.session, case_id=resting.id, hold_id="hld_1", now=chase.at(2), **wanted)

    def listed(status: str | None, *, day: int = 3) -> set[tuple[str, str]]:
        page = queries.list_cases(
            chase.session, customer_id="cus_1", status=status, cursor=None, limit=10, today=chase.at(day).date()
        )
        return {(item["currency"], item["status"]) for item in page["items"]}

    assert listed("active") == {("CAD", "active")}
    assert listed("paused") == {("USD", "paused")}
    assert listed("open") == {("CAD", "active"), ("USD", "paused")}
    assert listed("closed") == {("EUR", "closed")}
    assert listed(None) == listed("open") | listed("closed")
    assert listed("active", day=9) == {("CAD", "active"), ("USD", "active")}


@pytest.mark.parametrize(
    ("until_day", "on", "kinds"),
    [
        (None, 89, []),
        (None, 90, ["rest"]),  # two years later too
        (None, 730, ["rest"]),
        (100, 90, []),  # it ends soon by itself
        (181, 90, ["rest"]),  # too far ahead
    ],
)
def test_an_old_debt_that_rests_without_an_end_comes_on_the_worklist(
    chase: Chase, until_day: int | None, on: int, kinds: list[str]
) -> None:
    chase.invoice()
    chase.run(day=6)
    (case,) = chase.cases()
    until_on = None if until_day is None else chase.at(until_day).date()
    said: dict[str, Any] = {"hold_id": "hol_1", "reason": "Wait", "until_on": until_on, "owner": "staff:anne"}
    operations.place_hold(chase.session, case_id=case.id, **said, now=chase.at(7))
    work = queries.worklist(chase.session, today=chase.at(on).date(), now=chase.at(on))
    assert [task["kind"] for task in work["tasks"]] == kinds
    operations.release_hold(chase.session, case_id=case.id, hold_id="hol_1", released_by="staff:anne", now=chase.at(on))
    assert queries.worklist(chase.session, today=chase.at(on).date(), now=chase.at(on))["tasks"] == []


def test_an_objection_nobody_decides_about_comes_on_the_worklist_with_what_it_is_about(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=6)
    said: dict[str, Any] = {"said": "No", "reason": DisputeReason.PRICE, "source": Source.OFFICE}
    operations.dispute(
        chase.session,
        dispute_id="dis_1",
        invoice_id=invoice.id,
        amount_minor=TOTAL,
        opened_by="customer",
        now=chase.at(7),
        **said,
    )
    assert queries.worklist(chase.session, today=chase.at(97).date(), now=chase.at(97))["tasks"] == []
    (task,) = queries.worklist(chase.session, today=chase.at(98).date(), now=chase.at(98))["tasks"]
    assert (task["kind"], task["open_minor"], task["at_stake_minor"] > 0) == ("rest", TOTAL, True)
