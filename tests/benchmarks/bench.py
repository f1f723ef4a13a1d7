"""How the figures are taken: views called in this process, one at a time, on the embedded database, durably.

No HTTP server stands between: what it costs is the same for our view and for the bare one beside it, and would only
flatter the ratio. Each pair is measured in turns, so that a noisy machine is noisy for both.
"""

from __future__ import annotations

import gc
import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import stripe
from flask import Flask, request
from sqlalchemy import create_engine, event, text

from server.access import operations as access
from server.app import create_app
from server.core import clock, config, database, embedded, log, migrations
from server.core.database import transaction
from server.gateway import client
from server.sandbox.serve import Sandbox
from tests.databases import settings
from tests.shop import Shop

SECRET = "whsec_now"
Environ = dict[str, Any]


def say(what: str, figure: str) -> None:
    """Print a line of the table."""
    print(f"{what:<66}{figure:>22}", flush=True)


class Bench:
    """The product in this process, with a business at work."""

    def __init__(self, url: str, sandbox: Sandbox) -> None:
        self.app = create_app(config.current())
        log.set_up("ERROR")
        self.shop = Shop(sandbox)
        self.bare = bare_views(url)
        with transaction() as session:
            pairing = access.create_pairing(session, technician_id=self.shop.technician.id, now=clock.now())
            device = access.pair_device(session, code=pairing.code, name="Bench", now=clock.now())
            _, self.office_key = access.create_api_key(session, name="bench", now=clock.now())
        self.token = device.token

    def environ(self, path: str, *, body: bytes = b"", method: str = "GET", **headers: str) -> Environ:
        """Return a WSGI environment; `{}` in none of it changes between calls but the body's stream."""
        path, _, query = path.partition("?")
        made = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "bench",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "application/json",
            "REMOTE_ADDR": "127.0.0.1",
        }
        return made | {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}

    def phone(self, path: str, **more: Any) -> Environ:
        """Return a request of the technician's phone."""
        return self.environ(path, Authorization=f"Bearer {self.token}", **more)


def bare_views(url: str) -> Flask:
    """Return what the figures stand beside: Flask alone."""
    app = Flask("bare")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bare_events (id text PRIMARY KEY, body text NOT NULL)"))

    @app.post("/webhooks/stripe")
    def receive() -> tuple[dict[str, bool], int]:
        payload = request.get_data()
        stripe.WebhookSignature.verify_header(payload.decode(), request.headers["Stripe-Signature"], SECRET, 300)
        with engine.begin() as connection:
            row = {"id": json.loads(payload)["id"], "body": payload.decode()}
            connection.execute(text("INSERT INTO bare_events VALUES (:id, :body) ON CONFLICT DO NOTHING"), row)
        return {"received": True}, 200

    @app.get("/job")
    def job() -> dict[str, Any]:
        return {"job_id": "job_1", "status": "scheduled", "lines": [{"description": "x", "amount_minor": 1}] * 3}

    return app


def call(app: Flask, environ: Environ) -> int:
    """Call a view as a server would; return the status."""
    statuses: list[str] = []
    environ["wsgi.input"].seek(0)

    def start_response(status: str, _headers: Any, _error: Any = None) -> Callable[[bytes], None]:
        statuses.append(status)
        return lambda _data: None

    body = app(dict(environ), start_response)
    b"".join(body)
    close = getattr(body, "close", None)
    if close:
        close()
    return int(statuses[0].split()[0])


def per_second(rounds: int, *turns: Callable[[int], object], size: int = 200) -> list[float]:
    """Return calls per second of each turn: the median of `rounds` rounds of `size` calls, taken alternately."""
    rates: list[list[float]] = [[] for _ in turns]
    for number in range(rounds):
        for place, turn in enumerate(turns):
            started = time.perf_counter()
            for index in range(number * size, (number + 1) * size):
                turn(index)
            rates[place].append(size / (time.perf_counter() - started))
    return [statistics.median(each) for each in rates]


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """Collect the statements sent to the database inside the block."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(database.engine(), "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine(), "before_cursor_execute", note)


@contextmanager
def running() -> Iterator[Bench]:
    """Start the database, the sandbox and the product; end them."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="fieldpay-bench-")))
        url = parts.enter_context(embedded.running(folder / "postgres", durable=True))
        migrations.upgrade(url)
        sandbox = Sandbox.start()
        parts.callback(sandbox.stop)
        os.environ.update(
            settings(
                url, STRIPE_API_BASE=sandbox.url, FIELDPAY_CLOCK_FILE=str(folder / "clock"), FIELDPAY_LOG_LEVEL="ERROR"
            )
        )
        client.client.cache_clear()
        clock.follow(folder / "clock")
        bench = Bench(url, sandbox)
        gc.freeze()  # as the processes do that serve and work
        yield bench
        database.engine().dispose()
