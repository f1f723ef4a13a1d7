"""Each number beside one worked out by hand, and what holds of it always."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.dunning.rules import recovery
from server.reports import rules
from server.reports.rules import Bucket, Open, Sale

ON = date(2026, 6, 30)


def owed(number: int, days_late: int, balance_minor: int) -> Open:
    return Open(
        invoice_id=f"inv_{number}",
        number=f"F-{number}",
        customer_id="cus_1",
        customer_name="Marie",
        currency="CAD",
        issued_on=ON - timedelta(days=days_late + 30),
        due_on=ON - timedelta(days=days_late),
        balance_minor=balance_minor,
    )


def sale(issued: int, total_minor: int, *paid: tuple[int, int], terms: int = 30) -> Sale:
    """An invoice issued so many days before ON; `paid` are (days after issue, amount)."""
    day = ON - timedelta(days=issued)
    return Sale(
        invoice_id="inv_1",
        currency="CAD",
        issued_on=day,
        due_on=day + timedelta(days=terms),
        total_minor=total_minor,
        paid=tuple((day + timedelta(days=after), minor) for after, minor in paid),
    )


@pytest.mark.parametrize(
    ("days_late", "bucket"),
    [
        (-5, "current"),
        (0, "current"),
        (1, "up_to_30"),
        (30, "up_to_30"),
        (31, "up_to_60"),
        (60, "up_to_60"),
        (61, "up_to_90"),
        (90, "up_to_90"),
        (91, "over_90"),
        (900, "over_90"),
    ],
)
def test_an_amount_is_in_the_bucket_of_its_days_late(days_late: int, bucket: str) -> None:
    assert rules.bucket(days_late) == bucket


@given(st.lists(st.tuples(st.integers(-400, 400), st.integers(-10_000, 1_000_000))))
def test_the_buckets_always_add_up_to_all_that_is_open(debts: list[tuple[int, int]]) -> None:
    found = [owed(number, late, minor) for number, (late, minor) in enumerate(debts)]
    assert sum(rules.by_bucket(found, on=ON).values()) == sum(minor for _, minor in debts)


def test_days_of_sales_are_receivables_over_credit_sales_and_nothing_without_sales() -> None:
    assert rules.days_of_sales(400_00, 900_00, days=90) == Decimal("40.0")
    assert rules.days_of_sales(100_00, 700_00, days=90) == Decimal("12.9")
    assert rules.days_of_sales(100_00, 0, days=90) is None


def test_countback_uses_up_the_latest_months_first() -> None:
    months = [(30, 500_00), (31, 1000_00), (28, 2000_00)]
    assert rules.countback(250_00, months) == Decimal("15.0")
    assert rules.countback(500_00, months) == Decimal("30.0")
    assert rules.countback(1000_00, months) == Decimal("45.5")
    assert rules.countback(9999_00, months) is None
    assert rules.countback(0, months) == Decimal("0.0")
    assert rules.countback(500_00, [(30, 0), (31, 1000_00)]) == Decimal("45.5")


def test_true_days_weigh_each_payment_by_its_amount_and_count_what_is_open_to_the_day() -> None:
    assert rules.true_dso([sale(80, 100_00, (10, 25_00), (50, 75_00))], on=ON) == Decimal("40.0")
    assert rules.true_dso([sale(40, 100_00, (10, 50_00))], on=ON) == Decimal("25.0")
    assert rules.true_dso([], on=ON) is None


def test_nothing_is_paid_on_site_below_nothing() -> None:
    """A cheque of 100.00 of which 10.00 was refunded bounces the same day."""
    returned = sale(80, 100_00, (0, 100_00), (0, -10_00), (0, -100_00))
    assert (returned.on_site_minor, returned.on_credit_minor) == (0, 110_00)


def test_the_delay_is_below_zero_when_customers_pay_early() -> None:
    assert rules.weighted_delay([sale(80, 100_00, (10, 100_00))], on=ON) == Decimal("-20.0")
    assert rules.weighted_delay([sale(80, 100_00, (45, 100_00))], on=ON) == Decimal("15.0")


def test_effectiveness_is_full_when_only_what_is_not_late_is_open_and_none_when_nothing_was_collectable() -> None:
    full = rules.effectiveness(begin_minor=100, sales_minor=900, end_minor=200, end_current_minor=200)
    half = rules.effectiveness(begin_minor=100, sales_minor=900, end_minor=600, end_current_minor=200)
    none = rules.effectiveness(begin_minor=0, sales_minor=200, end_minor=200, end_current_minor=200)
    assert (full, half, none) == (Decimal("100.0"), Decimal("50.0"), None)


def test_what_slid_into_a_later_bucket_and_what_was_paid_are_told_by_the_bucket_it_was_in() -> None:
    before = [owed(1, 20, 100_00), owed(2, 20, 300_00), owed(3, 45, 50_00)]
    after = [owed(1, 20, 60_00), owed(3, 45, 50_00)]
    by_bucket = {roll.bucket: roll for roll in rules.rolls(before, after, on=ON)}
    was_current, was_late = by_bucket[Bucket.CURRENT], by_bucket[Bucket.UP_TO_30]
    assert (was_current.was_minor, was_current.rolled_percent, was_current.cured_percent) == (
        400_00,
        Decimal("15.0"),
        Decimal("85.0"),
    )
    assert (was_late.rolled_percent, was_late.cured_percent) == (Decimal("100.0"), Decimal("0.0"))
    assert by_bucket[Bucket.OVER_90].rolled_percent is None


@pytest.mark.parametrize(
    ("days_late", "share"),
    [
        (-30, "1"),
        (0, "1"),
        (45, "0.8445"),
        (90, "0.689"),
        (135, "0.601"),
        (365, "0.214"),
        (730, "0.09"),
        (999, "0.09"),
    ],
)
def test_the_share_recovered_lies_on_the_line_between_the_points_of_the_survey(days_late: int, share: str) -> None:
    assert recovery.curve().share(days_late) == Decimal(share)
    assert "ABC-Amega" in recovery.curve().source


@given(st.integers(-50, 2000), st.integers(0, 400))
def test_the_older_a_debt_the_less_of_it_is_expected(days_late: int, more: int) -> None:
    assert recovery.curve().share(days_late + more) <= recovery.curve().share(days_late)


def test_expected_recovery_is_the_sum_of_balance_times_share() -> None:
    assert rules.expected_recovery_minor([owed(1, 90, 1000), owed(2, 0, 1000)], shares=recovery.curve(), on=ON) == 1689


def test_the_month_at_risk_is_the_latest_whose_every_invoice_is_ninety_days_old() -> None:
    assert rules.at_risk_month(date(2026, 6, 30)) == (date(2026, 3, 1), date(2026, 3, 31))
    assert rules.at_risk_month(date(2026, 6, 28)) == (date(2026, 2, 1), date(2026, 2, 28))


def test_at_risk_looks_at_each_invoice_ninety_days_after_it_was_issued() -> None:
    on_time, late, never = sale(150, 100_00, (90, 100_00)), sale(150, 100_00, (91, 100_00)), sale(150, 200_00)
    assert rules.at_risk([on_time, late, never]) == Decimal("75.0")
    assert rules.at_risk([]) is None
