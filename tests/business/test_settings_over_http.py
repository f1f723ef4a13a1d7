"""How the business works, over HTTP."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from server.access import operations as access
from server.access.rules import Role
from server.core.database import transaction
from tests.quebec import NOW, open_shop


def test_only_an_owner_changes_settings_and_what_is_left_out_stays(app: Flask, client: FlaskClient) -> None:
    shop = open_shop()
    with transaction() as session:
        _, key = access.create_api_key(session, name="Owner", role=Role.ADMIN, now=NOW)
    owner = {"Authorization": f"Bearer {key}"}
    change = {"technician_refund_limit_minor": 0}

    refused = client.patch("/api/v1/business", json=change, headers=shop.desk)
    changed = client.patch("/api/v1/business", json=change, headers=owner)
    wrong = client.patch("/api/v1/business", json={"technician_refund_limit_minor": -1}, headers=owner)

    assert (refused.status_code, refused.get_json()["code"]) == (403, "forbidden")
    assert (changed.status_code, changed.get_json()["technician_refund_limit_minor"]) == (200, 0)
    assert changed.get_json()["office_refund_limit_minor"] == 100000
    assert wrong.status_code == 422
