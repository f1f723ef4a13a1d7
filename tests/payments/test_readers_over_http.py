"""Readers over HTTP: whose they are, who holds them, what they are doing."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.access import operations as access
from server.access.rules import Role
from server.core.database import transaction
from tests import quebec
from tests.shop import Shop

Headers = dict[str, str]


@pytest.fixture
def phones(shop: Shop) -> list[Headers]:
    """Two technicians' phones: the first does the jobs."""
    with transaction() as session:
        anne = access.add_staff(session, name="Anne Côté", role=Role.TECHNICIAN, language="fr", now=quebec.NOW)
        pairings = [
            access.create_pairing(session, technician_id=person.id, now=shop.now())
            for person in (shop.technician, anne)
        ]
        paired = [access.pair_device(session, code=each.code, name="Pixel", now=shop.now()) for each in pairings]
    return [{"Authorization": f"Bearer {each.token}"} for each in paired]


@pytest.fixture
def desk(shop: Shop) -> Headers:
    with transaction() as session:
        _, key = access.create_api_key(session, name="Bureau", now=quebec.NOW)
    return {"Authorization": f"Bearer {key}"}


def test_a_phone_sees_who_holds_a_reader_and_takes_it_when_it_may(
    shop: Shop, client: FlaskClient, phones: list[Headers], desk: Headers
) -> None:
    luc, anne = phones
    lease = f"/api/v1/readers/{shop.reader.id}/lease"
    taken = client.post(lease, json={}, headers=luc).get_json()
    assert (taken["lease"]["held_by"], taken["lease"]["is_mine"]) == ("Luc Roy", True)
    seen = client.get("/api/v1/readers", headers=anne).get_json()["items"][0]
    assert (seen["lease"]["held_by"], seen["lease"]["is_mine"]) == ("Luc Roy", False)
    assert (seen["status"], seen["last_seen_at"] is not None) == ("online", True)
    refused = client.post(lease, json={}, headers=anne)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "reader_held")
    assert refused.get_json()["held_by"] == "Luc Roy"
    assert client.delete(lease, headers=anne).status_code == 409
    assert client.post(lease, json={}, headers=desk).get_json()["lease"]["held_by"] == "Bureau"
    assert client.delete(lease, headers=desk).get_json()["lease"]["held_by"] is None
    again = client.post(lease, json={"fence": taken["lease"]["fence"]}, headers=luc)
    assert (again.status_code, again.get_json()["code"]) == (409, "reader_taken")
    assert client.post(lease, json={}, headers=anne).get_json()["lease"]["is_mine"] is True


def test_the_office_assigns_a_reader(shop: Shop, client: FlaskClient, phones: list[Headers], desk: Headers) -> None:
    path = f"/api/v1/readers/{shop.reader.id}/assignment"
    wanted: dict[str, Any] = {"technician_id": shop.technician.id, "van": "Camion 3"}
    assert client.put(path, json=wanted, headers=phones[0]).status_code == 403
    assigned = client.put(path, json=wanted, headers=desk).get_json()
    assert (assigned["technician_name"], assigned["van"]) == ("Luc Roy", "Camion 3")
    nobody = client.put(path, json={"technician_id": "sta_nobody"}, headers=desk)
    assert (nobody.status_code, nobody.get_json()["code"]) == (404, "technician_not_found")
    assert client.put(path, json={}, headers=desk).get_json()["technician_id"] is None


@pytest.mark.parametrize(("language", "words"), [("fr", "Le lecteur est prêt."), ("en", "The reader is ready.")])
def test_check_status_asks_and_says_it_in_words(
    shop: Shop, client: FlaskClient, phones: list[Headers], language: str, words: str
) -> None:
    headers = {**phones[0], "Accept-Language": language}
    checked = client.get(f"/api/v1/readers/{shop.reader.id}", headers=headers).get_json()
    assert (checked["doing"]["code"], checked["doing"]["message"]) == ("ready", words)
    assert client.get("/api/v1/readers/tmr_x", headers=headers).status_code == 404


def test_a_technician_shows_their_own_invoices_alone(shop: Shop, client: FlaskClient, phones: list[Headers]) -> None:
    invoice = shop.invoice()
    path = f"/api/v1/readers/{shop.reader.id}/display"
    assert client.post(path, json={"invoice_id": invoice.id}, headers=phones[1]).status_code == 404
    shown = client.post(path, json={"invoice_id": invoice.id}, headers=phones[0])
    assert (shown.status_code, shown.get_json()["lease"]["is_mine"]) == (200, True)
    assert client.get(f"/api/v1/readers/{shop.reader.id}", headers=phones[0]).get_json()["doing"]["code"] == "showing"


def test_a_held_reader_refuses_a_colleagues_payment_over_http(
    shop: Shop, client: FlaskClient, phones: list[Headers], desk: Headers
) -> None:
    invoice = shop.invoice()
    client.post(f"/api/v1/readers/{shop.reader.id}/lease", json={}, headers=phones[1])
    wanted = {
        "payment_id": "pay_1",
        "invoice_id": invoice.id,
        "method": "card_reader",
        "amount_minor": Shop.TOTAL,
        "reader_id": shop.reader.id,
    }
    refused = client.post("/api/v1/payments", json=wanted, headers=phones[0])
    assert (refused.status_code, refused.get_json()["held_by"]) == (409, "Anne Côté")
    client.delete(f"/api/v1/readers/{shop.reader.id}/lease", headers=desk)
    assert client.post("/api/v1/payments", json=wanted, headers=phones[0]).get_json()["status"] == "waiting"


def test_readers_are_listed_while_stripe_is_away(shop: Shop, client: FlaskClient, phones: list[Headers]) -> None:
    shop.fault("error_500", "/v1/terminal/readers", times=3)
    (seen,) = client.get("/api/v1/readers", headers=phones[0]).get_json()["items"]
    assert (seen["label"], seen["status"], seen["last_seen_at"]) == ("Van 1", None, None)
