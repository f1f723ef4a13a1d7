"""Customers over HTTP."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.quebec import Shop, open_shop


@pytest.fixture
def shop(app: Flask) -> Shop:
    return open_shop()


def test_a_customer_is_added_read_and_changed_by_version(client: FlaskClient, shop: Shop) -> None:
    said = {"customer_id": "cus_9", "name": "Jo Smith", "phone": "418 555 0123", "language": "en"}
    added = client.post("/api/v1/customers", json=said, headers=shop.desk)
    again = client.post("/api/v1/customers", json=said, headers=shop.desk)
    read = client.get("/api/v1/customers/cus_9", headers=shop.desk)

    assert (added.status_code, again.status_code) == (201, 201)
    assert added.get_json() == again.get_json() == read.get_json()
    kept = read.get_json()
    assert (kept["phone"], kept["kind"], kept["credit"]) == ("+14185550123", "consumer", {})
    path, change = "/api/v1/customers/cus_9", {"email": "jo@example.com"}
    assert client.patch(path, json=change, headers=shop.desk).status_code == 428
    changed = client.patch(path, json=change, headers={**shop.desk, "If-Match": read.headers["ETag"]})
    stale = client.patch(path, json=change, headers={**shop.desk, "If-Match": read.headers["ETag"]})
    kept = changed.get_json()
    assert (changed.status_code, kept["email"], kept["name"]) == (200, "jo@example.com", "Jo Smith")
    assert changed.headers["ETag"] == '"2"'
    assert (stale.status_code, stale.get_json()["code"]) == (412, "version_changed")


@pytest.mark.parametrize(
    ("said", "status", "field"),
    [
        ({"name": ""}, 422, "name"),
        ({"name": "Jo", "nickname": "J"}, 422, "nickname"),
        ({"name": "Jo", "email": "not an address"}, 422, "email"),
        ({"name": "Jo", "language": "de"}, 422, "language"),
        ({"name": "Jo", "addresses": [{"city": "Québec"}]}, 422, "addresses"),
        ({"name": "Jo", "customer_id": "DROP TABLE"}, 422, "customer_id"),
    ],
)
def test_what_is_wrong_is_said_by_field(
    client: FlaskClient, shop: Shop, said: dict[str, object], status: int, field: str
) -> None:
    answer = client.post("/api/v1/customers", json=said, headers=shop.desk)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert list(answer.get_json()["errors"]) == [field]


def test_a_french_caller_reads_the_problem_in_french(client: FlaskClient, shop: Shop) -> None:
    answer = client.get("/api/v1/customers/cus_none", headers={**shop.desk, "Accept-Language": "fr-CA"})

    assert (answer.status_code, answer.get_json()["code"]) == (404, "customer_not_found")
    assert answer.get_json()["detail"] == "Ce client n’existe pas."
