"""What may be charged: never more than was signed, than the law allows, or than the days that passed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.late_charges import rules
from server.late_charges.rules import Assessment, Clause, Decided, Refusal
from server.law.rules import Ceiling, FeeCeiling

DUE = date(2026, 4, 1)
PERCENTS = st.sampled_from([Decimal("0.5"), Decimal(5), Decimal(12), Decimal("24.75"), Decimal(60)])
CEILINGS = st.sampled_from([None, Decimal(10), Decimal(35)])


def _ceiling(percent: Decimal | None = None, *, yearly: Decimal | None = None) -> Ceiling:
    return Ceiling(
        row="ca-qc",
        source="s. 347",
        is_forbidden=False,
        percent=percent,
        all_charges=percent is not None,
        unless_yearly_percent=yearly,
    )


def _clause(percent: Decimal | None = Decimal(12), fee_minor: int | None = None, stated_per: str = "year") -> Clause:
    return Clause(percent_per_year=percent, stated_per=stated_per, fee_minor=fee_minor)


def _assess(
    changes: list[tuple[date, int]],
    *,
    days: int,
    clause: Clause | None = None,
    ceiling: Ceiling | None = None,
    most_minor: int | None = None,
    decided: list[Decided] | None = None,
) -> Assessment:
    return rules.assess(
        clause=clause or _clause(),
        ceiling=ceiling or _ceiling(),
        fee_ceiling=FeeCeiling(row="ca-qc", source="s. 13", most_minor=most_minor),
        changes=changes,
        due_on=DUE,
        until=DUE + timedelta(days=days),
        decided=decided or [],
    )


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[date, int]]:
    """An invoice, then part payments and payments that come back, on days before and after it is due."""
    left = draw(st.integers(1, 5_000_000))
    changes = [(DUE - timedelta(days=30), left)]
    day = DUE - timedelta(days=30)
    for _ in range(draw(st.integers(0, 6))):
        day += timedelta(days=draw(st.integers(0, 60)))
        change = draw(st.integers(-left, left))
        left += change
        changes.append((day, change))
    return changes


def _day_by_day(changes: list[tuple[date, int]], days: int, percent: Decimal) -> Fraction:
    total = Fraction(0)
    for number in range(1, days + 1):
        day = DUE + timedelta(days=number)
        owed = sum(minor for at, minor in changes if at <= day)
        total += Fraction(owed) * Fraction(percent) / 36500
    return total


@given(changes=histories(), days=st.integers(0, 400), percent=PERCENTS)
def test_interest_follows_the_balance_of_each_day(changes: list[tuple[date, int]], days: int, percent: Decimal) -> None:
    found = _assess(changes, days=days, clause=_clause(percent))
    assert found.interest_minor == int(_day_by_day(changes, days, percent))


@given(
    changes=histories(),
    days=st.integers(0, 400),
    percent=PERCENTS,
    cap=CEILINGS,
    fee=st.sampled_from([None, 1, 4000, 100_000]),
    most=st.sampled_from([None, 0, 4000]),
)
def test_a_charge_is_never_more_than_the_clause_or_than_the_ceiling_with_all_charges(
    changes: list[tuple[date, int]],
    days: int,
    percent: Decimal,
    cap: Decimal | None,
    fee: int | None,
    most: int | None,
) -> None:
    found = _assess(changes, days=days, clause=_clause(percent, fee), ceiling=_ceiling(cap), most_minor=most)
    assert found.interest_minor <= _day_by_day(changes, days, percent)
    assert found.fee_minor <= (fee or 0)
    assert most is None or found.fee_minor <= most
    if cap is not None:
        assert found.total_minor <= _day_by_day(changes, days, cap)
    assert (found.interest_minor == 0) == (found.refusal is not None)
    assert (found.fee_minor == 0) == (found.fee_refusal is not None)


@given(
    changes=histories(),
    asked=st.lists(st.integers(1, 60), min_size=1, max_size=8),
    fee=st.sampled_from([None, 4000]),
    cap=CEILINGS,
)
def test_charging_often_charges_no_more_than_charging_once(
    changes: list[tuple[date, int]], asked: list[int], fee: int | None, cap: Decimal | None
) -> None:
    clause, ceiling = _clause(Decimal(12), fee), _ceiling(cap)
    decided: list[Decided] = []
    day = 0
    for days in asked:
        day += days
        found = _assess(changes, days=day, clause=clause, ceiling=ceiling, decided=decided)
        if found.total_minor:
            decided.append(
                Decided(
                    interest_minor=found.interest_minor, fee_minor=found.fee_minor, until_on=DUE + timedelta(days=day)
                )
            )
        again = _assess(changes, days=day, clause=clause, ceiling=ceiling, decided=decided)
        assert again.total_minor == 0, "asking again adds nothing"
    assert sum(each.interest_minor for each in decided) <= _day_by_day(changes, day, Decimal(12))
    assert sum(each.fee_minor > 0 for each in decided) <= 1
    if cap is not None:
        assert sum(each.interest_minor + each.fee_minor for each in decided) <= _day_by_day(changes, day, cap)


def test_a_year_of_twelve_percent_is_twelve_percent() -> None:
    found = _assess([(DUE, 100_000)], days=365)
    assert (found.interest_minor, found.percent) == (12_000, Decimal(12))


def test_what_is_paid_the_day_after_it_is_due_bears_nothing() -> None:
    found = _assess([(DUE, 100_000), (DUE + timedelta(days=1), -100_000)], days=90)
    assert (found.total_minor, found.refusal) == (0, Refusal.NOT_LATE)


def test_what_was_paid_late_still_bears_what_accrued_until_then() -> None:
    found = _assess([(DUE, 100_000), (DUE + timedelta(days=11), -100_000)], days=90)
    assert found.interest_minor == 328  # ten days


@pytest.mark.parametrize(
    ("stated_per", "yearly", "percent"),
    [("year", Decimal(5), Decimal(12)), ("month", Decimal(5), Decimal(5)), ("month", None, Decimal(12))],
)
def test_a_rate_that_is_not_stated_per_year_gives_five_percent_where_the_law_says_so(
    stated_per: str, yearly: Decimal | None, percent: Decimal
) -> None:
    assert rules.rate(_clause(stated_per=stated_per), _ceiling(Decimal(35), yearly=yearly)) == percent


def test_a_fixed_fee_waits_for_room_under_the_ceiling() -> None:
    clause, ceiling = _clause(None, 4000), _ceiling(Decimal(35))
    early = _assess([(DUE, 100_000)], days=10, clause=clause, ceiling=ceiling)
    assert (early.fee_minor, early.refusal) == (958, Refusal.NO_CLAUSE)
    late = _assess([(DUE, 100_000)], days=90, clause=clause, ceiling=ceiling)
    assert late.fee_minor == 4000


def test_a_kind_of_debtor_who_may_not_be_charged_a_fee_is_not() -> None:
    found = _assess([(DUE, 100_000)], days=90, clause=_clause(fee_minor=4000), most_minor=0)
    assert (found.fee_minor, found.fee_refusal) == (0, Refusal.FEE_FORBIDDEN)


def test_every_refusal_is_said() -> None:
    assert set(rules.SENTENCES) == set(Refusal)
