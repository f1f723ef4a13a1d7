"""A PostgreSQL server of one's own, fast because it need not survive a power cut, and databases on it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from server.core import embedded, migrations

TEMPLATE = "template_fieldpay"
MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 * 1024**3
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
