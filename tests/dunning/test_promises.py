"""A customer gives their word; the books, and nobody else, say what became of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.business import operations as business
from server.dunning import operations, queries, rules
from server.dunning.models import Promise
from server.dunning.operations import NothingToPromise, PromisePending, PromisesUsedUp, PromiseTooFar, PromiseTooHigh
from server.dunning.rules import DisputeStatus, PromiseStatus, Reason, Source
from server.payments import operations as payments
from server.payments.operations.collecting import record_success
from server.payments.rules import Method, Status
from server.write_offs import operations as write_offs
from tests.dunning.chase import DUE, TOTAL, Chase
from tests.dunning.test_disputes import decide, object_to

TODAY = date(2026, 4, 10)
KEPT, PARTLY, BROKEN, PENDING = (
    PromiseStatus.KEPT,
    PromiseStatus.PARTLY_KEPT,
    PromiseStatus.BROKEN,
    PromiseStatus.PENDING,
)


def give(chase: Chase, *, day: int, due: int, promise_id: str = "prm_1", **more: Any) -> Promise:
    """Promise everything by that many days after the due date."""
    (case,) = chase.cases()
    wanted: dict[str, Any] = {"amount_minor": None, "source": Source.OFFICE, "made_by": "staff:stf_1", **more}
    return operations.promise(
        chase.session,
        case_id=case.id,
        promise_id=promise_id,
        due_on=DUE + timedelta(days=due),
        now=chase.at(day),
        **wanted,
    )


def run(chase: Chase, *, day: int) -> list[Reason | None]:
    """What the worker does on a day."""
    operations.decide_promises(chase.session, now=chase.at(day))
    return chase.run(day=day)


@pytest.mark.parametrize(
    ("received_minor", "still_owed_minor", "is_over", "becomes"),
    [
        (0, 100, False, PENDING),
        (99, 1, False, PENDING),
        (100, 0, False, KEPT),
        (100, 50, False, KEPT),
        (60, 0, False, KEPT),
        (0, 100, True, BROKEN),
        (1, 99, True, PARTLY),
        (99, 1, True, PARTLY),
        (100, 0, True, KEPT),
        (140, 0, True, KEPT),
    ],
)
def test_a_promise_becomes_what_was_received(
    received_minor: int, still_owed_minor: int, is_over: bool, becomes: PromiseStatus
) -> None:
    decided = rules.decide(
        amount_minor=100, received_minor=received_minor, still_owed_minor=still_owed_minor, is_over=is_over
    )
    assert decided is becomes


@given(
    owed=st.dictionaries(st.sampled_from("abcd"), st.integers(1, 1000), min_size=1),
    parts=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 300))),
    seed=st.randoms(use_true_random=False),
)
def test_the_order_in_which_money_comes_decides_nothing(
    owed: dict[str, int], parts: list[tuple[str, int]], seed: Any
) -> None:
    def outcome(paid: list[tuple[str, int]]) -> PromiseStatus:
        balances = dict(owed)
        for invoice_id, minor in paid:
            balances[invoice_id] = max(balances.get(invoice_id, 0) - minor, 0)
        received = rules.received(owed=owed, balances=balances)
        left = sum(balances[key] for key in owed)
        assert received + left == sum(owed.values())
        return rules.decide(
            amount_minor=sum(owed.values()), received_minor=received, still_owed_minor=left, is_over=True
        )

    shuffled = list(parts)
    seed.shuffle(shuffled)
    assert outcome(parts) is outcome(shuffled)


@given(days=st.integers(-400, 400), made=st.integers(0, 9), limit=st.integers(0, 5), reach=st.integers(0, 92))
def test_nobody_rests_their_own_case_for_ever(days: int, made: int, limit: int, reach: int) -> None:
    asked: dict[str, Any] = {"due_on": TODAY + timedelta(days=days), "today": TODAY, "made_by_customer": made}
    allowed: dict[str, Any] = {"customer_days": reach, "customer_promises": limit}
    alone = rules.is_open_to(Source.CUSTOMER, **asked, **allowed)
    assert alone == (0 <= days <= reach and made < limit)
    assert not alone or rules.is_open_to(Source.OFFICE, **asked, **allowed)


def test_a_promise_rests_the_case_and_is_confirmed_until_its_day_is_over(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    promise = give(chase, day=2, due=12)
    assert run(chase, day=12) == [Reason.PAUSED]
    assert [pause["kind"] for pause in map(vars, chase.case(day=12)["pauses"])] == ["promise"]
    assert run(chase, day=13) == [Reason.AWAITS_DECISION]
    assert (promise.status, chase.reminders()) == (BROKEN, [])
    shown = chase.case(day=13)
    assert (shown["status"], shown["broken_promises"], shown["is_let_down"]) == ("referral_pending", 1, True)
    (asked,) = queries.worklist(chase.session, today=chase.at(13).date(), now=chase.at(13))["tasks"]
    assert (asked["kind"], asked["case_id"]) == ("approval", shown["id"])


def test_a_business_may_forgive_a_broken_promise_and_chases_on_at_the_frozen_step(chase: Chase) -> None:
    business.change_settings(chase.session, {"max_broken_promises": 2})
    chase.invoice()
    chase.run(day=5)
    give(chase, day=6, due=40)
    assert run(chase, day=40) == [Reason.PAUSED]
    assert run(chase, day=41) == [None]
    assert run(chase, day=41) == [Reason.MESSAGE_UNDER_WAY]
    assert [action.step for action in chase.actions()] == [1, 2]
    give(chase, day=41, due=42, promise_id="prm_2")
    assert run(chase, day=60) == [Reason.AWAITS_DECISION]


def test_paying_early_keeps_the_word_and_closes_the_case_by_itself(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    promise = give(chase, day=2, due=20)
    chase.pay(invoice, day=3)
    assert run(chase, day=3) == []
    assert (promise.status, promise.received_minor) == (KEPT, TOTAL)
    assert chase.case(day=3)["status"] == "closed"


def test_what_came_after_the_day_does_not_count_and_what_came_before_does(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    promise = give(chase, day=2, due=10)
    chase.pay(invoice, day=9, amount_minor=5000)
    chase.pay(invoice, day=11, amount_minor=TOTAL - 5000)
    run(chase, day=30)
    assert (promise.status, promise.received_minor) == (PARTLY, 5000)
    assert chase.case(day=30)["broken_promises"] == 0


def test_only_one_promise_waits_and_the_same_one_twice_is_one(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    assert give(chase, day=2, due=12) is give(chase, day=3, due=12)
    with pytest.raises(PromisePending):
        give(chase, day=3, due=12, promise_id="prm_2")
    (case,) = chase.cases()
    operations.cancel_promise(chase.session, case_id=case.id, promise_id="prm_1", now=chase.at(4))
    assert run(chase, day=8) == [None]
    give(chase, day=8, due=12, promise_id="prm_2")


def test_a_promise_is_about_what_is_open_and_no_more(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    with pytest.raises(PromiseTooHigh):
        give(chase, day=2, due=12, amount_minor=TOTAL + 1)
    with pytest.raises(NothingToPromise):
        give(chase, day=2, due=12, invoice_ids=["inv_9"])
    with pytest.raises(PromiseTooFar):
        give(chase, day=2, due=1)


def test_a_customer_alone_promises_so_often_and_so_far_as_the_business_allows(chase: Chase) -> None:
    business.change_settings(chase.session, {"customer_promises": 2, "max_broken_promises": 9})
    chase.invoice()
    chase.run(day=1)
    alone = {"source": Source.CUSTOMER, "made_by": "customer"}
    with pytest.raises(PromiseTooFar):
        give(chase, day=2, due=17, **alone)
    for number, day in enumerate((2, 20)):
        give(chase, day=day, due=day + 3, promise_id=f"prm_{number}", **alone)
        run(chase, day=day + 10)
    with pytest.raises(PromisesUsedUp):
        give(chase, day=40, due=41, promise_id="prm_9", **alone)
    give(chase, day=40, due=41, promise_id="prm_9")


def test_money_on_its_way_when_the_day_ended_is_waited_for(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    promise = give(chase, day=2, due=10)
    payment = payments.open_payment(
        chase.session,
        payment_id="pay_1",
        invoice=invoice,
        method=Method.PAY_LINK,
        amount_minor=TOTAL,
        reader_id=None,
        reference=None,
        taken_by="customer",
        now=chase.at(9),
    )
    payment.status = Status.PROCESSING
    run(chase, day=20)
    assert (promise.status, chase.reminders()) == (PENDING, [])
    record_success(chase.session, payment=payment, invoice=invoice, received_minor=TOTAL, charge=None, now=chase.at(21))
    run(chase, day=22)
    assert promise.status is KEPT


@pytest.mark.parametrize(("paid_minor", "becomes"), [(1000, PARTLY), (0, PromiseStatus.CANCELLED)])
def test_nobody_kept_their_word_by_being_let_off(chase: Chase, paid_minor: int, becomes: PromiseStatus) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    promise = give(chase, day=2, due=12)
    if paid_minor:
        chase.pay(invoice, day=3, amount_minor=paid_minor)
    said: dict[str, Any] = {"customer_id": "cus_1", "currency": "CAD", "reason": "Gone", "asked_by": "staff:anne"}
    write_offs.ask(chase.session, write_off_id="wof_1", **said, now=chase.at(4))
    write_offs.agree(chase.session, write_off_id="wof_1", agreed_by="staff:boss", now=chase.at(5))
    run(chase, day=6)
    assert (promise.status, promise.received_minor) == (becomes, paid_minor)
    assert chase.case(day=6)["closed_because"] == "written_off"


@pytest.mark.parametrize(
    ("promised_minor", "credited_minor", "paid_minor", "becomes"),
    [
        (TOTAL, TOTAL, 0, PromiseStatus.CANCELLED),
        (TOTAL, 10000, TOTAL - 10000, KEPT),
        (TOTAL, 10000, 1000, PARTLY),
        (10000, 10000, 0, BROKEN),
        (10000, 10000, 10000, KEPT),
    ],
)
def test_what_is_credited_after_a_promise_was_not_paid_and_need_not_be(
    chase: Chase, promised_minor: int, credited_minor: int, paid_minor: int, becomes: PromiseStatus
) -> None:
    invoice = chase.invoice()
    chase.run(day=1)
    promise = give(chase, day=2, due=12, amount_minor=promised_minor)
    object_to(chase, invoice, day=3, amount_minor=credited_minor)
    decide(chase, DisputeStatus.UPHELD, day=4)
    if paid_minor:
        chase.pay(invoice, day=5, amount_minor=paid_minor)
    for day in (6, 13):
        operations.decide_promises(chase.session, now=chase.at(day))
    assert (promise.status, promise.received_minor) == (becomes, paid_minor)
