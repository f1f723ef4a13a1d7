"""Floats over HTTP: a technician sees and hands over their own, the office counts."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from server.core.database import transaction
from tests import quebec
from tests.quebec import Shop

CASH = "/api/v1/cash"


@pytest.fixture
def street(client: FlaskClient) -> Shop:
    """A trade whose technician took 100.00 in cash on the phone."""
    shop = quebec.open_shop()
    done = {"completion_id": "cmp_1", "completed_at": "2026-03-02T15:00:00Z"}
    invoice = client.post("/api/v1/jobs/job_1/completion", json=done, headers=shop.phone).json
    assert invoice
    paid = {"payment_id": "pay_1", "invoice_id": invoice["invoice_id"], "method": "cash", "amount_minor": 10000}
    assert client.post("/api/v1/payments", json=paid, headers=shop.phone).status_code == 201
    return shop


def test_a_technician_sees_their_own_float_and_the_office_everyones(client: FlaskClient, street: Shop) -> None:
    own = client.get(CASH, headers=street.phone).json
    everyones = client.get(CASH, headers=street.desk).json
    assert own
    assert everyones
    (mine,) = own["items"]
    held = [{"currency": "CAD", "cash_minor": 10000, "waiting_minor": 0}]
    assert (mine["technician_id"], mine["technician_name"], mine["cash"]) == (street.technician_id, "Luc Roy", held)
    assert [it["technician_id"] for it in everyones["items"]] == [None, street.technician_id]


def test_a_technician_hands_over_their_own_whatever_they_say(client: FlaskClient, street: Shop) -> None:
    with transaction() as session:
        other = quebec.add_technician(session, "Zoé")
    said = {"handover_id": "hnd_1", "technician_id": other.id, "amount_minor": 10000, "currency": "CAD"}
    handover = client.post(f"{CASH}/handovers", json=said, headers=street.phone).json
    assert handover
    assert (handover["technician_id"], handover["status"]) == (street.technician_id, "waiting")
    (mine,) = (client.get(CASH, headers=street.phone).json or {})["items"]
    assert mine["cash"][0]["waiting_minor"] == 10000


def test_the_office_names_whose_float_it_is(client: FlaskClient, street: Shop) -> None:
    said = {"handover_id": "hnd_1", "amount_minor": 10000, "currency": "CAD"}
    nobody = client.post(f"{CASH}/handovers", json=said, headers=street.desk)
    assert (nobody.status_code, (nobody.json or {})["code"]) == (404, "technician_not_found")
    named = {**said, "technician_id": street.technician_id}
    assert client.post(f"{CASH}/handovers", json=named, headers=street.desk).status_code == 201
    count = client.post(f"{CASH}/handovers/hnd_1/countersignature", json={"counted_minor": 10000}, headers=street.desk)
    assert (count.status_code, (count.json or {})["code"]) == (403, "countersigner_needed")


def test_the_count_is_the_offices(client: FlaskClient, street: Shop) -> None:
    said = {"handover_id": "hnd_1", "amount_minor": 10000, "currency": "CAD"}
    client.post(f"{CASH}/handovers", json=said, headers=street.phone)
    decision = f"{CASH}/handovers/hnd_1"
    for refused in ("countersignature", "rejection"):
        assert client.post(f"{decision}/{refused}", json={}, headers=street.phone).status_code == 403
    short = client.post(f"{decision}/countersignature", json={"counted_minor": 9000}, headers=street.desk)
    assert (short.status_code, (short.json or {})["expected_minor"]) == (422, 10000)
    counted = {"counted_minor": 9000, "reason": "A false bill"}
    done = client.post(f"{decision}/countersignature", json=counted, headers=street.desk)
    assert (done.json or {})["status"] == "countersigned"
    listed = client.get(f"{CASH}/handovers?status=countersigned", headers=street.phone).json
    assert listed
    assert [it["handover_id"] for it in listed["items"]] == ["hnd_1"]
    paid_in = {"banking_id": "bnk_1", "amount_minor": 9000, "currency": "CAD", "reference": "Slip 7"}
    assert client.post(f"{CASH}/bankings", json=paid_in, headers=street.phone).status_code == 403
    assert client.post(f"{CASH}/bankings", json=paid_in, headers=street.desk).status_code == 201
    assert ((client.get(f"{CASH}/bankings", headers=street.desk).json or {})["items"])[0]["reference"] == "Slip 7"


def test_a_handover_that_does_not_exist_is_not_there(client: FlaskClient, street: Shop) -> None:
    asked = client.post(f"{CASH}/handovers/hnd_9/rejection", json={"reason": "No"}, headers=street.desk)
    assert (asked.status_code, (asked.json or {})["code"]) == (404, "handover_not_found")
