"""A PostgreSQL server of one's own, fast because it need not survive a power cut, and databases on it."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from server.core import database, embedded, migrations

TEMPLATE = "template_fieldpay"
MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 * 1024**3
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
EMPTIER = "emptier"
NOWHERE = "http://127.0.0.1:9"


@contextmanager
def folder_for(server: str) -> Iterator[Path]:
    """A folder that is gone in the end: in memory where there is room, since a thousand databases are made in it."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    with tempfile.TemporaryDirectory(prefix=f"fieldpay-{server}-", dir=MEMORY if has_room else None) as made:
        yield Path(made)


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run a server that holds a migrated template; yield its address."""
    with embedded.running(folder, durable=False) as url:
        create(url, TEMPLATE, template="template0")
        migrations.upgrade(named(url, TEMPLATE))
        yield url


def named(url: str, name: str) -> str:
    """Return the address of a database on a server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def create(url: str, name: str, *, template: str = TEMPLATE) -> str:
    """Make a database, migrated unless told otherwise; return its address."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    return named(url, name)


def drop(url: str, name: str) -> None:
    """Remove a database, whoever is connected."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class Emptied:
    """A database that tests use one after the other, each finding it as if it were new.

    Deleting what a test left takes two milliseconds, on a connection that is kept: a new one takes twenty, to read the
    catalogue. A database of its own takes fifty, and whoever connects to a new one reads the catalogue and compiles
    every statement again. Nothing vacuums what is deleted, so that rows come in the order they were written; the
    database is made again after every hundred tests instead.
    """

    _TESTS = 100

    def __init__(self, server_url: str, name: str) -> None:
        self._server_url, self._name = server_url, name
        self._tests = itertools.count(1)
        self.url = named(server_url, name)
        self._begin()

    def empty(self) -> None:
        """Forget what a test left, and end what of it still runs."""
        if next(self._tests) % self._TESTS == 0:
            disconnect()
            self.close()
            drop(self._server_url, self._name)
            self._begin()
            return
        ended = self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        ).fetchall()
        self._connection.execute(self._empty)
        if ended:
            disconnect()

    def close(self) -> None:
        """Be done with it."""
        self._connection.close()

    def _begin(self) -> None:
        create(self._server_url, self._name)
        address = self.url.replace("+psycopg", "")
        self._connection: psycopg.Connection[tuple[str]] = psycopg.connect(
            address, autocommit=True, application_name=EMPTIER
        )
        tables = [name for (name,) in self._connection.execute(_TABLES)]
        sequences = [name for (name,) in self._connection.execute("SELECT sequencename FROM pg_sequences")]
        self._connection.execute("".join(f"ALTER TABLE {table} SET (autovacuum_enabled = off); " for table in tables))
        # A replica's role sees neither foreign keys nor the triggers that keep what was booked.
        self._empty = "; ".join(
            [
                "SET session_replication_role = replica",
                *(f"DELETE FROM {table}" for table in tables),
                *(f"SELECT setval('{sequence}', 1, false)" for sequence in sequences),
            ]
        )


def disconnect() -> None:
    """Forget the engine of this process's product, and its connections."""
    if database.engine.cache_info().currsize:
        database.engine().dispose()
        database.engine.cache_clear()


def settings(url: str, **more: str) -> dict[str, str]:
    """Return the environment of a product under test, on this database."""
    return {
        "FIELDPAY_DATABASE_URL": url,
        "FIELDPAY_PUBLIC_URL": "http://127.0.0.1:8080",
        "FIELDPAY_SECRET_KEY": "a secret for tests, of 32 characters and more",
        "FIELDPAY_LINK_KEY": "a link key for tests, of 32 characters and more",
        "STRIPE_SECRET_KEY": "sk_test_fieldpay",
        "STRIPE_WEBHOOK_SECRETS": "whsec_now,whsec_before",
        "STRIPE_API_BASE": NOWHERE,
        "FIELDPAY_SMTP_URL": "smtp://127.0.0.1:9",
        **more,
    }
