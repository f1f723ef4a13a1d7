"""Who may be contacted when: the customer's clock, holidays, caps, notices, stops."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.law import rules
from server.law.rules import HOUSE, Channel, Contact, Contacted, Place

ZONES = (
    "America/Toronto", "America/St_Johns", "America/Los_Angeles", "Europe/Paris", "Europe/London", "Pacific/Honolulu",
    "Australia/Lord_Howe", "Pacific/Kiritimati", "America/Asuncion", "Africa/Casablanca",
)  # fmt: skip
MOMENTS = st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TUESDAY = datetime(2026, 3, 3, 15, tzinfo=UTC)


def _whom(key: str = HOUSE, *zones: str, **more: Any) -> Contacted:
    place = Place(row=rules.rows()[key], country=None, region=None, zones=zones or ("America/Toronto",))
    return Contacted(place=place, is_on=True, **more)


def _calls(*at: datetime) -> tuple[Contact, ...]:
    return tuple(Contact(channel=Channel.CALL, at=moment) for moment in at)


@given(
    key=st.sampled_from(sorted(rules.rows())),
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True),
    channel=st.sampled_from([Channel.CALL, Channel.EMAIL, Channel.TEXT]),
    at=MOMENTS,
)
def test_nothing_is_ever_allowed_outside_8_to_20_where_the_customer_is(
    key: str, zones: list[str], channel: Channel, at: datetime
) -> None:
    whom = _whom(key, *zones, noticed_at=at - timedelta(days=60))
    found = rules.blocked(whom, channel, at=at)
    moment = at if found is None else found.may_go_at
    if moment is not None:
        assert moment >= at
        assert rules.blocked(whom, channel, at=moment) is None
        for zone in zones:
            assert 8 <= moment.astimezone(ZoneInfo(zone)).hour < 20
    else:
        assert len(zones) == 2  # two clocks may never both be at day


@given(zone=st.sampled_from(ZONES), at=MOMENTS)
def test_the_hour_before_a_moment_it_may_go_is_always_blocked(zone: str, at: datetime) -> None:
    found = rules.blocked(_whom(HOUSE, zone), Channel.CALL, at=at)
    if found is not None and found.may_go_at is not None:
        minute_before = found.may_go_at - timedelta(minutes=1)
        assert rules.blocked(_whom(HOUSE, zone), Channel.CALL, at=minute_before) is not None


@pytest.mark.parametrize(
    ("zone", "at", "allowed"),
    [
        # The clocks of Quebec go forward on 8 March 2026 at 2:00, back on 1 November; of France on 29 March.
        ("America/Toronto", datetime(2026, 3, 7, 12, 59, tzinfo=UTC), False),
        ("America/Toronto", datetime(2026, 3, 7, 13, tzinfo=UTC), True),
        ("America/Toronto", datetime(2026, 3, 8, 11, 59, tzinfo=UTC), False),
        ("America/Toronto", datetime(2026, 3, 8, 12, tzinfo=UTC), True),
        ("America/Toronto", datetime(2026, 3, 9, 0, tzinfo=UTC), False),
        ("America/Toronto", datetime(2026, 11, 1, 12, 59, tzinfo=UTC), False),
        ("America/Toronto", datetime(2026, 11, 2, 0, 59, tzinfo=UTC), True),
        ("Europe/Paris", datetime(2026, 3, 28, 6, 59, tzinfo=UTC), False),
        ("Europe/Paris", datetime(2026, 3, 29, 6, tzinfo=UTC), True),
    ],
)
def test_the_hours_move_with_the_clock(zone: str, at: datetime, allowed: bool) -> None:
    assert (rules.blocked(_whom(HOUSE, zone), Channel.EMAIL, at=at) is None) is allowed


def test_a_blocked_contact_says_by_which_rule_and_when_it_may_go() -> None:
    good_friday = datetime(2026, 4, 3, 15, tzinfo=UTC)
    found = rules.blocked(_whom("ca-qc"), Channel.CALL, at=good_friday)
    assert found is not None
    assert (found.row, found.rule) == ("ca-qc", "hours")
    assert "s. 34" in found.source
    assert found.may_go_at == datetime(2026, 4, 4, 12, tzinfo=UTC)  # Saturday 8:00
    assert rules.blocked(_whom("ca-qc"), Channel.LETTER, at=good_friday) is None


def test_closed_days_in_a_row_are_waited_out() -> None:
    christmas = datetime(2026, 12, 24, 20, tzinfo=UTC)  # Thursday 20:00 in London: 25 is Friday, 26 Saturday
    found = rules.blocked(_whom("gb", "Europe/London"), Channel.EMAIL, at=christmas)
    assert found is not None
    assert found.may_go_at == datetime(2026, 12, 28, 8, tzinfo=UTC)


def test_a_row_that_nobody_reviewed_does_not_bind_but_the_house_does() -> None:
    sunday = datetime(2026, 3, 1, 15, tzinfo=UTC)
    place = _whom("ca-qc").place
    assert rules.blocked(Contacted(place=place, is_on=False), Channel.CALL, at=sunday) is None
    late = rules.blocked(Contacted(place=place, is_on=False), Channel.CALL, at=sunday + timedelta(hours=12))
    assert late is not None
    assert (late.row, late.rule) == (HOUSE, "hours")


@pytest.mark.parametrize(
    ("key", "channel", "most", "days"),
    [
        (HOUSE, Channel.CALL, 7, 7),
        (HOUSE, Channel.EMAIL, 7, 7),
        ("us", Channel.CALL, 7, 7),
        ("ca-on", Channel.CALL, 3, 7),
        ("ca-on", Channel.EMAIL, 3, 7),
        ("ca-bc", Channel.TEXT, 3, 7),
        ("fr", Channel.CALL, 4, 30),
        ("gb", Channel.CALL, 3, 7),
    ],
)
def test_caps(key: str, channel: Channel, most: int, days: int) -> None:
    made = tuple(Contact(channel=channel, at=TUESDAY - timedelta(hours=number)) for number in range(1, most + 1))
    noticed = TUESDAY - timedelta(days=60)
    one_less = _whom(key, "Europe/London", contacts=made[1:], noticed_at=noticed)
    assert rules.blocked(one_less, channel, at=TUESDAY) is None
    full = _whom(key, "Europe/London", contacts=made, noticed_at=noticed)
    found = rules.blocked(full, channel, at=TUESDAY)
    assert found is not None
    assert (found.row, found.rule) == (key, "caps")
    assert found.may_go_at is not None
    assert found.may_go_at >= made[-1].at + timedelta(days=days)
    assert rules.blocked(full, channel, at=found.may_go_at) is None
    assert rules.blocked(full, Channel.LETTER, at=TUESDAY) is None


@given(gaps=st.lists(st.integers(1, 60), min_size=1, max_size=60), key=st.sampled_from([HOUSE, "ca-on", "us"]))
def test_no_seven_days_ever_hold_more_calls_than_the_cap(gaps: list[int], key: str) -> None:
    made: list[datetime] = []
    at = TUESDAY
    for hours in gaps:
        at += timedelta(hours=hours)
        whom = _whom(key, contacts=_calls(*made), noticed_at=TUESDAY - timedelta(days=60))
        if rules.blocked(whom, Channel.CALL, at=at) is None:
            made.append(at)
    most = 3 if key == "ca-on" else 7
    for first in made:
        assert sum(first <= call < first + timedelta(days=7) for call in made) <= most


@pytest.mark.parametrize(("key", "days"), [("ca-bc", 5), ("ca-on", 6)])
def test_a_call_waits_for_a_written_notice_and_then_some_days(key: str, days: int) -> None:
    before = rules.blocked(_whom(key), Channel.CALL, at=TUESDAY)
    assert before is not None
    assert (before.rule, before.may_go_at) == ("notice", None)
    assert rules.blocked(_whom(key), Channel.EMAIL, at=TUESDAY) is None
    noticed = _whom(key, noticed_at=TUESDAY)
    found = rules.blocked(noticed, Channel.CALL, at=TUESDAY + timedelta(days=1))
    assert found is not None
    assert found.may_go_at is not None
    assert found.may_go_at >= TUESDAY + timedelta(days=days)
    assert rules.blocked(noticed, Channel.CALL, at=found.may_go_at) is None
    assert rules.blocked(_whom("ca-qc"), Channel.CALL, at=TUESDAY) is None


@pytest.mark.parametrize(
    ("held", "stopped"),
    [
        ({"written_only": True}, {Channel.CALL}),
        ({"represented": True}, {Channel.CALL, Channel.EMAIL, Channel.TEXT}),
        ({}, set()),
    ],
)
def test_who_asked_for_writing_or_is_represented(held: dict[str, Any], stopped: set[Channel]) -> None:
    found = {channel: rules.blocked(_whom(**held), channel, at=TUESDAY) for channel in Channel}
    assert {channel for channel, block in found.items() if block} == stopped
    assert all(block.rule == "stops" and block.may_go_at is None for block in found.values() if block)


@dataclass
class _Person:
    country: str | None = None
    region: str | None = None
    time_zone: str | None = None
    addresses: list[Any] = field(default_factory=list)


SELLER = _Person(country="CA", region="QC", time_zone="America/Toronto")


@pytest.mark.parametrize(
    ("person", "key", "zones"),
    [
        (_Person(), "ca-qc", ("America/Toronto",)),
        (_Person(country="FR"), "fr", ("Europe/Paris",)),
        (_Person(time_zone="America/Blanc-Sablon"), "ca-qc", ("America/Blanc-Sablon",)),
        (_Person(addresses=[{"country": "CA", "region": "BC"}]), "ca-bc", ("America/Vancouver",)),
        (_Person(addresses=[{"country": None, "region": "Ontario"}]), "ca-on", ("America/Toronto",)),
        (_Person(region="AB", addresses=[{"country": "CA", "region": "BC"}]), "ca", ("America/Edmonton",)),
        (_Person(country="US", region="ny"), "us", ("America/New_York",)),
        (_Person(country="US", region="TN"), "us", ("America/New_York", "America/Chicago")),
        (_Person(country="BE"), HOUSE, ("Europe/Brussels",)),
    ],
)
def test_where_a_customer_is(person: _Person, key: str, zones: tuple[str, ...]) -> None:
    found = rules.place_of(person, SELLER)
    assert (found.row.key, found.zones) == (key, zones)


def test_in_a_country_of_many_clocks_it_must_be_day_by_all_of_them() -> None:
    zones = rules.zones_of("US", None)
    whom = _whom("us", *zones)
    morning_in_new_york = datetime(2026, 3, 3, 14, tzinfo=UTC)
    found = rules.blocked(whom, Channel.EMAIL, at=morning_in_new_york)
    assert found is not None
    assert found.may_go_at is not None
    hours = {found.may_go_at.astimezone(ZoneInfo(zone)).hour for zone in zones}
    assert min(hours) == 8
    assert max(hours) < 20


def test_every_region_we_know_has_a_clock_that_exists() -> None:
    for country, region in [("US", "HI"), ("US", "AZ"), ("CA", "NL"), ("CA", "NU"), ("FR", None), ("GB", None)]:
        for zone in rules.zones_of(country, region):
            assert date(2026, 1, 1) <= TUESDAY.astimezone(ZoneInfo(zone)).date()
