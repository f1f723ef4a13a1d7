"""Where transfers go: checked when it is said, and only the owner says it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.access import operations as access
from server.access.rules import Role
from server.core.database import transaction
from tests import quebec

ACCOUNTS = "/api/v1/business/bank_accounts"
EURO = {"holder": "Plomberie Roy inc.", "iban": "FR76 3000 6000 0112 3456 7890 189", "bic": "agrifrpp"}


@pytest.fixture
def owner(client: FlaskClient) -> dict[str, str]:
    """The headers of whoever owns the business."""
    quebec.open_shop()
    with transaction() as session:
        _, key = access.create_api_key(session, name="Owner", role=Role.ADMIN, now=quebec.NOW)
    return {"Authorization": f"Bearer {key}"}


def test_an_account_is_kept_as_banks_write_it(client: FlaskClient, owner: dict[str, str]) -> None:
    kept = client.put(f"{ACCOUNTS}/EUR", json=EURO, headers=owner).json
    assert kept
    assert (kept["currency"], kept["iban"], kept["bic"]) == ("EUR", "FR7630006000011234567890189", "AGRIFRPP")
    changed = client.put(f"{ACCOUNTS}/EUR", json={**EURO, "bic": None}, headers=owner)
    assert (changed.json or {})["bic"] is None
    assert len((client.get(ACCOUNTS, headers=owner).json or {})["items"]) == 1
    assert client.delete(f"{ACCOUNTS}/EUR", headers=owner).status_code == 204
    assert (client.get(ACCOUNTS, headers=owner).json or {})["items"] == []


@pytest.mark.parametrize(
    ("currency", "said", "code"),
    [
        ("EUR", {**EURO, "iban": "FR7630006000011234567890188"}, "iban_invalid"),
        ("EUR", {**EURO, "bic": "AGRI"}, "bic_invalid"),
        ("XXY", EURO, "currency_unknown"),
        ("CAD", {"holder": "Roy"}, "account_unnamed"),
        ("CAD", {"holder": "Roy", "account_number": "1234567"}, "account_unnamed"),
        ("EUR", {**EURO, "routing": "815", "account_number": "1234567"}, "account_unnamed"),
    ],
)
def test_what_no_bank_would_take_is_refused(
    client: FlaskClient, owner: dict[str, str], currency: str, said: dict[str, Any], code: str
) -> None:
    refused = client.put(f"{ACCOUNTS}/{currency}", json=said, headers=owner)
    assert (refused.status_code, (refused.json or {})["code"]) == (422, code)


def test_only_the_owner_changes_it(client: FlaskClient) -> None:
    shop = quebec.open_shop()
    assert client.put(f"{ACCOUNTS}/EUR", json=EURO, headers=shop.desk).status_code == 403
    assert client.delete(f"{ACCOUNTS}/EUR", headers=shop.desk).status_code == 403
    assert client.get(ACCOUNTS, headers=shop.phone).status_code == 403
