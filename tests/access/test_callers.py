"""Who may call, over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.access import operations
from server.access.models import Staff
from server.access.routes import identify
from server.access.rules import Role
from server.app import create_app
from server.core.config import Config
from server.core.database import transaction
from server.core.idempotency import KeptAnswer
from tests.quebec import NOW, PASSWORD, Shop, open_shop


@pytest.fixture
def shop(app: Flask) -> Shop:
    return open_shop()


@pytest.mark.parametrize(
    "authorization", ["", "Bearer ", "Bearer fpd_wrong", "Bearer fpk_wrong", "Basic YTpi", "Bearer é"]
)
def test_without_a_valid_token_the_api_asks_for_one(client: FlaskClient, shop: Shop, authorization: str) -> None:
    answer = client.get("/api/v1/me", headers={"Authorization": authorization})

    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.get_json()["code"] == "unauthenticated"


def test_a_phone_is_paired_over_http_and_knows_whose_it_is(client: FlaskClient, shop: Shop) -> None:
    pairing = client.post("/api/v1/devices/pairings", json={"technician_id": shop.technician_id}, headers=shop.desk)
    paired = client.post("/api/v1/devices/pair", json={"code": pairing.get_json()["code"], "name": "Pixel 9"})
    again = client.post("/api/v1/devices/pair", json={"code": pairing.get_json()["code"], "name": "Pixel 9"})
    me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {paired.get_json()['token']}"})

    assert (pairing.status_code, paired.status_code) == (201, 201)
    assert paired.get_json()["technician"] == {"technician_id": shop.technician_id, "name": "Luc Roy", "language": "fr"}
    assert me.get_json() == {
        "role": "technician",
        "technician": paired.get_json()["technician"],
        "device_id": paired.get_json()["device_id"],
        "business_name": "Plomberie Roy",
        "currency": "CAD",
        "time_zone": "America/Toronto",
    }
    assert (again.status_code, again.get_json()["code"]) == (422, "pairing_code_refused")


def test_one_code_pairs_one_phone_however_many_try_at_once(client: FlaskClient, shop: Shop) -> None:
    with transaction() as session:
        code = operations.create_pairing(session, technician_id=shop.technician_id, now=NOW).code

    def pair(name: str) -> str | None:
        try:
            with transaction() as session:
                return operations.pair_device(session, code=code, name=name, now=NOW).device_id
        except operations.PairingCodeRefused:
            return None

    with ThreadPoolExecutor(8) as phones:
        paired = list(phones.map(pair, "abcdefgh"))

    assert len([device_id for device_id in paired if device_id]) == 1


def test_the_database_keeps_no_token_not_even_as_an_answer_to_repeat(client: FlaskClient, shop: Shop) -> None:
    pairing = client.post("/api/v1/devices/pairings", json={"technician_id": shop.technician_id}, headers=shop.desk)
    code = {"code": pairing.get_json()["code"]}

    paired = client.post("/api/v1/devices/pair", json=code, headers={"Idempotency-Key": "one"})

    assert paired.status_code == 201
    with transaction() as session:
        assert session.scalars(select(KeptAnswer).where(KeptAnswer.key == "one")).all() == []


def test_a_lost_phone_is_shut_out_from_its_next_request_on(client: FlaskClient, shop: Shop) -> None:
    before = client.get("/api/v1/me", headers=shop.phone)
    revoked = client.post(f"/api/v1/devices/{shop.device_id}/revocation", headers=shop.desk)
    after = client.get("/api/v1/me", headers=shop.phone)

    assert [before.status_code, revoked.status_code, after.status_code] == [200, 201, 401]
    assert revoked.get_json()["revoked_at"] is not None


def test_a_technician_may_not_do_what_is_for_the_office(client: FlaskClient, shop: Shop) -> None:
    for path in ("/api/v1/customers", "/api/v1/devices", "/api/v1/technicians"):
        assert client.get(path, headers=shop.phone).status_code == 403
        assert client.get(path, headers=shop.desk).status_code == 200


def test_phones_and_technicians_are_listed(client: FlaskClient, shop: Shop) -> None:
    devices = client.get("/api/v1/devices", headers=shop.desk).get_json()
    technicians = client.get("/api/v1/technicians", headers=shop.desk).get_json()

    assert [device["device_id"] for device in devices["items"]] == [shop.device_id]
    assert [technician["technician_id"] for technician in technicians["items"]] == [shop.technician_id]


def test_an_office_cookie_opens_no_door_of_the_api(client: FlaskClient, shop: Shop) -> None:
    with transaction() as session:
        anne = operations.add_staff(
            session, name="Anne", role=Role.ADMIN, language="fr", email="a@example.com", password=PASSWORD, now=NOW
        )
    with client.session_transaction() as kept:
        kept["_user_id"] = f"{anne.id}:{anne.session_epoch}"

    assert client.get("/api/v1/customers").status_code == 401


def test_an_office_session_ends_when_its_epoch_is_past(app: Flask, shop: Shop) -> None:
    with transaction() as session:
        anne = operations.add_staff(
            session, name="Anne", role=Role.OFFICE, language="fr", email="a@example.com", password=PASSWORD, now=NOW
        )
    cookie = f"{anne.id}:{anne.session_epoch}"
    load = app.login_manager._user_callback  # type: ignore[attr-defined]

    assert load(cookie).staff.id == anne.id
    with transaction() as session:
        operations.set_password(session, staff=session.get_one(Staff, anne.id), password="another long password")
    for ended in (cookie, "", "nobody", "stf_1:x"):
        assert load(ended) is None


def test_a_view_that_does_not_say_who_may_call_it_is_not_served(product: Config) -> None:
    app = create_app(product)
    app.add_url_rule("/forgotten", "forgotten", lambda: "open to all")

    with app.test_request_context("/forgotten"), pytest.raises(AssertionError, match="forgotten does not say who"):
        identify()


def test_the_tax_codes_and_the_business_are_told_to_whoever_works_there(client: FlaskClient, shop: Shop) -> None:
    business = client.get("/api/v1/business", headers=shop.phone)
    codes = client.get("/api/v1/tax_codes", headers=shop.phone)

    assert business.get_json()["address"]["country"] == "CA"
    assert [code["tax_code"] for code in codes.get_json()["items"]] == ["gst", "none", "qc"]


def test_guessing_pairing_codes_is_stopped(client: FlaskClient) -> None:
    guesses = [client.post("/api/v1/devices/pair", json={"code": f"AAAAA-{n:05}", "name": "x"}) for n in range(21)]
    assert {guess.status_code for guess in guesses[:20]} == {422}
    assert guesses[20].status_code == 429
    assert 0 < int(guesses[20].headers["Retry-After"]) <= 60
    assert guesses[20].get_json()["code"] == "too_many_requests"
