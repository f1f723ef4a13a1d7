"""A person at the desk: a browser without script."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.access import operations as access
from server.access.rules import Role
from server.core.database import transaction
from tests import quebec
from tests.shop import Shop

EMAIL = "bureau@plomberie-roy.example"
OWNER = "guy@plomberie-roy.example"


class Desk:
    """What a person at the desk does: open pages, fill in forms."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str, status: int = 200) -> str:
        """Open a page; return what it says."""
        answer = self.client.get(f"/office{path}")
        assert answer.status_code == status, answer.text
        return html.unescape(answer.text)

    def post(self, path: str, said: dict[str, Any], *, on: str | None = None) -> TestResponse:
        """Send a form that stands on the page `on` (the same address where none is told)."""
        page = self.client.get(f"/office{on or path}").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token, page
        return self.client.post(f"/office{path}", data={"csrf_token": token[1], **said})

    def sign_in(self, email: str = EMAIL, password: str = quebec.PASSWORD, path: str = "/login") -> TestResponse:
        """Sign in."""
        return self.post(path, {"email": email, "password": password})


def hidden(page: str, name: str) -> str:
    """Return what a form carries unseen."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


@pytest.fixture
def office(shop: Shop, app: Flask) -> Desk:
    """The desk of a business at work, where nobody has signed in."""
    with transaction() as session:
        access.add_staff(
            session,
            name="Anne Roy",
            role=Role.OFFICE,
            language="en",
            email=EMAIL,
            password=quebec.PASSWORD,
            now=shop.now(),
        )
    return Desk(app)


@pytest.fixture
def desk(office: Desk) -> Desk:
    """Somebody who has signed in, and reads English."""
    assert office.sign_in().status_code == 303
    return office


@pytest.fixture
def owner(office: Desk, shop: Shop) -> Desk:
    """The owner, signed in, who reads English."""
    with transaction() as session:
        access.add_staff(
            session,
            name="Guy Roy",
            role=Role.ADMIN,
            language="en",
            email=OWNER,
            password=quebec.PASSWORD,
            now=shop.now(),
        )
    assert office.sign_in(OWNER).status_code == 303
    return office
