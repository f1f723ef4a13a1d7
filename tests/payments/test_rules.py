"""What an attempt may become, what Stripe's answer means, and where money goes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core import words
from server.payments import rules
from server.payments.rules import OPEN, Seen, Status, Verdict


def seen(**more: object) -> Seen:
    nothing = {
        "intent_status": "requires_payment_method",
        "reader_is_gone": False,
        "action_is_ours": False,
        "action_may_be_older": False,
        "action_status": None,
        "action_failure": None,
        "charge_is_new": False,
        "charge_failure": None,
    }
    return Seen(**{**nothing, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shown", "verdict"),
    [
        (seen(intent_status="succeeded"), (Status.SUCCEEDED, None)),
        (
            seen(
                intent_status="succeeded",
                action_is_ours=True,
                action_status="failed",
                action_failure="connection_error",
            ),
            (Status.SUCCEEDED, None),
        ),
        (seen(intent_status="canceled"), (Status.CANCELED, "intent_canceled")),
        (seen(intent_status="requires_capture"), (Status.PROCESSING, None)),
        (seen(intent_status="processing"), (Status.PROCESSING, None)),
        (seen(action_is_ours=True, action_status="in_progress"), (Status.WAITING, None)),
        (
            seen(action_is_ours=True, action_status="in_progress", charge_is_new=True, charge_failure="expired_card"),
            (Status.WAITING, None),
        ),
        (seen(charge_is_new=True, charge_failure="insufficient_funds"), (Status.FAILED, "insufficient_funds")),
        (seen(charge_is_new=True), (Status.FAILED, "card_declined")),
        (
            seen(action_is_ours=True, action_status="failed", action_failure="customer_canceled"),
            (Status.CANCELED, "customer_canceled"),
        ),
        (
            seen(action_is_ours=True, action_status="failed", action_failure="processing_error"),
            (Status.FAILED, "processing_error"),
        ),
        (seen(reader_is_gone=True), (Status.FAILED, "reader_gone")),
        (seen(reader_is_gone=True, intent_status="succeeded"), (Status.SUCCEEDED, None)),
        (
            seen(
                action_is_ours=True,
                action_may_be_older=True,
                action_status="failed",
                action_failure="customer_canceled",
            ),
            (Status.FAILED, "reader_interrupted"),
        ),
        (seen(action_status="in_progress"), (Status.FAILED, "reader_replaced")),
        (seen(), (Status.FAILED, "reader_interrupted")),
    ],
)
def test_the_intent_decides_and_the_action_explains(shown: Seen, verdict: tuple[Status, str | None]) -> None:
    assert rules.read_reader(shown) == Verdict(status=verdict[0], failure_code=verdict[1])


def test_success_is_always_believed_and_never_undone() -> None:
    for status in set(Status) - {Status.SUCCEEDED}:
        assert rules.may_become(status, Status.SUCCEEDED)
        assert not rules.may_become(Status.SUCCEEDED, status)
    assert not rules.may_become(Status.SUCCEEDED, Status.SUCCEEDED)


def test_what_is_given_up_stays_given_up() -> None:
    for over, status in itertools.product((Status.FAILED, Status.CANCELED), set(Status) - {Status.SUCCEEDED}):
        assert not rules.may_become(over, status)


def test_every_open_attempt_can_end() -> None:
    for status, end in itertools.product(OPEN, (Status.FAILED, Status.CANCELED, Status.SUCCEEDED)):
        assert rules.may_become(status, end)


MINOR = st.integers(1, 10**12)
OWING = st.dictionaries(st.text(min_size=1), st.tuples(MINOR, st.integers(-(10**12), 10**12)), min_size=1, max_size=6)


@given(received=MINOR, owing=OWING)
def test_no_cent_of_what_was_received_is_lost(received: int, owing: dict[str, tuple[int, int]]) -> None:
    parts, balances = ({each: pair[of] for each, pair in owing.items()} for of in (0, 1))
    went = rules.split(received, parts=parts, balances=balances)
    assert sum(went.settled_minor.values()) + went.beyond_minor == received
    assert all(0 < minor <= min(parts[each], balances[each]) for each, minor in went.settled_minor.items())


@given(amount=MINOR, wanted=st.dictionaries(st.text(min_size=1), MINOR, min_size=1, max_size=6))
def test_the_first_of_several_gets_all_it_wants_before_the_next(amount: int, wanted: dict[str, int]) -> None:
    shares = rules.allocate(amount, wanted)
    assert sum(shares.values()) == min(amount, sum(wanted.values()))
    assert list(shares) == list(wanted)[: len(shares)]
    assert all(shares[each] == wanted[each] for each in list(shares)[:-1])


def test_what_was_paid_last_goes_back_first() -> None:
    assert rules.give_back(70, paid={"old": 50, "new": 40}) == {"new": 40, "old": 30}


@given(balance=st.integers(0, 10**9), under_way=st.lists(st.integers(1, 10**9), max_size=5))
def test_nobody_may_ask_for_money_that_is_being_collected(balance: int, under_way: list[int]) -> None:
    assert rules.free_to_collect(balance, under_way) + sum(under_way) >= balance
    assert 0 <= rules.free_to_collect(balance, under_way) <= balance


def test_we_ask_often_at_first_then_hardly() -> None:
    waits = [rules.wait_before_check(checks).total_seconds() for checks in range(12)]
    assert waits == sorted(waits)
    assert waits[0] == 2
    assert waits[-1] == 6 * 3600


@pytest.mark.parametrize(
    "code", ["card_declined", "insufficient_funds", "terminal_reader_busy", "terminal_reader_offline", "never_heard_of"]
)
def test_every_failure_has_words_in_both_languages(code: str) -> None:
    advice = rules.advice(code)
    for sentence in (advice.message, advice.what_to_do):
        assert words.say("fr_CA", sentence) != sentence


MOVES = [
    (rules.RefundStatus.AWAITING_APPROVAL, rules.RefundStatus.SUCCEEDED, True, False),
    (rules.RefundStatus.CREATED, rules.RefundStatus.SUCCEEDED, False, True),
    (rules.RefundStatus.UNKNOWN, rules.RefundStatus.FAILED, False, True),
    (rules.RefundStatus.PROCESSING, rules.RefundStatus.SUCCEEDED, True, True),
    (rules.RefundStatus.SUCCEEDED, rules.RefundStatus.PROCESSING, True, False),
    (rules.RefundStatus.SUCCEEDED, rules.RefundStatus.FAILED, True, True),
    (rules.RefundStatus.FAILED, rules.RefundStatus.SUCCEEDED, True, False),
    (rules.RefundStatus.FAILED, rules.RefundStatus.SUCCEEDED, False, True),
    (rules.RefundStatus.CANCELED, rules.RefundStatus.SUCCEEDED, True, False),
    (rules.RefundStatus.CANCELED, rules.RefundStatus.SUCCEEDED, False, True),
]


@pytest.mark.parametrize(("status", "wanted", "told_by_stripe", "allowed"), MOVES)
def test_a_refund_moves_as_stripe_tells_and_not_back(
    status: rules.RefundStatus, wanted: rules.RefundStatus, told_by_stripe: bool, allowed: bool
) -> None:
    assert rules.refund_may_become(status, wanted, told_by_stripe=told_by_stripe) is allowed


@pytest.mark.parametrize(
    ("total_minor", "same_currency", "needs"), [(20000, True, False), (20001, True, True), (1, False, True)]
)
def test_a_second_person_is_needed_above_the_limit_and_in_a_foreign_currency(
    total_minor: int, same_currency: bool, needs: bool
) -> None:
    assert rules.needs_second_person(total_minor, limit_minor=20000, same_currency=same_currency) is needs


@given(received_minor=st.integers(1, 10**9), wanted=st.lists(st.integers(1, 10**9), max_size=20))
def test_whatever_is_asked_for_no_more_goes_back_than_came(received_minor: int, wanted: list[int]) -> None:
    claimed_minor = 0
    for amount_minor in wanted:
        if amount_minor <= rules.left_to_refund(received_minor, claimed_minor):
            claimed_minor += amount_minor
    assert 0 <= claimed_minor <= received_minor
    assert rules.left_to_refund(received_minor, claimed_minor) == received_minor - claimed_minor


@pytest.mark.parametrize("code", ["rejected", "interrupted", "expired_or_canceled_card", "anything_new"])
def test_a_refund_that_failed_says_why_in_both_languages(code: str) -> None:
    said = rules.refund_advice(code)
    for sentence in (said.message, said.what_to_do):
        assert words.say("fr", sentence) != sentence
