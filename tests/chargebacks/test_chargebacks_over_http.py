"""Chargebacks over HTTP: who sees them, who answers."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.access import operations as access
from server.access.rules import Role
from server.chargebacks import flows
from server.core import clock
from server.core.database import transaction
from tests.shop import Shop


@pytest.fixture
def tokens(shop: Shop) -> dict[str, dict[str, str]]:
    """Headers of a supervisor's key, an office key and a technician's phone."""
    now = clock.now()
    with transaction() as session:
        keys = {
            role: access.create_api_key(session, name=role, role=role, now=now)[1]
            for role in (Role.SUPERVISOR, Role.OFFICE)
        }
        pairing = access.create_pairing(session, technician_id=shop.technician.id, now=now)
        keys[Role.TECHNICIAN] = access.pair_device(session, code=pairing.code, name="Pixel", now=now).token
    return {role: {"Authorization": f"Bearer {token}"} for role, token in keys.items()}


@pytest.fixture
def chargeback_id(shop: Shop) -> str:
    """A chargeback whose evidence lies ready."""
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    begun = shop.control("POST", "disputes", {"charge": shop.payment("pay_1").stripe_charge_id})["id"]
    flows.ask(chargeback_id=begun, now=clock.now())
    flows.go_on(chargeback_id=begun, now=clock.now())
    return str(begun)


def said(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_the_office_sees_it_and_a_supervisor_hands_it_in(
    client: FlaskClient, tokens: dict[str, dict[str, str]], chargeback_id: str
) -> None:
    office, supervisor = tokens[Role.OFFICE], tokens[Role.SUPERVISOR]
    listed = said(client.get("/api/v1/chargebacks?status=open", headers=office))["items"]
    assert [(it["chargeback_id"], it["held_minor"], it["invoice_id"]) for it in listed] == [
        (chargeback_id, Shop.TOTAL, "inv_1")
    ]
    assert said(client.get("/api/v1/chargebacks?status=closed", headers=office))["items"] == []
    address = f"/api/v1/chargebacks/{chargeback_id}"
    sheet = said(client.get(address, headers=office))
    file = sheet["files"][0]
    sent = client.get(f"{address}/evidence/{file['file_id']}", headers=office)
    assert hashlib.sha256(sent.data).hexdigest() == file["sha256"]
    said(client.get(f"{address}/evidence/evf_none", headers=office), 404)
    said(client.post(f"{address}/submission", json={}, headers=office), 403)
    assert said(client.post(f"{address}/submission", json={}, headers=supervisor))["status"] == "under_review"
    assert said(client.post(f"{address}/acceptance", json={}, headers=supervisor), 409)["code"] == "chargeback_decided"


def test_a_loss_is_accepted(client: FlaskClient, tokens: dict[str, dict[str, str]], chargeback_id: str) -> None:
    address = f"/api/v1/chargebacks/{chargeback_id}"
    lost = said(client.post(f"{address}/acceptance", json={}, headers=tokens[Role.SUPERVISOR]))
    assert (lost["status"], lost["reopened_minor"], lost["held_minor"]) == ("lost", Shop.TOTAL, 0)


def test_a_technician_sees_none(client: FlaskClient, tokens: dict[str, dict[str, str]], chargeback_id: str) -> None:
    phone = tokens[Role.TECHNICIAN]
    said(client.get("/api/v1/chargebacks", headers=phone), 403)
    said(client.get(f"/api/v1/chargebacks/{chargeback_id}", headers=phone), 403)
    said(client.get("/api/v1/payouts", headers=phone), 403)


def test_payouts_are_the_offices(client: FlaskClient, shop: Shop, tokens: dict[str, dict[str, str]]) -> None:
    from server.payouts import flows as payouts

    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    shop.pass_time(seconds=5)
    shop.pass_time(days=2)
    payout_id = shop.control("POST", "payouts", {})["id"]
    payouts.ask(payout_id=payout_id, now=clock.now())
    office = tokens[Role.OFFICE]
    listed = said(client.get("/api/v1/payouts", headers=office))["items"]
    assert [(it["payout_id"], it["gross_minor"], it["net_minor"]) for it in listed] == [(payout_id, Shop.TOTAL, 21250)]
    sheet = said(client.get(f"/api/v1/payouts/{payout_id}", headers=office))
    assert [(line["invoice_number"], line["net_minor"]) for line in sheet["lines"]] == [("F-000001", 21250)]
    table = client.get(f"/api/v1/payouts/{payout_id}.csv", headers=office)
    assert table.text.splitlines()[1].startswith(f"{payout_id},")
    said(client.get("/api/v1/payouts/po_none", headers=office), 404)
