"""French and English are equals."""

from __future__ import annotations

from sqlalchemy import select

from server.access.models import Staff
from server.core.database import transaction
from tests.office.conftest import EMAIL, Desk
from tests.shop import Shop


def test_the_desk_speaks_the_language_of_who_sits_there(desk: Desk, shop: Shop) -> None:
    shop.invoice()
    assert "Who has not paid yet" in desk.get("/")
    with transaction() as session:
        session.scalars(select(Staff).where(Staff.email == EMAIL)).one().language = "fr"
    page = desk.get("/")
    assert "Qui n’a pas encore payé" in page
    assert "218,45\xa0$" in page
    assert '<html lang="fr-CA">' in page


def test_a_language_that_was_chosen_is_kept(desk: Desk) -> None:
    assert "Clients" in desk.get("/customers?lang=fr")
    assert "Clients" in desk.get("/customers")
    assert "Customers" in desk.get("/customers?lang=en&page=1")


def test_the_switch_keeps_what_the_page_was_about(desk: Desk) -> None:
    assert 'href="/office/customers?q=roy&lang=fr"' in desk.get("/customers?q=roy")


def test_what_goes_wrong_is_said_in_the_readers_language(desk: Desk) -> None:
    assert "There is nothing here" in desk.get("/nothing?lang=en", 404)
    assert "Il n’y a rien ici" in desk.get("/nothing?lang=fr", 404)
    api = desk.client.get("/api/v1/nothing")
    assert api.content_type == "application/problem+json"
