"""What the mobile SDK and Tap to Pay ask of us."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.access import operations as access
from server.core import clock
from server.core.database import transaction
from tests.shop import Shop


@pytest.fixture
def phone(shop: Shop) -> dict[str, str]:
    """What a paired phone sends."""
    with transaction() as session:
        pairing = access.create_pairing(session, technician_id=shop.technician.id, now=clock.now())
        paired = access.pair_device(session, code=pairing.code, name="Phone", now=clock.now())
    return {"Authorization": f"Bearer {paired.token}"}


def test_a_connection_token_is_a_new_one_each_time_even_under_the_same_key(app: Flask, phone: dict[str, str]) -> None:
    asked = [
        app.test_client().post("/api/v1/terminal/connection_token", headers={**phone, "Idempotency-Key": "same"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in asked] == [200, 200]
    secrets = {answer.get_json()["secret"] for answer in asked}
    assert len(secrets) == 2
    assert all(secret.startswith("pst_") for secret in secrets)
    assert asked[0].headers["Cache-Control"] == "no-store"


def test_nobody_gets_a_connection_token_without_a_phone_of_ours(client: FlaskClient) -> None:
    assert client.post("/api/v1/terminal/connection_token").status_code == 401


def test_stripe_being_away_is_said(app: Flask, shop: Shop, phone: dict[str, str]) -> None:
    shop.fault("drop_before", "/v1/terminal/connection_tokens", times=3)
    answer = app.test_client().post("/api/v1/terminal/connection_token", headers=phone)
    assert (answer.status_code, answer.get_json()["code"]) == (502, "stripe_outcome_unknown")
