"""Every row says what it should, where it comes from, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from server.law import rules
from server.law.rules import HOUSE, Review, Row, State

TODAY = date(2026, 3, 2)
PLACES = ("ca", "ca-bc", "ca-on", "ca-qc", "fr", "gb", "us")
KEYS = {
    "hours",
    "holidays",
    "notice",
    "caps",
    "stops",
    "interest",
    "fees",
    "surcharge",
    "limitation",
    "consumer",
    "statutory",
}


def _row(key: str) -> Row:
    return rules.rows()[key]


def _span(key: str, day: int) -> str | None:
    said: str | None = _row(key).rules["hours"].value["days"][day]
    return said


def test_the_rows_are_the_house_and_seven_places() -> None:
    assert tuple(rules.rows()) == (HOUSE, *PLACES)


@pytest.mark.parametrize("key", [HOUSE, *PLACES])
def test_every_rule_has_a_source_and_says_itself_in_both_languages(key: str) -> None:
    row = _row(key)
    assert set(row.name) == {"en", "fr"}
    assert set(row.rules) <= KEYS
    for rule in row.rules.values():
        assert set(rule.says) == {"en", "fr"}
        assert all(len(said) > 10 and said.endswith(".") for said in rule.says.values())
        assert len(rule.source) > 8
        assert rule.valid_from <= TODAY
    assert row.review_by > TODAY


@pytest.mark.parametrize("key", PLACES)
def test_every_place_answers_every_question(key: str) -> None:
    needed = KEYS - {"notice", "consumer", "statutory"}
    assert needed <= set(_row(key).rules)


@pytest.mark.parametrize(
    ("key", "monday", "saturday", "sunday", "on_holidays"),
    [
        (HOUSE, "08:00-20:00", "08:00-20:00", "08:00-20:00", True),
        ("us", "08:00-21:00", "08:00-21:00", "08:00-21:00", True),
        ("ca", "08:00-20:00", "08:00-20:00", "08:00-20:00", False),
        ("ca-qc", "08:00-20:00", "08:00-20:00", None, False),
        ("ca-on", "07:00-21:00", "07:00-21:00", "13:00-17:00", False),
        ("ca-bc", "07:00-21:00", "07:00-21:00", "13:00-17:00", False),
        ("fr", "08:00-20:00", None, None, False),
        ("gb", "08:00-20:00", None, None, False),
    ],
)
def test_hours(key: str, monday: str, saturday: str | None, sunday: str | None, on_holidays: bool) -> None:
    assert (_span(key, 0), _span(key, 5), _span(key, 6)) == (monday, saturday, sunday)
    assert _row(key).rules["hours"].value["on_holidays"] is on_holidays


@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("us", "01-01 01-19 02-16 05-25 06-19 07-04 09-07 10-12 11-11 11-26 12-25"),
        ("ca", "01-01 04-03 05-18 07-01 09-07 10-12 11-11 12-25"),
        ("ca-qc", "01-01 01-02 04-03 04-06 05-18 06-24 07-01 09-07 10-12 12-25 12-26"),
        ("ca-on", "01-01 02-16 04-03 05-18 07-01 09-07 10-12 12-25 12-26"),
        ("ca-bc", "01-01 02-16 04-03 05-18 07-01 08-03 09-07 09-30 10-12 11-11 12-25"),
        ("fr", "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25"),
        ("gb", "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26"),
    ],
)
def test_the_holidays_of_2026(key: str, days: str) -> None:
    assert sorted(f"{day:%m-%d}" for day in rules.holidays(key, 2026)) == days.split()


@pytest.mark.parametrize(
    ("year", "day"), [(1961, "04-02"), (2000, "04-23"), (2024, "03-31"), (2026, "04-05"), (2038, "04-25")]
)
def test_easter(year: int, day: str) -> None:
    assert f"{rules.easter(year):%m-%d}" == day


@pytest.mark.parametrize(
    ("key", "kind", "expected"),
    [
        (HOUSE, "consumer", (False, Decimal(10), True, None)),
        ("us", "business", (False, Decimal(10), True, None)),
        ("ca", "consumer", (False, Decimal(35), True, Decimal(5))),
        ("ca-qc", "business", (False, Decimal(35), True, Decimal(5))),
        ("ca-on", "consumer", (False, Decimal(35), True, Decimal(5))),
        ("ca-bc", "consumer", (False, Decimal(35), True, Decimal(5))),
        ("fr", "business", (False, None, False, None)),
        ("fr", "consumer", (True, None, False, None)),
        ("gb", "business", (False, None, False, None)),
        ("gb", "consumer", (False, Decimal(8), True, None)),
    ],
)
def test_the_ceiling_on_interest(key: str, kind: str, expected: tuple[Any, ...]) -> None:
    found = rules.ceiling(_row(key), kind=kind, on=TODAY)
    assert found is not None
    assert (found.is_forbidden, found.percent, found.all_charges, found.unless_yearly_percent) == expected


@pytest.mark.parametrize(
    ("key", "kind", "currency", "debt_minor", "most_minor"),
    [
        ("fr", "business", "EUR", 100, 4000),
        ("fr", "consumer", "EUR", 10_000_000, 0),
        ("fr", "business", "USD", 100, 0),
        ("gb", "business", "GBP", 99_999, 4000),
        ("gb", "business", "GBP", 100_000, 7000),
        ("gb", "business", "GBP", 1_000_000, 10_000),
        ("gb", "consumer", "GBP", 1_000_000, 0),
        ("ca-qc", "consumer", "CAD", 20_000, 0),
        ("ca-qc", "business", "CAD", 20_000, None),
        ("ca-on", "consumer", "CAD", 20_000, None),
    ],
)
def test_the_ceiling_on_a_fixed_fee(
    key: str, kind: str, currency: str, debt_minor: int, most_minor: int | None
) -> None:
    found = rules.fee_ceiling(_row(key), kind=kind, currency=currency, debt_minor=debt_minor, on=TODAY)
    assert found is not None
    assert found.most_minor == most_minor


def test_a_rule_that_is_not_valid_yet_allows_nothing() -> None:
    assert rules.ceiling(_row("ca"), kind="business", on=date(2024, 12, 31)) is None


@pytest.mark.parametrize(
    ("country", "region", "key"),
    [
        ("CA", "QC", "ca-qc"),
        ("CA", "Québec", "ca-qc"),
        ("CA", " quebec ", "ca-qc"),
        ("CA", "British Columbia", "ca-bc"),
        ("CA", "AB", "ca"),
        ("CA", None, "ca"),
        ("US", "NY", "us"),
        ("FR", "Bretagne", "fr"),
        ("GB", None, "gb"),
        ("DE", None, HOUSE),
        (None, "QC", HOUSE),
    ],
)
def test_a_place_has_the_row_of_its_region_then_of_its_country_then_the_house_s(
    country: str | None, region: str | None, key: str
) -> None:
    assert rules.row_of(country, region).key == key


AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("review", "today", "state"),
    [
        (None, TODAY, State.OFF),
        (Review(version=1, switched_on=True, reviewed_at=AT), TODAY, State.ON),
        (Review(version=1, switched_on=False, reviewed_at=AT), TODAY, State.OFF),
        (Review(version=0, switched_on=True, reviewed_at=AT), TODAY, State.CHANGED),
        (Review(version=1, switched_on=True, reviewed_at=AT), date(2027, 1, 1), State.ON),
        (Review(version=1, switched_on=True, reviewed_at=AT), date(2027, 1, 2), State.OVERDUE),
        (Review(version=1, switched_on=True, reviewed_at=AT.replace(year=2027)), date(2027, 6, 1), State.ON),
    ],
)
def test_a_row_is_off_until_somebody_reads_this_version(review: Review | None, today: date, state: State) -> None:
    assert rules.state(_row("ca-qc"), review, today=today) is state


def test_the_house_s_row_is_always_on() -> None:
    assert rules.state(_row(HOUSE), None, today=date(2099, 1, 1)) is State.ALWAYS
