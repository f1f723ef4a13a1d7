"""What the law gives where nothing was agreed: never by guess, never beside a clause, never from a consumer."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.late_charges.rules import Refusal
from server.law import operations as law
from server.law import rules
from server.law.operations import RateExists, RateUnknown
from tests import quebec
from tests.dunning.chase import DUE
from tests.late_charges.conftest import Late

JAN, JUL = date(2026, 1, 1), date(2026, 7, 1)


@pytest.mark.parametrize(
    ("entered", "since", "until", "least"),
    [
        ({JAN: "3"}, date(2026, 1, 1), date(2026, 6, 30), "3"),
        ({JAN: "3"}, date(2025, 12, 31), date(2026, 2, 1), None),  # a day before it was known
        ({JAN: "3"}, date(2026, 3, 1), date(2026, 7, 4), None),  # it counts for 184 days
        ({JAN: "3", JUL: "2"}, date(2026, 3, 1), date(2026, 6, 30), "3"),
        ({JAN: "3", JUL: "2"}, date(2026, 3, 1), date(2026, 7, 1), "2"),
        ({JAN: "2", JUL: "3"}, date(2026, 3, 1), date(2026, 12, 31), "2"),
        ({JAN: "2", JUL: "3"}, date(2026, 7, 1), date(2026, 12, 31), "3"),
        ({}, date(2026, 7, 1), date(2026, 12, 31), None),
    ],
)
def test_the_least_rate_counts_and_no_day_is_guessed(
    entered: dict[date, str], since: date, until: date, least: str | None
) -> None:
    known = {day: Decimal(percent) for day, percent in entered.items()}
    assert rules.least_rate(known, since=since, until=until) == (None if least is None else Decimal(least))


@given(st.dictionaries(st.integers(0, 900), st.integers(0, 9), max_size=6), st.integers(0, 900), st.integers(0, 400))
def test_the_least_rate_is_that_of_every_day_alone(entered: dict[int, int], since: int, more: int) -> None:
    known = {JAN + timedelta(days=day): Decimal(percent) for day, percent in entered.items()}
    days = [JAN + timedelta(days=since + number) for number in range(more + 1)]
    alone = [rules.least_rate(known, since=day, until=day) for day in days[:: max(more, 1)]]
    whole = rules.least_rate(known, since=days[0], until=days[-1])
    if None in alone:
        assert whole is None
    elif whole is not None:
        assert all(whole <= each for each in alone if each is not None)


@pytest.mark.parametrize("row", list(rules.rows().values()), ids=lambda row: row.key)
def test_no_row_gives_anything_from_a_consumer_or_names_a_rate_nobody_can_enter(row: rules.Row) -> None:
    assert rules.statutory(row, kind="consumer", on=DUE) is None
    by_law = rules.statutory(row, kind="business", on=DUE)
    assert (by_law is not None) is (row.key in ("fr", "gb"))
    if by_law is not None:
        assert by_law.reference in rules.REFERENCES
        assert by_law.source


def enter(late: Late, name: str, percent: str, *, on: date = JAN, rate_id: str = "rat_1") -> None:
    said: dict[str, Any] = {"name": name, "valid_from": on, "percent": Decimal(percent), "source": "Bulletin"}
    law.enter_rate(late.session, rate_id=rate_id, **said, entered_by="staff:guy", now=quebec.NOW)


def abroad(late: Late, country: str, **more: Any) -> str:
    said = {"name": "Le Goff", "kind": "business", "country": country, **more}
    return quebec.add_customer(late.session, "cus_2", **said).id


@pytest.mark.parametrize(
    ("country", "name", "currency", "percent", "fee_minor", "fee_refusal"),
    [
        ("GB", "boe", "GBP", "11.75", 4000, None),
        ("GB", "boe", "CAD", "11.75", 0, Refusal.FEE_FORBIDDEN),  # the bands are in pounds
        ("FR", "ecb", "EUR", "13.75", 0, Refusal.FEE_NOT_PRINTED),
    ],
)
def test_a_business_that_agreed_to_nothing_owes_what_the_law_gives(
    late: Late, country: str, name: str, currency: str, percent: str, fee_minor: int, fee_refusal: Refusal | None
) -> None:
    late.switch_on(country.lower())
    late.terms(None)
    enter(late, name, "3.75")
    invoice = late.invoice(signed=False, customer_id=abroad(late, country), currency=currency)
    sheet = late.sheet(invoice, day=31)
    assert (sheet["percent"], sheet["refusal"]) == (Decimal(percent), None)
    assert sheet["interest_minor"] == int(invoice.total_minor * 30 * Decimal(percent) / 36500)
    assert (sheet["fee_minor"], sheet["fee_refusal"]) == (fee_minor, fee_refusal)
    charge = late.post(invoice, day=31)
    assert charge.interest_minor + charge.fee_minor == sheet["total_minor"]
    assert charge.terms["by_law"] == sheet["statutory_source"]
    assert charge.terms["contract_id"] is None


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("off", Refusal.LAW_OFF),
        ("no_rate", Refusal.NO_RATE_KNOWN),
        ("stale", Refusal.NO_RATE_KNOWN),
        ("consumer", Refusal.NO_CONTRACT),
        ("canada", Refusal.NO_CONTRACT),
    ],
)
def test_every_refusal_of_the_law_is_precise(late: Late, case: str, refusal: Refusal) -> None:
    for key in ("ca-qc", "gb") if case != "off" else ():
        late.switch_on(key)
    if case != "no_rate":
        enter(late, "boe", "3.75", on=JAN if case != "stale" else date(2025, 7, 1))
    who = "cus_1" if case == "canada" else abroad(late, "GB", kind="consumer" if case == "consumer" else "business")
    sheet = late.sheet(late.invoice(signed=False, customer_id=who, currency="GBP"), day=31)
    assert (sheet["total_minor"], sheet["refusal"]) == (0, refusal)


def test_a_clause_however_small_stands_alone(late: Late) -> None:
    late.switch_on("gb")
    late.terms(Decimal(1))
    enter(late, "boe", "3.75")
    sheet = late.sheet(late.invoice(customer_id=abroad(late, "GB"), currency="GBP"), day=31)
    assert (sheet["percent"], sheet["fee_minor"], sheet["statutory_source"]) == (Decimal(1), 0, None)


def test_a_rate_is_entered_once_and_its_last_word_counts(late: Late) -> None:
    enter(late, "boe", "3.75")
    enter(late, "boe", "3.75")
    with pytest.raises(RateExists):
        enter(late, "boe", "4")
    with pytest.raises(RateUnknown):
        enter(late, "prime", "4", rate_id="rat_2")
    law.enter_rate(
        late.session,
        rate_id="rat_3",
        name="boe",
        valid_from=JAN,
        percent=Decimal("3.5"),
        source="Bulletin, put right",
        entered_by="staff:guy",
        now=quebec.NOW + timedelta(hours=1),
    )
    late.switch_on("gb")
    sheet = late.sheet(late.invoice(signed=False, customer_id=abroad(late, "GB"), currency="GBP"), day=31)
    assert sheet["percent"] == Decimal("11.5")
