"""One history: a few invoices, two readers, and a random run of what technicians, customers, cards and networks do.

Everything random is drawn from the seed before it is done, so that a seed is a history one can play again; only what
two threads do at once may fall out differently.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import requests

from server import worker
from server.core import clock
from server.core.database import transaction
from server.core.errors import Problem
from server.invoices.models import Invoice
from server.payments import flows, queries
from server.payments.models import Payment
from server.payments.rules import BY_CARD, OPEN, Method, Status
from server.sandbox import faults
from tests.shop import Shop

BY_HAND = (Method.CASH, Method.CHEQUE, Method.BANK_TRANSFER)
PATHS = (
    "*",
    "/v1/payment_intents",
    "/v1/payment_intents/*",
    "/v1/terminal/readers/*",
    "*/process_payment_intent",
    "*/process_payment_intent",
    "*/process_payment_intent",
    "*/cancel_action",
    "/v1/checkout/sessions",
    "/v1/checkout/sessions/*",
)
EVENTS = ("*", "payment_intent.*", "terminal.reader.*", "checkout.session.*")
SECONDS = (1, 5, 20, 60, 300, 1800, 3 * 3600, 13 * 3600)
HEALING_ROUNDS = 6


@dataclass(frozen=True)
class Shown:
    """What a person was told of a payment. `about` is the payment they asked about."""

    about: str
    payment_id: str
    status: Status


class History:
    """The life of a few invoices. `shown` is every answer given, `steps` what was done, in words."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.seed = seed
        self.random = random.Random(seed)
        self.steps: list[str] = []
        self.shown: list[Shown] = []
        self.collects: dict[str, Callable[[], Payment]] = {}
        self.pages: list[str] = []
        self.faults = 0
        self.readers = [shop.reader.id, self._second_reader()]
        self.lit = shop.reader.id  # the reader that was last sent a payment
        self.invoices = [shop.invoice() for _ in range(self.random.randint(2, 3))]

    def _second_reader(self) -> str:
        registered = flows.register_reader(
            registration_code="simulated-s700", label="Van 2", location_id=None, now=clock.now()
        )
        return registered.id

    def live(self) -> None:
        """Do 15 to 40 random steps, then heal. Whatever fails carries the history with it."""
        steps, weights = zip(*STEPS.items(), strict=True)
        try:
            for _ in range(self.random.randint(15, 40)):
                step = self.random.choices(steps, weights)[0]
                self._note(step(self))
                self.shop.control("POST", "quiesce")
            self.heal()
        except Exception as error:
            error.add_note(self.story())
            raise

    def story(self) -> str:
        """Say how to play this history again, and what was done in it."""
        lines = [f"{number:4}  {step}" for number, step in enumerate(self.steps, 1)]
        return "\n".join([f"python -m tests.simulation --replay {self.seed}", *lines])

    def _note(self, words: str) -> None:
        self.steps.append(words)

    # --- What a technician does ----------------------------------------------------------------------------------

    def collect_on_a_reader(self) -> str:
        """Ask for a card."""
        return self._do(*self._new_attempt(Method.CARD_READER))

    def open_a_page(self) -> str:
        """Show a customer the way to a page."""
        return self._do(*self._new_attempt(Method.PAY_LINK))

    def take_by_hand(self) -> str:
        """Take cash, a cheque, a transfer."""
        return self._do(*self._new_attempt(self.random.choice(BY_HAND)))

    def tap_twice(self) -> str:
        """Send an attempt again, under its own id."""
        if not self.collects:
            return "nothing to send again"
        payment_id = self.random.choice(list(self.collects)[-3:])
        return self._do(f"send {payment_id} again", payment_id, self.collects[payment_id])

    def cancel(self) -> str:
        """Give an attempt up."""
        return self._do(*self._change("cancel", self._any_payment()))

    def check(self) -> str:
        """Have Stripe asked."""
        return self._do(*self._change("check", self._any_payment()))

    def look(self) -> str:
        """Look at an attempt, as the phone does while it waits."""
        payment_id = self._any_payment()
        return self._do(f"look at {payment_id}", payment_id, partial(self._stored, payment_id))

    def do_two_things_at_once(self) -> str:
        """Two people, or one who is impatient, in the same moment."""
        second = self.random.choice(("card", "same", "same", "hand", "check", "cancel", "page"))
        invoice = self._any_invoice()
        first = self._new_attempt(self.random.choice(BY_CARD), invoice)
        others = {
            "card": lambda: self._new_attempt(Method.CARD_READER, invoice),
            "hand": lambda: self._new_attempt(Method.CASH, invoice),
            "page": lambda: self._new_attempt(Method.PAY_LINK, invoice),
            "same": lambda: first,
            "check": lambda: self._change("check", first[1]),
            "cancel": lambda: self._change("cancel", first[1]),
        }
        self._arm({"kind": "latency", "path": "/v1/*", "seconds": 0.03, "times": 2})
        return self._together(first, others[second]())

    # --- What a customer does ------------------------------------------------------------------------------------

    def press(self) -> str:
        """Something happens at a reader."""
        reader = self.random.choice([*self.readers, self.lit, self.lit, self.lit, self.lit])
        buttons = ("tap", "insert", "decline", "cancel", "unplug", "plug")
        button = self.random.choices(buttons, (8, 2, 5, 2, 1, 2))[0]
        seconds = self.random.choice((0, 0, 0, 10)) if button in ("tap", "insert", "decline") else 0
        did = self._customer(f"readers/{reader}/{button}", {"authorizing_seconds": seconds})
        return f"reader {self.readers.index(reader) + 1}: {button}{f' for {seconds} s' if seconds else ''}: {did}"

    def use_a_page(self) -> str:
        """Pay, be declined, or go away, on any page that was ever shown."""
        if not self.pages:
            return "no page to use"
        page = self.random.choice(self.pages)
        outcome = self.random.choices(("pay", "decline", "abandon"), (5, 2, 1))[0]
        return (
            f"page {self.pages.index(page) + 1}: {outcome}: {self._customer(f'checkout/{page}', {'outcome': outcome})}"
        )

    def tap_while_canceling(self) -> str:
        """The card and the technician's change of mind in the same moment."""
        tap = partial(self._customer, f"readers/{self.lit}/tap", {})
        words, payment_id, answer = self._change("cancel", self._any_payment())
        told = _at_once([tap, partial(self._tell, payment_id, answer)])
        return f"at once: tap on reader {self.readers.index(self.lit) + 1}: {told[0]} | {words}: {told[1]}"

    # --- What the world does -------------------------------------------------------------------------------------

    def go_wrong(self) -> str:
        """Arm a fault of any kind the sandbox has."""
        kind = self.random.choice(self.random.choice((faults.ON_REQUEST, faults.AT_THE_CARD, faults.ON_EVENT)))
        fault: dict[str, Any] = {
            "kind": kind,
            "nth": self.random.choice((1, 1, 2)),
            "times": self.random.choice((1, 3, 3)),
        }
        if kind in faults.ON_EVENT:
            fault["event"] = self.random.choice(EVENTS)
        elif kind not in faults.ON_READER + faults.AT_THE_CARD:
            fault["path"] = self.random.choice(PATHS)
        if kind in faults.TIMED:
            fault["seconds"] = 0.02 if kind == "latency" else self.random.choice(SECONDS)
        self._arm(fault)
        return f"fault {fault}"

    def pass_time(self) -> str:
        """Let seconds or hours go by."""
        seconds = self.random.choice(SECONDS)
        self.shop.pass_time(seconds=seconds)
        return f"{seconds} s go by"

    def work(self) -> str:
        """Let the worker do what is due."""
        worker.tick()
        self.shop.work()
        return "the worker works"

    def heal(self) -> None:
        """Take every fault away and let what was begun come to an end."""
        self.shop.control("DELETE", "faults")
        for reader in self.readers:
            self._customer(f"readers/{reader}/plug", {})
        self._note("everything works again")
        for _ in range(HEALING_ROUNDS):
            self.shop.pass_time(minutes=10)
            self.work()
            still_open = [payment.id for payment in self.payments() if payment.status in OPEN]
            if not still_open:
                break
            for payment_id in still_open:
                self._note(self._do(*self._change("cancel", payment_id)))
        # What was late, or tried again and again, has come by then.
        self.shop.pass_time(days=4)
        self.work()

    # --- What all of them stand on -------------------------------------------------------------------------------

    def payments(self) -> Sequence[Payment]:
        """Every attempt on these invoices."""
        with transaction() as session:
            return queries.list_for_invoices(session, [invoice.id for invoice in self.invoices])

    def _new_attempt(self, method: Method, invoice: Invoice | None = None) -> tuple[str, str, Callable[[], Payment]]:
        invoice = invoice or self._any_invoice()
        balance_minor = max(self.shop.balance(invoice), 1)
        part_minor, too_much_minor = self.random.randint(1, (balance_minor + 1) // 2), balance_minor + 1
        amount_minor = self.random.choices((balance_minor, part_minor, too_much_minor), (4, 10, 1))[0]
        payment_id = f"pay_{self.seed}_{len(self.collects) + 1}"
        more = {}
        if method is Method.CARD_READER:
            more["reader_id"] = self.lit = self.random.choice(self.readers)
        self.collects[payment_id] = partial(
            self.shop.collect, invoice, payment_id, method=method, amount_minor=amount_minor, **more
        )
        where = f" on reader {self.readers.index(more['reader_id']) + 1}" if more else ""
        words = f"{payment_id}: {method} {amount_minor} of {balance_minor} on {invoice.id}{where}"
        return words, payment_id, self.collects[payment_id]

    def _any_invoice(self) -> Invoice:
        """One that nothing waits for, most of the time: people look before they ask."""
        busy = {payment.invoice_id for payment in self.payments() if payment.status in OPEN}
        free = [invoice for invoice in self.invoices if invoice.id not in busy]
        return self.random.choice(free if free and self.random.random() < 0.8 else self.invoices)

    def _change(self, verb: str, payment_id: str) -> tuple[str, str, Callable[[], Payment]]:
        change = flows.cancel if verb == "cancel" else flows.ask
        return f"{verb} {payment_id}", payment_id, lambda: change(payment_id=payment_id, now=clock.now())

    def _any_payment(self) -> str:
        """One that somebody was told of, most of the time one of the latest."""
        known = list(dict.fromkeys(shown.about for shown in self.shown)) or ["pay_of_nobody"]
        return self.random.choice(known[-self.random.choice((1, 3, len(known))) :])

    def _stored(self, payment_id: str) -> Payment:
        with transaction() as session:
            return queries.get_payment(session, payment_id)

    def _do(self, words: str, payment_id: str, answer: Callable[[], Payment]) -> str:
        return f"{words}: {self._tell(payment_id, answer)}"

    def _together(self, *calls: tuple[str, str, Callable[[], Payment]]) -> str:
        told = _at_once([partial(self._tell, payment_id, answer) for _, payment_id, answer in calls])
        return "at once: " + " | ".join(f"{words}: {said}" for (words, _, _), said in zip(calls, told, strict=True))

    def _tell(self, about: str, answer: Callable[[], Payment]) -> str:
        """Give a person the answer, and remember what they were told."""
        try:
            payment = answer()
        except Problem as refusal:
            return f"refused, {refusal.code}"
        self.shown.append(Shown(about=about, payment_id=payment.id, status=payment.status))
        page = payment.stripe_session_id
        if page is not None and payment.status in OPEN and page not in self.pages:
            self.pages.append(page)
        return f"{payment.status}{f' ({payment.failure_code})' if payment.failure_code else ''}"

    def _arm(self, fault: dict[str, Any]) -> None:
        self.faults += 1
        self.shop.control("POST", "faults", [fault])

    def _customer(self, path: str, body: dict[str, Any]) -> str:
        """Do what the sandbox may refuse: a reader that waits for nothing takes no card."""
        answer = requests.post(f"{self.shop.sandbox.url}/_sandbox/{path}", json=body, timeout=20)
        assert answer.status_code < 500, answer.text
        return "done" if answer.ok else "not possible"


STEPS: dict[Callable[[History], str], int] = {
    History.collect_on_a_reader: 12,
    History.press: 18,
    History.check: 6,
    History.look: 2,
    History.open_a_page: 3,
    History.use_a_page: 4,
    History.take_by_hand: 2,
    History.tap_twice: 2,
    History.cancel: 3,
    History.go_wrong: 6,
    History.pass_time: 5,
    History.work: 4,
    History.do_two_things_at_once: 4,
    History.tap_while_canceling: 1,
}


def _at_once(calls: Sequence[Callable[[], str]]) -> list[str]:
    """Make calls in threads of their own that start together; raise what any of them raises."""
    start = threading.Barrier(len(calls))
    answers: list[str] = [""] * len(calls)
    errors: list[Exception] = []

    def run(place: int) -> None:
        start.wait()
        try:
            answers[place] = calls[place]()
        except Exception as error:  # noqa: BLE001  (raised below, in the thread that asked)
            errors.append(error)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return answers
