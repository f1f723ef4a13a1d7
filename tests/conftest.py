"""What every test stands on: a real PostgreSQL, a database of its own, and a clock that moves only when told."""

from __future__ import annotations

import functools
import gc
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as examples
from sqlalchemy import create_engine, make_url
from sqlalchemy.orm import Session
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

from server.access import operations as access
from server.app import create_app
from server.core import clock, config, database
from server.core.limits import limiter
from server.gateway import client
from server.sandbox.serve import Sandbox
from tests import databases
from tests.databases import NOWHERE, Emptied, settings
from tests.shop import Shop
from tests.simulation.reporting import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]
_numbers = itertools.count(1)

# How long an example takes says nothing of what it is about: it depends on the machine and on what came before.
examples.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("untimed")


# What takes a minute, then what has processes or a browser of its own: no process is left with these in the end.
_LONG = ("tests/simulation/", "tests/killed/", "tests/cli/", "tests/api/", "tests/browser/", "tests/journeys/")

_READING = "tests/architecture/"


class _Processes(LoadFileScheduling):  # type: ignore[misc]  # it publishes no types
    """A file's tests run in one process; a batch of histories or a flow that is killed in any. What is long begins.

    Those that read the whole code run in one process, which keeps what it read.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(_READING):
            return _READING
        return nodeid if nodeid.startswith(_LONG[:2]) else nodeid.partition("::")[0]

    def _assign_work_unit(self, node: WorkerController) -> None:
        # What is of one kind stays in the order it has: files of many tests come first.
        longest = min(self.workqueue, key=lambda scope: [not scope.startswith(kind) for kind in _LONG])
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Processes:
    """Share the tests out."""
    return _Processes(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays to the end: nothing looks through it for garbage, now or later."""
    gc.disable()
    collected = yield
    gc.freeze()
    gc.enable()
    return collected


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """A password takes a quarter of a second by design, and every test of a page signs in: argon2id's least will do."""
    with pytest.MonkeyPatch.context() as here:
        here.setattr(access, "_passwords", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL server for the whole run, holding a migrated template."""
    with databases.folder_for("tests") as folder, databases.server(folder) as url:
        yield url


@pytest.fixture
def database_url(server_url: str) -> Iterator[str]:
    """A migrated database that only this test sees."""
    name = f"test_{next(_numbers)}"
    yield databases.create(server_url, name)
    databases.drop(server_url, name)


@pytest.fixture(scope="session")
def emptied(server_url: str) -> Iterator[Emptied]:
    """The database on which this process's tests run the product."""
    used = Emptied(server_url, "emptied")
    yield used
    databases.disconnect()
    used.close()


@pytest.fixture
def product(
    emptied: Emptied, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[config.Config]:
    """This process configured as the product, on a database and a clock of its own; Stripe is the test's sandbox."""
    has_sandbox = "sandbox" in request.fixturenames
    stripe_api_base = request.getfixturevalue("sandbox").url if has_sandbox else NOWHERE
    told = settings(emptied.url, FIELDPAY_CLOCK_FILE=str(tmp_path / "clock"), STRIPE_API_BASE=stripe_api_base)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    config.current.cache_clear()
    if database.engine.cache_info().currsize and database.engine().url != make_url(emptied.url):
        databases.disconnect()
    clock.follow(tmp_path / "clock")
    yield config.current()
    config.current.cache_clear()
    clock.follow(None)
    emptied.empty()


@pytest.fixture(scope="session")
def shared_database_url(server_url: str) -> str:
    """A database whose every test rolls back."""
    return databases.create(server_url, "shared")


@pytest.fixture
def session(shared_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A transaction that is rolled back."""
    for name, value in settings(shared_database_url).items():
        monkeypatch.setenv(name, value)
    config.current.cache_clear()
    engine = create_engine(shared_database_url, connect_args={"options": "-c timezone=UTC"})
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
        opened.rollback()
    engine.dispose()
    config.current.cache_clear()


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A fresh Stripe for this process to talk to."""
    started = Sandbox.start()
    client.client.cache_clear()
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)  # what the SDK waits before it tries again: 0.5
    yield started
    client.client.cache_clear()
    started.stop()


@pytest.fixture
def shop(sandbox: Sandbox, product: config.Config) -> Iterator[Shop]:
    """A business at work."""
    assert product.stripe_api_base == sandbox.url
    opened = Shop(sandbox)
    yield opened
    opened.line.close()


@functools.cache
def _application() -> Flask:
    """It reads where its database and its clock are whenever it asks for them, so one serves every test."""
    return create_app(config.current())


@pytest.fixture
def app(product: config.Config) -> Flask:
    """The web application."""
    made = _application()
    limiter.reset()  # it counts for the whole process, and each test is a new day
    return made


@pytest.fixture(name="client")
def caller(app: Flask) -> FlaskClient:
    """A caller of the web application, with no token."""
    return app.test_client()
