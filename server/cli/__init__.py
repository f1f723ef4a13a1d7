"""The `fieldpay` command: everything the operator does. What a command needs is loaded when it runs."""

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from server.core import clock, config, log, memory

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
PORT = click.IntRange(0, 65535)


@click.group()
def main() -> None:
    """Fieldpay gets a tradesperson paid before the van leaves, and chases what is left."""


def configured() -> config.Config:
    """Return the configuration, with the log and the clock set up by it; end with a clear message when it is wrong."""
    try:
        settings = config.current()
    except config.Misconfigured as error:
        raise click.ClickException(str(error)) from error
    log.set_up(settings.log_level)
    clock.follow(settings.clock_file)
    return settings


@main.command("demo")
@click.option("--port", type=PORT, help="Port of the web server; 8080 when free, else any.")
@click.option("--sandbox-port", type=PORT, help="Port of the sandbox; 12111 when free, else any.")
@click.option("--data", type=FOLDER, help="Data folder; .fieldpay here, or a passing one with --once.")
@click.option("--describe", type=FILE, help="Write addresses and keys here, as JSON, once everything answers.")
@click.option("--empty", is_flag=True, help="Only a business profile and accounts: no customers, no jobs.")
@click.option("--once", is_flag=True, help="Play one story without a person, check the books, and end.")
@click.option("--database-url", envvar="FIELDPAY_DATABASE_URL", hidden=True)
def run_demo(
    *,
    port: int | None,
    sandbox_port: int | None,
    data: Path | None,
    describe: Path | None,
    empty: bool,
    once: bool,
    database_url: str | None,
) -> None:
    """Start the whole product on this machine, with a business to try it with."""
    from server.cli import demo
    from server.cli.demo.children import PartFailed
    from server.core import embedded

    with ExitStack() as passing:
        if data is None:
            data = Path(passing.enter_context(tempfile.TemporaryDirectory()) if once else ".fieldpay")
        place = demo.Place(
            data=data.resolve(), port=port, sandbox_port=sandbox_port, database_url=database_url, empty=empty or once
        )
        try:
            raise SystemExit(demo.demo(place, describe=describe, once=once))
        except (PartFailed, embedded.CannotServe) as error:
            raise click.ClickException(str(error)) from error


@main.command("serve")
@click.option("--bind", default="0.0.0.0:8080", show_default=True, help="host:port, or fd://N, a socket that listens.")
def run_web(bind: str) -> None:
    """Serve the API, the office, the phone and the customers' pages."""
    from server.cli.serve import Web

    Web(configured(), bind).run()


@main.command("worker")
def run_worker() -> None:
    """Do the background work; run as many as wanted."""
    with memory.uncollected():
        from server import worker

    configured()
    worker.run()


@main.command("sandbox")
@click.option("--port", type=PORT, default=12111, show_default=True, help="Where to listen on 127.0.0.1.")
@click.option("--fd", type=int, help="A socket that listens already, instead of a port.")
@click.option("--snapshot", type=FILE, help="Keep the state in this file.")
@click.option("--clock-file", type=FILE, envvar="FIELDPAY_CLOCK_FILE", hidden=True)
def run_sandbox(*, port: int, fd: int | None, snapshot: Path | None, clock_file: Path | None) -> None:
    """Serve a small Stripe with a reader to tap on screen."""
    from server.sandbox.serve import serve

    clock.follow(clock_file)
    ahead = int(clock.offset().total_seconds())
    serve(port=port, fd=fd, snapshot=snapshot, clock_offset_seconds=ahead)


@main.command("migrate")
def run_migrations() -> None:
    """Bring the database to the version this code works with."""
    from server.core import migrations

    migrations.upgrade(configured().database_url)


@main.command("seed")
@click.option("--empty", is_flag=True, help="Only a business profile, terms, taxes and accounts.")
@click.option("--accounts", required=True, type=FILE, help="Where the logins are kept.")
def run_seed(*, empty: bool, accounts: Path) -> None:
    """Fill a new database with a business to try things with, and print its logins."""
    from server.cli.seed import seed
    from server.core import migrations

    migrations.upgrade(configured().database_url)
    click.echo(json.dumps(seed(accounts_file=accounts, empty=empty, now=clock.now()), ensure_ascii=False))


@main.command("audit")
@click.option("--invoice", "number", help="Prove this one invoice instead, by its number.")
def run_audit(*, number: str | None) -> None:
    """Compare books, invoices and Stripe; exit 1 naming every row that is wrong."""
    from server.audit import flows

    configured()
    if number is not None:
        _prove(number)
    wrong = flows.check(now=clock.now())
    for finding in wrong:
        click.echo(finding)
    click.echo("audit: ok" if not wrong else f"audit: {len(wrong)} wrong")
    raise SystemExit(bool(wrong))


def _prove(number: str) -> None:
    """Print everything ever made at Stripe for an invoice; exit 1 unless it agrees with the books."""
    from server.audit import flows
    from server.core import database
    from server.invoices import queries

    with database.transaction() as session:
        invoice = queries.find_by_number(session, number)
    if invoice is None:
        raise click.ClickException(f"There is no invoice {number}.")
    proof = flows.prove(invoice_id=invoice.id, now=clock.now())
    for made in (*proof.intents, *proof.sessions, *proof.refunds, *proof.entries):
        click.echo(" ".join(f"{name}={_shown(value)}" for name, value in vars(made).items()))
    click.echo(proof.says("en"))
    raise SystemExit(not proof.agrees)


def _shown(value: object) -> str:
    return ",".join(value) or "-" if isinstance(value, tuple) else str(value).replace(" ", "T")


@main.command("doctor")
def run_doctor() -> None:
    """Say what is missing before going live; exit 1 when something is."""
    from server.cli.doctor import examine

    findings = examine(configured())
    for finding in findings:
        click.echo(f"{click.style(finding.verdict, fg=finding.colour):<16} {finding.about:<12} {finding.says}")
    raise SystemExit(any(finding.verdict == "wrong" for finding in findings))
