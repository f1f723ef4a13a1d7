"""Who gets in at the desk, and who does not."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.access import operations as access
from server.access.models import Staff
from server.access.rules import Role
from server.core.database import transaction
from tests import quebec
from tests.office.conftest import EMAIL, Desk
from tests.shop import Shop


def test_whoever_is_not_signed_in_is_asked_to_and_then_led_where_they_wanted(office: Desk) -> None:
    asked = office.client.get("/office/customers?q=roy")
    assert asked.status_code == 303
    assert asked.location == "/office/login?next=/office/customers?q%3Droy"
    assert office.sign_in(path="/login?next=/office/customers?q%3Droy").location == "/office/customers?q=roy"


@pytest.mark.parametrize("elsewhere", ["https://example.com/office/", "//example.com", "/p/x", "javascript:alert(1)"])
def test_signing_in_never_leads_out_of_the_office(office: Desk, elsewhere: str) -> None:
    assert office.sign_in(path=f"/login?next={elsewhere}").location == "/office/"


def test_an_unknown_address_is_answered_like_a_wrong_password(office: Desk) -> None:
    wrong = office.sign_in(password="not the password")
    unknown = office.sign_in(email="nobody@plomberie-roy.example")
    assert wrong.status_code == unknown.status_code == 401
    said = "The e-mail address or the password is wrong."
    assert said in wrong.text
    assert said in unknown.text


def test_a_technician_does_not_get_in(office: Desk, shop: Shop) -> None:
    with transaction() as session:
        access.add_staff(
            session,
            name="Luc",
            role=Role.TECHNICIAN,
            language="fr",
            email="luc@plomberie-roy.example",
            password=quebec.PASSWORD,
            now=shop.now(),
        )
    assert office.sign_in(email="luc@plomberie-roy.example").status_code == 401


def test_guessing_is_stopped_even_from_many_addresses(office: Desk) -> None:
    for _ in range(20):
        assert office.sign_in(password="not the password").status_code == 401
    stopped = office.sign_in()
    assert stopped.status_code == 429
    assert "Too many attempts." in stopped.text
    page = office.client.get("/office/login", environ_base={"REMOTE_ADDR": "198.51.100.7"}).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    elsewhere = office.client.post(
        "/office/login",
        data={"csrf_token": token, "email": EMAIL, "password": quebec.PASSWORD},
        environ_base={"REMOTE_ADDR": "198.51.100.7"},
    )
    assert elsewhere.status_code == 429


def test_a_new_password_ends_every_session(desk: Desk) -> None:
    desk.get("/")
    with transaction() as session:
        anne = session.scalars(select(Staff).where(Staff.email == EMAIL)).one()
        access.set_password(session, staff=anne, password="another long password")
    assert desk.client.get("/office/").status_code == 303


def test_signing_out_ends_the_session(desk: Desk) -> None:
    assert desk.post("/logout", {}, on="/").status_code == 303
    assert desk.client.get("/office/").status_code == 303


def test_a_form_of_another_site_is_refused(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    forged = desk.client.post(
        f"/office/invoices/{invoice.id}/payments",
        data={"payment_id": "pay_forged", "method": "cash", "amount": "10"},
    )
    assert forged.status_code == 400
    assert "This page was open for too long." in forged.text
    assert shop.balance(invoice) == Shop.TOTAL


def test_a_cookie_opens_no_api(desk: Desk) -> None:
    answer = desk.client.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"


def test_the_cookie_is_for_us_alone(office: Desk) -> None:
    cookies = [value for name, value in office.sign_in().headers if name == "Set-Cookie"]
    assert any("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
