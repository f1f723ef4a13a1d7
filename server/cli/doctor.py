"""What is missing before going live."""

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import psycopg

from server.core import migrations, queue
from server.core.config import Config
from server.core.database import transaction
from server.core.errors import OutsideServiceFailed
from server.gateway import client

SUPPORTED_SINCE = 150000  # PostgreSQL 15, as its server_version_num
WORKER_SILENT_SECONDS = 60


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `wrong` must be mended, `mind` deserves a thought."""

    verdict: Literal["ok", "mind", "wrong"]
    about: str
    says: str

    @property
    def colour(self) -> str:
        """The verdict as a colour of the terminal."""
        return {"ok": "green", "mind": "yellow", "wrong": "red"}[self.verdict]


def examine(settings: Config) -> list[Finding]:
    """Look at everything the product stands on. Nothing is changed, no money is touched."""
    return [*_addresses(settings), *_database(settings), *_stripe(settings), *_mail(settings)]


def _addresses(settings: Config) -> Iterator[Finding]:
    if settings.public_url.startswith("https://"):
        yield Finding("ok", "address", settings.public_url)
    else:
        yield Finding("wrong", "address", f"{settings.public_url} is not https: customers pay through it")
    if settings.clock_file is not None:
        yield Finding("wrong", "clock", "FIELDPAY_CLOCK_FILE is set: only a demo moves its clock")


def _database(settings: Config) -> Iterator[Finding]:
    try:
        with psycopg.connect(settings.database_url.replace("+psycopg", ""), connect_timeout=5) as connection:
            version = connection.info.server_version
            superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    except psycopg.OperationalError as error:
        yield Finding("wrong", "database", f"no connection: {str(error).splitlines()[0]}")
        return
    verdict: Literal["ok", "wrong"] = "ok" if version >= SUPPORTED_SINCE else "wrong"
    yield Finding(verdict, "database", f"PostgreSQL {version // 10000}.{version % 100} (15 or newer is needed)")
    if superuser and superuser[0]:
        yield Finding(
            "mind", "database", "we connect as a superuser, as the embedded server does: give us a role of our own"
        )
    with transaction() as session:
        present, newest = migrations.present(session), migrations.newest()
        if present != newest:
            yield Finding("wrong", "migrations", f"at {present}, this code needs {newest}: run fieldpay migrate")
            return
        yield Finding("ok", "migrations", f"at {newest}")
        age = queue.heartbeat_age_seconds(session)
    if age is None or age > WORKER_SILENT_SECONDS:
        yield Finding("wrong", "worker", "no worker was heard of lately: run fieldpay worker")
    else:
        yield Finding("ok", "worker", f"heard of {age:.0f} s ago")


def _stripe(settings: Config) -> Iterator[Finding]:
    live = settings.stripe_secret_key.startswith(("sk_live_", "rk_live_"))
    if settings.stripe_api_base is not None:
        yield Finding("wrong", "stripe", f"STRIPE_API_BASE points at {settings.stripe_api_base}, not at Stripe")
    try:
        with client.call():
            client.client().v1.terminal.locations.list({"limit": 1})
        yield Finding("ok" if live else "mind", "stripe", "live: real money" if live else "a test key: no real money")
    except OutsideServiceFailed as error:
        yield Finding("wrong", "stripe", error.sentence())
    for secret in settings.stripe_webhook_secrets:
        if not secret.startswith("whsec_"):
            yield Finding(
                "wrong", "webhooks", "STRIPE_WEBHOOK_SECRETS holds something that is no signing secret (whsec_...)"
            )


def _mail(settings: Config) -> Iterator[Finding]:
    server = urlsplit(settings.smtp_url)
    try:
        with smtplib.SMTP(server.hostname or "", server.port or 25, timeout=5) as connection:
            connection.noop()
        yield Finding("ok", "mail", f"{server.hostname} answers; sent as {settings.mail_from}")
    except (OSError, smtplib.SMTPException) as error:
        yield Finding("wrong", "mail", f"{server.hostname} does not take mail: {type(error).__name__}")
