"""`fieldpay demo`: the whole product on this machine, with a sandbox for Stripe, a mail catcher and a clock to move.

Nothing outside the data folder is written, nothing listens outside this machine, and no process is left behind.
"""

import json
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import requests
from flask import Flask

from server.cli import private_file, story
from server.cli.demo import clock, front, mail, texts
from server.cli.demo.children import Children
from server.cli.demo.serving import serving
from server.core import config, embedded, pages

READY_SECONDS = 60
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WEB_PORT, SANDBOX_PORT = 8080, 12111


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where this demo lives. A port that is None may be any; one that is named must be free."""

    data: Path
    port: int | None
    sandbox_port: int | None
    database_url: str | None
    empty: bool


@dataclass(frozen=True, kw_only=True)
class Running:
    """A demo in which everything answers: its parts, and what outside clients need to know of it."""

    children: Children
    described: dict[str, Any]


def demo(place: Place, *, describe: Path | None, once: bool) -> int:
    """Run until Ctrl-C or SIGTERM, or `once` through the story; return the exit code.

    `describe` names a file that holds the addresses and keys while everything answers. Raises PartFailed,
    CannotServe.
    """
    for ending in ENDINGS:
        signal.signal(ending, signal.default_int_handler)
    try:
        with ExitStack() as parts, running(place) as it:
            if describe:
                parts.enter_context(_described(describe, it.described))
            if once:
                return _play(it)
            click.echo(_summary(it.described))
            while True:
                it.children.restart_dead()
                time.sleep(0.2)
    except KeyboardInterrupt:
        click.echo("\nStopped.")
        return 0


@contextmanager
def running(place: Place) -> Iterator[Running]:
    """Start every part, yield when everything answers, stop every part. Raises PartFailed, CannotServe."""
    with ExitStack() as parts:
        try:
            yield _start(place, parts)
        finally:
            for ending in ENDINGS:
                signal.signal(ending, signal.SIG_IGN)  # stopping has its own deadlines


def _start(place: Place, parts: ExitStack) -> Running:
    place.data.mkdir(parents=True, exist_ok=True)
    place.data.chmod(0o711)  # the database's user passes through it; what is inside is closed
    web = parts.enter_context(_listening(place.port, WEB_PORT))
    sandbox = parts.enter_context(_listening(place.sandbox_port, SANDBOX_PORT))
    database_url = place.database_url or parts.enter_context(embedded.running(place.data / "postgres"))
    mailbox = mail.Mailbox(place.data / "mail")
    smtp_port = parts.enter_context(mail.smtp(mailbox))
    texting = parts.enter_context(texts.catching(place.data / "texts"))
    environment = _environment(
        place.data,
        web=_address(web),
        sandbox=_address(sandbox),
        database_url=database_url,
        smtp_port=smtp_port,
        texting=texting,
    )
    children = Children(environment, place.data / "log")
    parts.callback(children.stop)

    children.start(
        "sandbox",
        f"--fd={sandbox.fileno()}",
        f"--snapshot={place.data / 'sandbox.json'}",
        sockets=(sandbox.fileno(),),
    )
    children.start("serve", f"--bind=fd://{web.fileno()}", sockets=(web.fileno(),))
    seeded = children.run("seed", f"--accounts={place.data / 'accounts.json'}", *(["--empty"] if place.empty else []))
    children.start("worker")
    demo_clock = clock.DemoClock(config.from_environment(environment))
    described: dict[str, Any] = {}
    desk = parts.enter_context(_desk(mailbox, demo_clock, described))
    secret = environment["STRIPE_WEBHOOK_SECRETS"]
    requests.post(
        f"{_address(sandbox)}/_sandbox/webhook_endpoints",
        json={"url": f"{_address(web)}/webhooks/stripe", "secret": secret},
        timeout=10,
    ).raise_for_status()
    _wait_for(f"{_address(web)}/readyz", children)
    described |= {
        "web": _address(web),
        "sandbox": _address(sandbox),
        "mail": desk,
        "texts": texting,
        **json.loads(seeded),
        "webhook_secret": secret,
        "clock": f"{desk}/clock",
    }
    return Running(children=children, described=described)


@contextmanager
def _listening(wanted: int | None, usual: int) -> Iterator[socket.socket]:
    """Yield a socket that listens on the wanted port, or else the usual or any free one.

    It is handed to the part that serves it: nobody can take the port in between, and callers wait out a restart.
    """
    for port in (usual, 0) if wanted is None else (wanted,):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(512)
        except OSError:
            listener.close()
            continue
        with listener:
            yield listener
        return
    raise click.UsageError(f"Port {wanted} is taken, or not ours to take.")


def _address(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _environment(
    data: Path, *, web: str, sandbox: str, database_url: str, smtp_port: int, texting: str
) -> dict[str, str]:
    """Return the settings of the parts: these and no others, so that nothing in the terminal's environment leaks in."""
    path = data / "secrets.json"
    if not path.exists():
        made = {
            "FIELDPAY_SECRET_KEY": secrets.token_urlsafe(48),
            "FIELDPAY_LINK_KEY": secrets.token_urlsafe(48),
            "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(24)}",
            "STRIPE_WEBHOOK_SECRETS": f"whsec_{secrets.token_hex(24)}",
        }
        private_file.write(path, made)
    kept: dict[str, str] = json.loads(path.read_text())
    return {
        **kept,
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "FIELDPAY_DATABASE_URL": database_url,
        "FIELDPAY_PUBLIC_URL": web,
        "STRIPE_API_BASE": sandbox,
        "FIELDPAY_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "FIELDPAY_MAIL_FROM": "Électricité & Plomberie Tremblay <factures@tremblay.example>",
        "FIELDPAY_SMS_API_BASE": texting,
        "FIELDPAY_SMS_ACCOUNT_SID": "ACdemo",
        "FIELDPAY_SMS_AUTH_TOKEN": "demo",
        "FIELDPAY_SMS_FROM": "+14185550142",
        "FIELDPAY_CLOCK_FILE": str(data / "clock"),
    }


@contextmanager
def _desk(mailbox: mail.Mailbox, demo_clock: clock.DemoClock, described: dict[str, Any]) -> Iterator[str]:
    """Serve the first page, the mail page and the clock in a thread, at the address that is yielded."""
    app = Flask("demo")
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(front.page(described, demo_clock))
    app.register_blueprint(mail.pages(mailbox))
    app.register_blueprint(clock.address(demo_clock))
    with serving(app) as address:
        yield address


def _wait_for(url: str, children: Children) -> None:
    """Wait until the address answers 200. Raises PartFailed when a part ends instead, or time is up."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        children.check()
        with suppress(requests.RequestException):
            if requests.get(url, timeout=2).status_code == requests.codes.ok:
                return
        time.sleep(0.05)
    raise children.failure(children.running[-1].name)


@contextmanager
def _described(path: Path, described: dict[str, Any]) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    private_file.write(path, described)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _play(it: Running) -> int:
    """Play the story beside the running parts; return the exit code."""
    outcome: list[str | None] = []
    player = threading.Thread(target=lambda: outcome.append(story.play(it.described, say=click.echo)), daemon=True)
    player.start()
    while player.is_alive():
        it.children.restart_dead()
        player.join(0.2)
    differed = outcome[0] if outcome else "the story itself broke off (see above)"
    if differed:
        click.secho(f"differed: {differed}", fg="red", err=True)
        return 1
    click.echo(it.children.run("audit").strip())
    return 0


def _summary(described: dict[str, Any]) -> str:
    office, where = described["office"], front.addresses(described)
    rows = [
        ("Start here", f"{described['mail']}/start", "what to try, and a clock with buttons"),
        ("Office", where["office"], f"{office['email']}  ·  {office['password']}"),
        *(("", where["office"], f"{each['email']}  ·  {each['password']}") for each in [described["clerk"]] if each),
        ("Phone", where["phone"], "pairs itself, once"),
        ("Card reader", where["reader"], "tap, insert, decline, unplug"),
        ("Banks", where["banks"], "dispute, pay out, send back"),
        ("Mail", where["mail"], "everything the product sends"),
        ("Texts", where["texts"], "and its text messages"),
        ("API", f"{described['web']}/api/v1/openapi.json", f"Authorization: Bearer {described['api_key']}"),
        ("Clock", described["clock"], 'POST {"advance_seconds": 86400}'),
    ]
    wide = max(len(address) for _, address, _ in rows)
    lines = [
        f"  {click.style(f'{name:<12}', bold=True)} {address:<{wide}}   {click.style(more, dim=True)}"
        for name, address, more in rows
    ]
    return "\n".join(
        ["", click.style("  Fieldpay is ready.", fg="green", bold=True), "", *lines, "", "  Ctrl-C stops it.", ""]
    )
