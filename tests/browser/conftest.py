"""A real browser on a real server: the product in a thread, Stripe's sandbox in another."""

from __future__ import annotations

import itertools
import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select
from werkzeug.serving import ThreadedWSGIServer

from server.access import operations as access
from server.access.models import Device
from server.access.rules import Role
from server.core import config, embedded
from server.core.database import transaction
from server.invoices import queries
from server.invoices.models import Invoice
from server.invoices.rules import Subject
from tests import quebec
from tests.shop import Shop

PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
EMAIL = "bureau@plomberie-roy.example"


_open = ExitStack()


@cache
def _chromium() -> Browser:
    """The machine's own Chromium; where it has none, the one Playwright installed. Only a build server insists."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for path in map(shutil.which, names) if path), None)
    playwright = _open.enter_context(sync_playwright())
    _open.callback(_chromium.cache_clear)
    if not found and not Path(playwright.chromium.executable_path).exists() and os.environ.get("CI") != "true":
        _open.close()
        pytest.skip("No Chromium on this machine: `make browser` installs one.")
    started = playwright.chromium.launch(executable_path=found)
    _open.callback(started.close)
    return started


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End with the last of these tests: until then Playwright's event loop runs in this thread, and others need one."""
    if nextitem is None or nextitem.path.parent != item.path.parent:
        _open.close()


@pytest.fixture
def browser() -> Browser:
    """One for all of these tests."""
    return _chromium()


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

    def catch_up(self) -> None:
        """Wait until Stripe has told everything, and let a worker do all that is due."""
        self.shop.control("POST", "quiesce")
        with ThreadPoolExecutor(1) as worker:
            worker.submit(self.shop.work).result()


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
    server = ThreadedWSGIServer("127.0.0.1", urlsplit(product.public_url).port or 0, app)
    # Closing waits for the last answer, which still holds a connection to the database.
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Town(shop, product.public_url)
    server.shutdown()
    thread.join()
    server.server_close()


class Phone:
    """A technician's phone in the middle of a working day; Stripe tells the business what happens.

    `page` is its screen, to be closed and opened again. It speaks the technician's language.
    """

    def __init__(self, town: Town, browser: Browser, *, language: str = "en") -> None:
        self.town = town
        webhooks = {"url": f"{town.address}/webhooks/stripe", "secret": "whsec_now"}
        town.shop.control("POST", "webhook_endpoints", webhooks)
        now = town.shop.now()
        until_three = (now.replace(hour=15, minute=0, second=0) - now) % timedelta(days=1)
        town.shop.pass_time(seconds=until_three.total_seconds())
        self.heard: list[str] = []
        self._numbers = itertools.count(1)
        with transaction() as session:
            self.technician = access.add_staff(
                session, name="Zoé Gagnon", role=Role.TECHNICIAN, language=language, now=town.shop.now()
            )
        self.context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="en-CA")
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.clock.install(time=town.shop.now())
        self.page = self.new_tab()

    def new_tab(self) -> Page:
        """Open the app's browser once more. A request may fail, as stories tell it to; a script may not."""
        tab = self.context.new_page()
        tab.on("pageerror", lambda error: self.heard.append(str(error)))
        tab.on(
            "console",
            lambda message: (
                self.heard.append(message.text)
                if message.type == "error" and not message.text.startswith("Failed to load resource")
                else None
            ),
        )
        return tab

    def crash(self) -> None:
        """The app dies, and is opened again."""
        self.page.close()
        self.page = self.new_tab()
        self.page.goto(f"{self.town.address}/kiosk/")

    def pairing_link(self) -> str:
        """The link the office shows."""
        with transaction() as session:
            pairing = access.create_pairing(session, technician_id=self.technician.id, now=self.town.shop.now())
        return f"{self.town.address}/kiosk/#pair={pairing.code}"

    def pair(self) -> None:
        """Follow the office's link, and wait for the day."""
        self.page.goto(self.pairing_link())
        self.page.locator("form button.main").click()
        expect(self.page.locator(".as-of span")).to_be_visible()

    def revoke(self) -> None:
        """Unpair it at the desk."""
        with transaction() as session:
            device_id = session.scalars(select(Device.id).where(Device.staff_id == self.technician.id)).one()
            access.revoke_device(session, device_id=device_id, now=self.town.shop.now())

    def plan(self, title: str = "Chauffe-eau", **said: Any) -> str:
        """Plan a job of 218.45 for today; return its id."""
        job_id = f"job_today_{next(self._numbers)}"
        said = {"technician_id": self.technician.id, "scheduled_at": self.town.shop.now(), **said}
        with transaction() as session:
            quebec.plan_job(session, job_id, title=title, **said)
        return job_id

    def look_at(self, job_id: str, part: str = "") -> None:
        """Go to a job's screen, or to its `/contract` or `/pay`."""
        self.page.evaluate("hash => { location.hash = hash }", f"#/job/{job_id}{part}")

    def tap(self, name: str) -> None:
        """Press a button or follow a link, by its exact words.

        With a pointer: on a busy machine a finger is lifted so late that it counts as a long press.
        """
        self.page.locator("button, a").and_(self.page.get_by_text(name, exact=True)).click()

    def finish(self) -> None:
        """Say that the job on the screen is done, signed or not, and come to the pay sheet."""
        self.page.get_by_role("button", name="Job done").click()
        self.tap("Finish anyway")
        expect(self.page.get_by_text("To pay")).to_be_visible()

    def keeps_the_app(self) -> None:
        """Wait until the phone opens without a network."""
        self.page.evaluate(
            """() => new Promise((resolve) => {
              const workers = navigator.serviceWorker
              if (workers.controller) resolve(true)
              else workers.addEventListener('controllerchange', () => resolve(true), {once: true})
            })"""
        )


@pytest.fixture
def phone(town: Town, browser: Browser) -> Iterator[Phone]:
    """A phone that belongs to nobody yet."""
    opened = Phone(town, browser)
    yield opened
    opened.context.close()
    assert opened.heard == []
