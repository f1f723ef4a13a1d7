"""Cash and cheques on their way from a technician's pocket to the bank: the books follow what was counted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.access import operations as access
from server.access.models import Device
from server.audit import flows as audit
from server.cash import operations, queries, rules
from server.cash.models import Banking, Handover
from server.cash.operations import (
    BankingExists,
    CashTooHigh,
    ChequeElsewhere,
    CountersignerNeeded,
    DifferenceUnexplained,
    HandoverDecided,
    HandoverEmpty,
    HandoverExists,
)
from server.cash.rules import HandoverStatus
from server.core.database import transaction
from server.core.errors import Problem
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments import flows
from server.payments.operations import reverse_payment
from server.payments.rules import Method
from tests.shop import Shop


class Round:
    """A technician's day, and the office at the end of it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.technician_id = shop.technician.id
        with transaction() as session:
            pairing = access.create_pairing(session, technician_id=self.technician_id, now=shop.now())
            paired = access.pair_device(session, code=pairing.code, name="Pixel", now=shop.now())
            self.phone = f"device:{session.get_one(Device, paired.device_id).id}"

    def take(self, payment_id: str, method: Method = Method.CASH, amount_minor: int = 10000) -> None:
        """Take money at a door."""
        flows.collect(
            payment_id=payment_id,
            invoice_id=self.shop.invoice().id,
            method=method,
            amount_minor=amount_minor,
            reference="0042",
            taken_by=self.phone,
            now=self.shop.now(),
        )

    def hand_over(self, amount_minor: int = 10000, handover_id: str = "hnd_1", **more: Any) -> Handover:
        """Hand it over, on the phone."""
        said = {"technician_id": self.technician_id, "currency": "CAD", "handed_by": self.phone, **more}
        with transaction() as session:
            return operations.hand_over(
                session, handover_id=handover_id, amount_minor=amount_minor, now=self.shop.now(), **said
            )

    def countersign(self, counted_minor: int = 10000, reason: str | None = None, by: str = "staff:anne") -> Handover:
        """Count it, at the desk."""
        with transaction() as session:
            return operations.countersign(
                session,
                handover_id="hnd_1",
                counted_minor=counted_minor,
                reason=reason,
                countersigned_by=by,
                now=self.shop.now(),
            )

    def reject(self, by: str = "staff:anne") -> Handover:
        """Turn it down, at the desk."""
        with transaction() as session:
            return operations.reject(
                session, handover_id="hnd_1", reason="Nothing came", rejected_by=by, now=self.shop.now()
            )

    def pay_in(self, amount_minor: int, banking_id: str = "bnk_1", cheques: tuple[str, ...] = ()) -> Banking:
        """Go to the bank."""
        with transaction() as session:
            return operations.pay_in(
                session,
                banking_id=banking_id,
                amount_minor=amount_minor,
                currency="CAD",
                cheques=cheques,
                paid_in_by="staff:anne",
                now=self.shop.now(),
            )

    def held(self, kind: Kind = Kind.CASH) -> tuple[int, int]:
        """What the technician and the office hold."""
        with transaction() as session:
            owners = (self.technician_id, queries.OFFICE)
            theirs, ours = (ledger.balance_of(session, kind, owner, "CAD") for owner in owners)
        return theirs, ours


@pytest.fixture
def day(shop: Shop) -> Round:
    """A day on which 100.00 was taken in cash."""
    begun = Round(shop)
    begun.take("pay_1")
    return begun


def test_cash_is_in_the_float_of_whose_phone_took_it_and_of_the_office_otherwise(day: Round) -> None:
    day.shop.collect(day.shop.invoice(), "pay_2", method=Method.CASH, amount_minor=5000)
    assert day.held() == (10000, 5000)


def test_it_passes_to_the_office_when_somebody_else_has_counted_it(day: Round) -> None:
    assert day.hand_over().status is HandoverStatus.WAITING
    assert day.held() == (10000, 0)
    assert day.countersign().status is HandoverStatus.COUNTERSIGNED
    assert day.held() == (0, 10000)


@pytest.mark.parametrize(("counted_minor", "difference_minor"), [(9000, 1000), (10500, -500), (0, 10000)])
def test_a_difference_needs_a_reason_and_is_booked_apart(day: Round, counted_minor: int, difference_minor: int) -> None:
    day.hand_over()
    with pytest.raises(DifferenceUnexplained):
        day.countersign(counted_minor)
    assert day.held() == (10000, 0)
    done = day.countersign(counted_minor, "A bill was false")
    assert (done.expected_minor, done.counted_minor) == (10000, counted_minor)
    assert day.held() == (0, counted_minor)
    assert day.shop.books(Kind.CASH_DIFFERENCE) == difference_minor


def test_twice_is_once(day: Round) -> None:
    day.hand_over()
    day.hand_over()
    day.countersign(9000, "Lost")
    day.countersign(9000, "Lost")
    assert day.held() == (0, 9000)
    with pytest.raises(HandoverExists):
        day.hand_over(9999)
    with pytest.raises(HandoverDecided):
        day.countersign(9000, "Lost", by="staff:paul")
    with pytest.raises(HandoverDecided):
        day.reject(by="staff:paul")


def test_whoever_hands_over_does_not_count(day: Round) -> None:
    day.hand_over(handed_by="staff:anne")
    with pytest.raises(CountersignerNeeded):
        day.countersign()
    with pytest.raises(CountersignerNeeded):
        day.reject()
    assert day.countersign(by="staff:paul").decided_by == "staff:paul"


def test_what_is_turned_down_stays_in_the_float_and_may_be_handed_over_again(day: Round) -> None:
    day.hand_over()
    assert day.reject().status is HandoverStatus.REJECTED
    assert day.reject().status is HandoverStatus.REJECTED
    assert day.held() == (10000, 0)
    assert day.hand_over(handover_id="hnd_2").status is HandoverStatus.WAITING


def test_more_than_is_held_cannot_be_handed_over_not_even_in_parts(day: Round) -> None:
    with pytest.raises(CashTooHigh):
        day.hand_over(10001)
    day.hand_over(6000)
    with pytest.raises(CashTooHigh):
        day.hand_over(6000, "hnd_2")
    with pytest.raises(HandoverEmpty):
        day.hand_over(0, "hnd_3")


def test_of_many_handovers_at_once_no_cent_is_claimed_twice(day: Round) -> None:
    def attempt(number: int) -> int:
        try:
            return day.hand_over(4000, f"hnd_{number}").amount_minor
        except Problem:
            return 0

    with ThreadPoolExecutor(6) as crowd:
        assert sum(crowd.map(attempt, range(6))) == 8000


def test_of_many_countersignatures_one_counts(day: Round) -> None:
    day.hand_over()

    def attempt(number: int) -> bool:
        try:
            day.countersign(by=f"staff:{number}")
        except Problem:
            return False
        return True

    with ThreadPoolExecutor(6) as crowd:
        assert sum(crowd.map(attempt, range(6))) == 1
    assert day.held() == (0, 10000)


def test_a_payment_reversed_meanwhile_is_no_shortage(day: Round) -> None:
    day.take("pay_2", amount_minor=3000)
    day.hand_over(13000)
    with transaction() as session:
        reverse_payment(
            session, payment_id="pay_2", reversal_id="rev_1", reason="Never", reversed_by="s", now=day.shop.now()
        )
    assert day.countersign(10000).expected_minor == 10000
    assert (day.held(), day.shop.books(Kind.CASH_DIFFERENCE)) == ((0, 10000), 0)


def test_cash_reversed_after_it_was_handed_over_leaves_the_drawer(day: Round) -> None:
    day.hand_over()
    day.countersign()
    with transaction() as session:
        reverse_payment(
            session, payment_id="pay_1", reversal_id="rev_1", reason="Never", reversed_by="s", now=day.shop.now()
        )
    assert day.held() == (0, 0)


def test_cash_that_never_came_leaves_the_float_from_which_a_part_was_given_back(day: Round) -> None:
    day.shop.refund("pay_1", requested_by=day.phone)
    with transaction() as session:
        reverse_payment(
            session, payment_id="pay_1", reversal_id="rev_1", reason="Never", reversed_by="s", now=day.shop.now()
        )
    assert day.held() == (-1000, 0), "they handed 10.00 back out of their own pocket"


def test_cheques_pass_one_by_one_and_are_paid_in_once(day: Round) -> None:
    day.take("pay_2", Method.CHEQUE)
    day.take("pay_3", Method.CHEQUE, 5000)
    with pytest.raises(ChequeElsewhere):
        day.pay_in(0, cheques=("pay_2",))
    day.hand_over(cheques=["pay_2", "pay_3"])
    with pytest.raises(ChequeElsewhere):
        day.hand_over(0, "hnd_2", cheques=["pay_3"])
    day.countersign()
    assert day.held(Kind.CHEQUES) == (0, 15000)
    day.pay_in(10000, cheques=("pay_2", "pay_3"))
    day.pay_in(10000, cheques=("pay_3", "pay_2"))
    assert (day.held(Kind.CHEQUES), day.held(), day.shop.books(Kind.BANK)) == ((0, 0), (0, 0), 25000)
    with pytest.raises(ChequeElsewhere):
        day.pay_in(0, "bnk_2", ("pay_2",))
    with pytest.raises(BankingExists):
        day.pay_in(1, cheques=("pay_2", "pay_3"))
    assert list(audit.check(now=day.shop.now())) == []


def test_a_cheque_that_bounces_leaves_wherever_it_is(day: Round) -> None:
    for number in (2, 3, 4):
        day.take(f"pay_{number}", Method.CHEQUE)
    day.hand_over(0, cheques=["pay_3", "pay_4"])
    day.countersign(0)
    day.pay_in(0, cheques=("pay_4",))
    for number in (2, 3, 4):
        with transaction() as session:
            reverse_payment(
                session,
                payment_id=f"pay_{number}",
                reversal_id=f"rev_{number}",
                reason="NSF",
                reversed_by="s",
                now=day.shop.now(),
            )
    assert (day.held(Kind.CHEQUES), day.shop.books(Kind.BANK)) == ((0, 0), 0)


def test_a_cheque_that_bounced_while_it_waited_does_not_pass(day: Round) -> None:
    day.take("pay_2", Method.CHEQUE)
    day.hand_over(cheques=["pay_2"])
    with transaction() as session:
        reverse_payment(
            session, payment_id="pay_2", reversal_id="rev_1", reason="NSF", reversed_by="s", now=day.shop.now()
        )
    day.countersign()
    assert day.held(Kind.CHEQUES) == (0, 0)


def test_no_more_cash_is_paid_in_than_the_office_holds(day: Round) -> None:
    with pytest.raises(CashTooHigh):
        day.pay_in(1)
    with pytest.raises(HandoverEmpty):
        day.pay_in(0)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_count_accounts_for_every_cent(counted_minor: int, expected_minor: int) -> None:
    count = rules.read_count(counted_minor, expected_minor=expected_minor)
    assert count.passed_minor + count.over_minor == counted_minor
    assert count.passed_minor + count.short_minor == expected_minor
    assert 0 in (count.short_minor, count.over_minor)
