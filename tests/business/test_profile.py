"""The seller and its taxes, in the database."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from server.business import operations, queries, rules
from server.business.operations import NewRate
from tests.quebec import NOW, open_business

SUMMER = date(2026, 7, 1)


def test_a_complete_profile_lacks_nothing(session: Session) -> None:
    profile = open_business(session)

    assert rules.missing_for_invoices(profile) == []
    assert profile.address["postal_code"] == "G1S 2J1"


def test_saying_who_the_seller_is_again_replaces_it(session: Session) -> None:
    open_business(session)

    operations.set_profile(session, name="Roy", country="CA", time_zone="America/Toronto", currency="CAD")

    profile = queries.get_profile(session)
    assert (profile.name, profile.line1, profile.tax_ids) == ("Roy", None, [])


def test_without_a_profile_the_answer_says_so(session: Session) -> None:
    with pytest.raises(queries.BusinessMissing):
        queries.get_profile(session)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"currency": "XYZ"}, rules.CurrencyUnknown),
        ({"currency": "cad"}, rules.CurrencyUnknown),
        ({"time_zone": "Mars/Olympus"}, rules.TimeZoneUnknown),
        ({"time_zone": "../etc/passwd"}, rules.TimeZoneUnknown),
        ({"time_zone": ""}, rules.TimeZoneUnknown),
    ],
)
def test_currencies_and_time_zones_that_do_not_exist_are_refused(
    session: Session, wrong: dict[str, str], error: type[Exception]
) -> None:
    said: dict[str, Any] = {"name": "Roy", "country": "CA", "time_zone": "America/Toronto", "currency": "CAD", **wrong}

    with pytest.raises(error):
        operations.set_profile(session, **said)


def test_rates_are_those_of_the_day_in_the_order_of_the_invoice(session: Session) -> None:
    open_business(session)
    operations.add_tax_code(
        session,
        code="changing",
        name_fr="Taxe",
        name_en="Tax",
        rates=[
            NewRate(name_fr="Taxe", name_en="Tax", percent=Decimal(15), valid_to=date(2026, 6, 30)),
            NewRate(name_fr="Taxe", name_en="Tax", percent=Decimal(14), valid_from=SUMMER),
        ],
    )

    before = queries.rates_on(session, codes=["qc", "changing", "none"], on=date(2026, 6, 30), language="fr")
    after = queries.rates_on(session, codes=["changing"], on=SUMMER, language="en")

    assert {code: [(rate.name, str(rate.percent)) for rate in rates] for code, rates in before.items()} == {
        "qc": [("TPS", "5.0000"), ("TVQ", "9.9750")],
        "changing": [("Taxe", "15.0000")],
    }
    assert [rate.percent for rate in after["changing"]] == [14]


def test_a_tax_code_that_does_not_exist_is_named(session: Session) -> None:
    open_business(session)

    with pytest.raises(queries.TaxCodeUnknown) as refused:
        queries.rates_on(session, codes=["qc", "moon", "none"], on=SUMMER, language="fr")

    assert refused.value.facts == {"unknown": ["moon"]}


def test_the_code_none_exists_and_has_no_rates(session: Session) -> None:
    open_business(session)

    listed = {item["code"]: item["rates"] for item in queries.list_tax_codes(session, now=NOW)["items"]}

    assert listed["none"] == []
    assert [rate["rate"] for rate in listed["qc"]] == ["5", "9.975"]


def test_a_tax_code_is_added_once(session: Session) -> None:
    open_business(session)

    with pytest.raises(operations.TaxCodeTaken):
        operations.add_tax_code(session, code="qc", name_fr="TPS", name_en="GST", rates=[])
