"""Customers, in the database."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.business.rules import TimeZoneUnknown
from server.contacts.models import LogRow
from server.contacts.rules import Kind
from server.core.errors import VersionChanged
from server.customers import operations, queries, rules
from tests.quebec import NOW, add_customer, open_business


@pytest.mark.parametrize(
    ("said", "country", "kept"),
    [
        ("(418) 555-0123", "CA", "+14185550123"),
        ("+33 6 12 34 56 78", "CA", "+33612345678"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("020 7946 0018", "GB", "+442079460018"),
    ],
)
def test_a_telephone_number_is_kept_as_the_world_dials_it(said: str, country: str, kept: str) -> None:
    assert rules.e164(said, country=country) == kept


@pytest.mark.parametrize("said", ["call me", "12", "+999 12345678", "418 555 012345678"])
def test_what_is_no_telephone_number_is_refused(said: str) -> None:
    with pytest.raises(rules.PhoneInvalid):
        rules.e164(said, country="CA")


def test_adding_the_same_customer_again_is_the_same_customer(session: Session) -> None:
    open_business(session)

    first = add_customer(session, phone="418 555-0123")
    again = add_customer(session, phone="+1 418 555 0123")

    assert first is again
    assert first.phone == "+14185550123"
    with pytest.raises(operations.CustomerExists):
        add_customer(session, phone="418 555-0123", name="Marc Tremblay")


def test_a_customer_without_an_id_gets_one(session: Session) -> None:
    open_business(session)

    assert operations.add_customer(session, name="Jo", now=NOW).id.startswith("cus_")


def test_a_change_names_the_version_it_changes(session: Session) -> None:
    open_business(session)
    add_customer(session)

    changed = operations.change_customer(
        session,
        customer_id="cus_1",
        expected_version=1,
        changes={"phone": "418 555 0199", "written_only": True},
        by="staff:anne",
        now=NOW,
    )

    assert (changed.version, changed.phone, changed.written_only) == (2, "+14185550199", True)
    assert changed.name == "Marie Tremblay"
    noted = session.scalars(select(LogRow).where(LogRow.kind == Kind.CUSTOMER_CHANGED)).one()
    assert (noted.by, noted.facts) == (
        "staff:anne",
        {"changed": "phone, written_only", "phone": "+14185550199", "phone_was": None},
    )
    with pytest.raises(VersionChanged):
        operations.change_customer(
            session, customer_id="cus_1", expected_version=1, changes={"name": "Marc"}, by="staff:anne", now=NOW
        )
    with pytest.raises(queries.CustomerNotFound):
        operations.change_customer(
            session, customer_id="cus_0", expected_version=1, changes={}, by="staff:anne", now=NOW
        )


@pytest.mark.parametrize(
    ("wrong", "error"), [({"phone": "12"}, rules.PhoneInvalid), ({"time_zone": "Nowhere"}, TimeZoneUnknown)]
)
def test_wrong_fields_are_refused_when_adding_and_when_changing(
    session: Session, wrong: dict[str, Any], error: type[Exception]
) -> None:
    open_business(session)
    add_customer(session)

    with pytest.raises(error):
        add_customer(session, "cus_2", **wrong)
    with pytest.raises(error):
        operations.change_customer(
            session, customer_id="cus_1", expected_version=1, changes=wrong, by="staff:anne", now=NOW
        )


def test_customers_are_listed_newest_first_page_by_page_and_found_by_a_part_of_their_name(session: Session) -> None:
    open_business(session)
    for number, name in enumerate(["Ana", "Bob", "Carole", "Anatole 100%"]):
        operations.add_customer(session, customer_id=f"cus_{number}", name=name, now=NOW + timedelta(hours=number))

    first = queries.list_customers(session, cursor=None, limit=3)
    rest = queries.list_customers(session, cursor=first["next_cursor"], limit=3)
    found = queries.list_customers(session, q="ana", cursor=None, limit=10)
    percent = queries.list_customers(session, q="%", cursor=None, limit=10)

    assert [item["id"] for item in first["items"]] == ["cus_3", "cus_2", "cus_1"]
    assert [item["id"] for item in rest["items"]] == ["cus_0"]
    assert rest["next_cursor"] is None
    assert [item["id"] for item in found["items"]] == ["cus_3", "cus_0"]
    assert [item["id"] for item in percent["items"]] == ["cus_3"]
    assert found["items"][0]["credit"] == {}
