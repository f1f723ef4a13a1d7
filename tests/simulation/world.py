"""The world that histories happen in: the product's processes, a sandbox, a mail server, a database and one clock.

One world serves many histories, one after the other. The process that plays them is configured as the product too, to
move its clock, to look into its books and to audit them.
"""

from __future__ import annotations

import itertools
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import requests
from aiosmtpd.controller import Controller
from sqlalchemy import text
from sqlalchemy.orm import Session

from server import worker
from server.access import operations as access
from server.access.rules import Role
from server.business import operations as business
from server.core import clock, config, database, embedded, queue
from server.core.database import transaction
from server.gateway import client
from server.payments.flows import register_reader, set_tips
from tests import databases, processes, quebec
from tests.messages.conftest import MailServer
from tests.processes import Part
from tests.simulation.currencies import CURRENCIES, HOME

TIP_MINOR = 300
TIPS = {currency: {"fixed_amounts_minor": [TIP_MINOR]} for currency in ("CAD", "JPY", "USD")}
BANK_ACCOUNTS = {currency: f"44712{number}" for number, currency in enumerate(CURRENCIES)}
Plant = Callable[[], None]
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.02
_numbers = itertools.count(1)
_WORK = (
    f"SELECT ({queue.PENDING}), (SELECT count(*) FROM procrastinate_jobs),"
    " (SELECT last_value FROM procrastinate_jobs_id_seq)"
)
# A worker that is killed is missed at once, instead of after the half minute that its heartbeat is given.
_MISSED = "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'"


class World:
    """Everything that runs. `office`, `supervisor` are API keys, `technicians` ids, `phones` the tokens of two of
    each; addresses are `web`, `stripe`."""

    def __init__(self, database_url: str, folder: Path, plants: Sequence[Plant]) -> None:
        self._web, self._sandbox = _listen(), _listen()
        self.web, self.stripe = _address(self._web), _address(self._sandbox)
        self._mail = MailServer()
        self._smtp = Controller(self._mail, hostname="127.0.0.1", port=embedded.free_port())
        self.environment = databases.settings(
            database_url,
            FIELDPAY_CLOCK_FILE=str(folder / "clock"),
            FIELDPAY_PUBLIC_URL=self.web,
            STRIPE_API_BASE=self.stripe,
            FIELDPAY_SMTP_URL=f"smtp://127.0.0.1:{self._smtp.port}",
            FIELDPAY_LOG_LEVEL="CRITICAL",
            FIELDPAY_WEB_WORKERS="1",  # one that was just started is slow, until it has seen every kind of request
            PATH=os.defpath,
            LANG="C.UTF-8",
        )
        self._plants = tuple(plants)
        self.line = requests.Session()
        self.line.trust_env = False  # reading the environment for every request takes longer than the request
        self.kills = 0
        self._readers: list[str] = []
        self._tips = False

    def open(self) -> None:
        """Start every part, and a small trade with a key for the office, one for its supervisor, two technicians."""
        os.environ.update(self.environment)
        _forget_settings()
        clock.follow(config.current().clock_file)
        self._smtp.start()
        self._watch = psycopg.connect(config.current().database_url.replace("+psycopg", ""), autocommit=True)
        with transaction() as session:
            quebec.open_business(session)
            for currency, number in BANK_ACCOUNTS.items():
                account = {"holder": "Plomberie Roy", "routing": "0815-12345", "account_number": number}
                business.set_bank_account(session, currency=currency, **account)
            self.office, self.supervisor = (quebec.add_key(session, each) for each in (Role.OFFICE, Role.SUPERVISOR))
            self.technicians = [quebec.add_technician(session, name).id for name in ("Luc Roy", "Eve Roy")]
            self.phones = [_pair(session, each) for each in (*self.technicians, *self.technicians)]
        self._stripe_part = Part(processes.sandbox, self.environment, self._sandbox)
        self._web_part = Part(processes.web, self.environment, self._web, self._plants)
        self._worker_part = Part(processes.worker, self.environment, self._plants)
        hook = {"url": f"{self.web}/webhooks/stripe", "secret": "whsec_now"}
        self.control("POST", "webhook_endpoints", hook)
        rates = {currency.lower(): (HOME.lower(), known.rate) for currency, known in CURRENCIES.items() if known.rate}
        self.control("PUT", "settlement", rates)

    def close(self) -> None:
        """End every part."""
        for part in (self._worker_part, self._web_part, self._stripe_part):
            part.kill()
        self._smtp.stop()
        self.line.close()
        self._watch.close()
        self._web.close()
        self._sandbox.close()
        database.engine().dispose()
        clock.follow(None)

    def readers(self, place: int) -> list[str]:
        """Two card readers for the history in this place of its batch; those of the batch before are free again."""
        while len(self._readers) < 2 * place + 2:
            label = f"Van {len(self._readers) + 1}"
            added = register_reader(registration_code="simulated-s700", label=label, location_id=None, now=clock.now())
            self._readers.append(added.id)
        return self._readers[2 * place :][:2]

    def offer_tips(self, wanted: bool) -> None:
        """Offer tips on every reader, or stop."""
        if wanted != self._tips:
            set_tips(tips=TIPS if wanted else {})
            self._tips = wanted

    # --- The clock -----------------------------------------------------------------------------------------------

    def pass_time(self, *, seconds: int) -> None:
        """Move everybody's clock; wait until what was due by then is done."""
        clock.advance(seconds=seconds)
        self.control("POST", "clock", {"advance_seconds": seconds})
        with transaction() as session:
            queue.bring_forward(session, seconds=seconds)
        worker.tick()
        self.settle()

    def settle(self) -> None:
        """Wait until Stripe has nothing to tell and the worker nothing to do, and did nothing meanwhile."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        before, tasks = None, self._when_nothing_is_due(deadline)
        while tasks != before:
            self.control("POST", "quiesce")
            before, tasks = tasks, self._when_nothing_is_due(deadline)

    def _when_nothing_is_due(self, deadline: float) -> tuple[Any, ...]:
        """Wait for that; return how many tasks there are, and how many there ever were."""
        while True:
            found = self._watch.execute(_WORK).fetchone()
            assert found is not None
            due, *tasks = found
            if not due:
                return tuple(tasks)
            assert time.monotonic() < deadline, "the work that was due was not done in a minute"
            time.sleep(POLL_SECONDS)

    # --- What ends suddenly --------------------------------------------------------------------------------------

    def kill_web(self) -> None:
        """kill -9 of what serves requests; gunicorn starts others."""
        self.kills += self._web_part.kill_children()

    def kill_all_of_web(self) -> None:
        """kill -9 of gunicorn and all it has forked, as when a machine dies; another is started."""
        self._web_part.kill()
        self._web_part.start_again()
        self.kills += 1

    def kill_worker(self) -> None:
        """kill -9 of the worker; another is started."""
        self._worker_part.kill()
        self.kills += 1
        with transaction() as session:
            session.execute(text(_MISSED))
        worker.tick()
        self._worker_part.start_again()

    # --- Stripe, and the mail ------------------------------------------------------------------------------------

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask something of the sandbox's /_sandbox/."""
        answer = self.line.request(method, f"{self.stripe}/_sandbox/{path}", json=body, timeout=70)
        assert answer.ok, answer.text
        return answer.json()

    def customer(self, path: str, body: Any) -> bool:
        """Do what the sandbox may refuse: a reader that waits for nothing takes no card. Say whether it was done."""
        return self.ask_sandbox(path, body) is not None

    def ask_sandbox(self, path: str, body: Any) -> Any:
        """Do the same, and return what came of it; None where it was refused."""
        answer = self.line.post(f"{self.stripe}/_sandbox/{path}", json=body, timeout=20, allow_redirects=False)
        assert answer.status_code < 500, answer.text
        return None if answer.status_code >= 400 else answer.json() if answer.content else {}

    def at_stripe(self, kind: str, since: int) -> list[dict[str, Any]]:
        """Every object of a kind (`charges`, `refunds`) that was made since a moment, in seconds of its clock."""
        found: list[dict[str, Any]] = []
        more = True
        while more:
            wanted = {"created[gte]": str(since), "limit": "100"}
            after = {"starting_after": found[-1]["id"]} if found else {}
            page = self._ask_stripe(kind, wanted | after)
            found += page["data"]
            more = page["has_more"]
        return found

    def is_open(self, page: str) -> bool:
        """Whether a customer can still pay on a page of Stripe's."""
        return bool(self._ask_stripe(f"checkout/sessions/{page}", {})["status"] == "open")

    def _ask_stripe(self, path: str, wanted: dict[str, str]) -> Any:
        key = {"Authorization": f"Bearer {self.environment['STRIPE_SECRET_KEY']}"}
        return self.line.get(f"{self.stripe}/v1/{path}", params=wanted, headers=key, timeout=20).json()

    @property
    def mails(self) -> list[EmailMessage]:
        """Every mail that arrived."""
        return self._mail.received


@contextmanager
def world(server_url: str, folder: Path, plants: Sequence[Plant] = ()) -> Iterator[World]:
    """Open a world on a database of its own."""
    kept = dict(os.environ)
    name = f"world_{next(_numbers)}"
    folder.mkdir(parents=True, exist_ok=True)
    made = World(databases.create(server_url, name), folder, plants)
    try:
        made.open()
        yield made
    finally:
        made.close()
        databases.drop(server_url, name)
        os.environ.clear()
        os.environ.update(kept)
        _forget_settings()


def _pair(session: Session, technician_id: str) -> str:
    """A phone of a technician: the token it keeps."""
    now = clock.now()
    pairing = access.create_pairing(session, technician_id=technician_id, now=now)
    return access.pair_device(session, code=pairing.code, name="Pixel", now=now).token


def _forget_settings() -> None:
    config.current.cache_clear()
    databases.disconnect()
    client.client.cache_clear()


def _listen() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    return listener


def _address(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"
