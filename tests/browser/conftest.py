"""A real browser on a real server: the product in a thread, Stripe's sandbox in another."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from server.access import operations as access
from server.access.rules import Role
from server.core import config, embedded
from server.core.database import transaction
from server.invoices import queries
from server.invoices.models import Invoice
from server.invoices.rules import Subject
from tests import quebec
from tests.shop import Shop

EMAIL = "bureau@plomberie-roy.example"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium; where it has none, the one Playwright installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for path in map(shutil.which, names) if path), None)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of a browser that knows nobody. It may complain of nothing: no script fails, no policy is broken."""
    context = browser.new_context(locale="en-CA")
    opened = context.new_page()
    heard: list[str] = []
    opened.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: heard.append(str(error)))
    yield opened
    context.close()
    assert heard == []


@pytest.fixture
def product(product: config.Config, monkeypatch: pytest.MonkeyPatch) -> config.Config:
    """The product, which knows the address at which a browser finds it."""
    monkeypatch.setenv("FIELDPAY_PUBLIC_URL", f"http://127.0.0.1:{embedded.free_port()}")
    config.current.cache_clear()
    return config.current()


class Town:
    """A business with its pages served: `address` is where."""

    def __init__(self, shop: Shop, address: str) -> None:
        self.shop = shop
        self.address = address

    def sign_in(self, page: Page) -> None:
        """Sit down at the desk."""
        page.goto(f"{self.address}/office/login")
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Password").fill(quebec.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.address}/office/")

    def link(self, invoice: Invoice) -> str:
        """The link a customer pays an invoice by."""
        with transaction() as session:
            return queries.pay_urls(session, Subject.INVOICE, [invoice.id])[invoice.id]


@pytest.fixture
def town(shop: Shop, product: config.Config, app: Flask) -> Iterator[Town]:
    """A business at work, with somebody for its desk."""
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
    server = make_server("127.0.0.1", urlsplit(product.public_url).port or 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Town(shop, product.public_url)
    server.shutdown()
    thread.join()
    server.server_close()
