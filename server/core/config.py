"""Configuration: read from the environment once, typed, checked at start with a clear message.

`docs/operating.md` documents every setting; a test compares the two.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path


class Misconfigured(Exception):
    """A setting is missing or wrong."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """What the machine decides. What the business decides is data (`server/business`)."""

    database_url: str
    public_url: str
    secret_key: str = field(repr=False)
    link_key: str = field(repr=False)
    stripe_secret_key: str = field(repr=False)
    stripe_webhook_secrets: tuple[str, ...] = field(repr=False)
    stripe_api_base: str | None = None
    smtp_url: str = "smtp://127.0.0.1:25"
    mail_from: str = "Fieldpay <no-reply@localhost>"
    sms_api_base: str = "https://api.twilio.com"
    sms_account_sid: str | None = None
    sms_auth_token: str | None = field(default=None, repr=False)
    sms_from: str | None = None
    clock_file: Path | None = None
    log_level: str = "INFO"
    web_workers: int = 2
    web_threads: int = 8

    @property
    def secure_cookies(self) -> bool:
        """Say whether pages are served over https, as they must be outside the demo."""
        return self.public_url.startswith("https://")


def from_environment(environ: Mapping[str, str] | None = None) -> Config:
    """Return the configuration. Raises Misconfigured, naming every setting that is missing or wrong."""
    values = os.environ if environ is None else environ
    required = (
        "FIELDPAY_DATABASE_URL",
        "FIELDPAY_PUBLIC_URL",
        "FIELDPAY_SECRET_KEY",
        "FIELDPAY_LINK_KEY",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRETS",
    )
    wrong = [f"{name} is not set" for name in required if not values.get(name)]
    wrong += [
        f"{name} must have at least 32 characters"
        for name in ("FIELDPAY_SECRET_KEY", "FIELDPAY_LINK_KEY")
        if values.get(name) and len(values[name]) < 32
    ]
    wrong += [
        f"{name} must be a whole number"
        for name in ("FIELDPAY_WEB_WORKERS", "FIELDPAY_WEB_THREADS")
        if not values.get(name, "1").isdigit()
    ]
    texting = ("FIELDPAY_SMS_ACCOUNT_SID", "FIELDPAY_SMS_AUTH_TOKEN", "FIELDPAY_SMS_FROM")
    if any(values.get(name) for name in texting):
        wrong += [f"{name} is not set, and text messages need it" for name in texting if not values.get(name)]
    if wrong:
        raise Misconfigured("; ".join(wrong) + ". See docs/operating.md.")
    clock_file = values.get("FIELDPAY_CLOCK_FILE")
    return Config(
        database_url=values["FIELDPAY_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1),
        public_url=values["FIELDPAY_PUBLIC_URL"].rstrip("/"),
        secret_key=values["FIELDPAY_SECRET_KEY"],
        link_key=values["FIELDPAY_LINK_KEY"],
        stripe_secret_key=values["STRIPE_SECRET_KEY"],
        stripe_webhook_secrets=tuple(s.strip() for s in values["STRIPE_WEBHOOK_SECRETS"].split(",") if s.strip()),
        stripe_api_base=values.get("STRIPE_API_BASE") or None,
        smtp_url=values.get("FIELDPAY_SMTP_URL", Config.smtp_url),
        mail_from=values.get("FIELDPAY_MAIL_FROM", Config.mail_from),
        sms_api_base=values.get("FIELDPAY_SMS_API_BASE", Config.sms_api_base).rstrip("/"),
        sms_account_sid=values.get("FIELDPAY_SMS_ACCOUNT_SID") or None,
        sms_auth_token=values.get("FIELDPAY_SMS_AUTH_TOKEN") or None,
        sms_from=values.get("FIELDPAY_SMS_FROM") or None,
        clock_file=Path(clock_file) if clock_file else None,
        log_level=values.get("FIELDPAY_LOG_LEVEL", Config.log_level),
        web_workers=int(values.get("FIELDPAY_WEB_WORKERS", Config.web_workers)),
        web_threads=int(values.get("FIELDPAY_WEB_THREADS", Config.web_threads)),
    )


@cache
def current() -> Config:
    """Return the configuration of this process, read on first use."""
    return from_environment()
