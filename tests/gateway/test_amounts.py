"""Amounts as Stripe counts them, with 0, 2 and 3 decimals, and what is refused before Stripe would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.errors import Unacceptable
from server.gateway.amounts import (
    AmountNotChargeable,
    AmountTooLarge,
    AmountTooSmall,
    from_stripe,
    require_chargeable,
    to_stripe,
)

STEP = {"step_minor": 10, "currency": "KWD"}


@pytest.mark.parametrize(
    ("amount_minor", "currency", "at_stripe"),
    [
        (12345, "CAD", 12345),
        (500, "JPY", 500),
        (500, "KRW", 500),
        (500, "ISK", 50000),
        (500, "UGX", 50000),
        (17500, "HUF", 17500),
        (17500, "TWD", 17500),
        (12340, "KWD", 12340),
        (700, "RSD", 70000),
    ],
)
def test_an_amount_is_counted_as_stripe_counts_it(amount_minor: int, currency: str, at_stripe: int) -> None:
    assert to_stripe(amount_minor, currency) == at_stripe
    assert from_stripe(at_stripe, currency) == amount_minor


@given(amount=st.integers(0, 10**9), currency=st.sampled_from(["CAD", "JPY", "ISK", "UGX", "KWD", "HUF", "TND"]))
def test_no_amount_is_changed_by_going_there_and_back(amount: int, currency: str) -> None:
    assert from_stripe(to_stripe(amount, currency), currency) == amount


def test_a_part_of_a_unit_which_only_a_fee_has_is_rounded() -> None:
    assert [from_stripe(fee, "ISK") for fee in (149, 150, 200)] == [1, 2, 2]


@pytest.mark.parametrize(
    ("amount_minor", "currency", "refused", "facts"),
    [
        (49, "CAD", AmountTooSmall, {"least_minor": 50, "currency": "CAD"}),
        (49, "JPY", AmountTooSmall, {"least_minor": 50, "currency": "JPY"}),
        (17499, "HUF", AmountTooSmall, {"least_minor": 17500, "currency": "HUF"}),
        (100_000_000, "CAD", AmountTooLarge, {"most_minor": 99_999_999, "currency": "CAD"}),
        (1_000_000, "ISK", AmountTooLarge, {"most_minor": 999_999, "currency": "ISK"}),
        (12345, "KWD", AmountNotChargeable, {**STEP, "chargeable_minor": 12340, "rest_minor": 5}),
        (12345, "LYD", AmountNotChargeable, {**STEP, "currency": "LYD", "chargeable_minor": 12340, "rest_minor": 5}),
        (5, "KWD", AmountNotChargeable, {**STEP, "chargeable_minor": 0, "rest_minor": 5}),
        (100_000_000, "KWD", AmountTooLarge, {"most_minor": 99_999_990, "currency": "KWD"}),
    ],
)
def test_what_stripe_would_refuse_is_refused_before(
    amount_minor: int, currency: str, refused: type[Unacceptable], facts: dict[str, object]
) -> None:
    with pytest.raises(refused) as found:
        require_chargeable(amount_minor, currency)
    assert found.value.facts == facts


@pytest.mark.parametrize(
    ("amount_minor", "currency"),
    [(50, "CAD"), (50, "JPY"), (1, "ISK"), (1, "UGX"), (17500, "HUF"), (12340, "KWD"), (99_999_999, "CAD")],
)
def test_what_stripe_takes_is_let_through(amount_minor: int, currency: str) -> None:
    require_chargeable(amount_minor, currency)
