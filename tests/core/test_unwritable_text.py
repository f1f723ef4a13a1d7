"""Text that PostgreSQL cannot keep, in an address, a form or a cursor: it cannot be read, and nothing fails."""

from __future__ import annotations

import base64
import io
import json

import pytest
from flask.testing import FlaskClient

from tests import quebec


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/api/v1/jobs/%00", None, 404),
        ("/api/v1/invoices/inv_1%00", None, 404),
        ("/api/v1/contacts?invoice_id=%00", None, 400),
        ("/p/none/payment_plans", {"currency": "\x00"}, 400),
    ],
)
def test_nothing_is_kept_of_what_bears_a_nul(
    client: FlaskClient, path: str, form: dict[str, str] | None, status: int
) -> None:
    trade = quebec.open_shop()
    answer = client.post(path, data=form) if form else client.get(path, headers=trade.desk)
    assert answer.status_code == status


def test_a_form_that_carries_a_file_bears_no_nul_either(client: FlaskClient) -> None:
    quebec.open_shop()

    def send(currency: str) -> int:
        form = {"currency": currency, "file": (io.BytesIO(b"\x00"), "photo.jpg")}
        return client.post("/p/none/payment_plans", data=form).status_code

    assert (send("\x00"), send("CAD")) == (400, 404)


def test_half_a_character_is_refused_by_its_field(client: FlaskClient) -> None:
    trade = quebec.open_shop()
    answer = client.post("/api/v1/customers", json={"name": "Marie \ud83d"}, headers=trade.desk)
    assert (answer.status_code, answer.get_json()["errors"]) == (422, {"name": ["Half a character is not allowed."]})
    assert client.post("/api/v1/customers", json={"name": "Marie \U0001f642"}, headers=trade.desk).status_code == 201


@pytest.mark.parametrize("row_id", ["\x00", "\ud800", 7])
def test_a_cursor_with_what_no_id_bears_is_not_one_of_ours(client: FlaskClient, row_id: object) -> None:
    trade = quebec.open_shop()
    cursor = base64.urlsafe_b64encode(json.dumps(["2026-01-01T00:00:00+00:00", row_id]).encode()).decode()
    answer = client.get("/api/v1/invoices", query_string={"cursor": cursor}, headers=trade.desk)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "cursor_unreadable")
