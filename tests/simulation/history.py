"""One history: a customer or two, a few invoices, two phones, two readers, and a random run of what people, cards,
networks and machines do.

What is random is drawn from the seed before it is done, so a seed is a history one can play again; what several
processes do in the same moment may fall out differently.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select

from server.core.database import transaction
from server.invoices import queries as invoices
from server.payments.models import CreditPayout, Payment, Refund
from server.payments.rules import GIVEN_UP, OPEN
from server.statements.models import BankLine
from tests.simulation.accounts import open_accounts
from tests.simulation.currencies import CURRENCIES, HOME
from tests.simulation.people import Answer, Caller, NoAnswer
from tests.simulation.statements import Moved
from tests.simulation.world import TIP_MINOR, TIPS, World

Json = dict[str, Any]
Account = tuple[str, str]  # a customer, and a currency
CARDS = ("card_reader", "pay_link", "card_on_file")


@dataclass(frozen=True)
class Shown:
    """What somebody was told of a payment or a refund. `about` is what they asked about."""

    about: str
    told_of: str
    status: str


@dataclass(frozen=True)
class Ask:
    """Something somebody may ask, in words: `again` asks the very same. What is about no payment or refund is `about`
    nothing."""

    words: str
    about: str
    again: Callable[[], Answer]


class History:
    """The life of a few invoices. `shown` is every answer given, `steps` what was done, in words."""

    def __init__(self, world: World, seed: int, *, place: int = 0) -> None:
        self.world = world
        self.seed = seed
        self.random = random.Random(seed)
        self.steps: list[str] = []
        self.shown: list[Shown] = []
        self.paid_pages: set[str] = set()  # invoices whose page thanked for the money
        self.asked: list[Ask] = []
        self.called_off: set[str] = set()  # attempts that somebody wanted to give up
        self.pages: list[str] = []
        self.disputes: list[str] = []
        self.moved: list[Moved] = []  # what the bank shows, whoever has seen it
        self.payouts_asked = 0
        self.unfinished: list[str] = []  # jobs whose deposit was asked for
        self.fences: dict[str, int] = {}  # of readers somebody took, as they were told
        self.faults = self.kills = 0
        self.stuck: list[str] = []
        self.left_open: list[str] = []
        self.office = self._caller(world.office, 0)
        self.supervisor = self._caller(world.supervisor, 1)
        self.phones = [self._caller(token, place) for place, token in enumerate(world.phones, 2)]
        self.customs = {
            "capture_later": self.random.random() < 0.15,
            "second_payment": self.random.choice(("refund", "refund", "credit")),
        }
        self.tips = self.random.random() < 0.4
        self.readers = world.readers(place)
        self.invoices: list[Json] = []
        self.lit, self.lit_currency = self.readers[0], HOME  # the reader that was last sent a payment, and in what

    def live(self, plot: Callable[[History], None], *, invoices: int | None = None) -> None:
        """Open shop with two or three invoices, or as many as told, and let the plot happen."""
        self.invoices = open_accounts(self, invoices or self.random.randint(2, 3))
        self.world.offer_tips(self.tips)
        plot(self)
        self.world.control("DELETE", "faults")
        for reader in self.readers:
            self.world.customer(f"readers/{reader}/plug", {})
        self.note("everything works again")
        self.left_open = [
            f"{each.id}: {each.status}, and its page is open"
            for each in self.payments()
            if each.status in GIVEN_UP
            and each.stripe_session_id in self.pages
            and self.world.is_open(each.stripe_session_id)
        ]

    def story(self) -> str:
        """Say what was done in it."""
        lines = [f"{number:4}  {step}" for number, step in enumerate(self.steps, 1)]
        return "\n".join([f"history {self.seed}:", *lines])

    def note(self, words: str) -> None:
        """Remember what was done."""
        self.steps.append(words)

    def _caller(self, token: str, place: int) -> Caller:
        """Somebody at an address of their own: who guesses at codes is held up by address."""
        address = f"10.{self.seed >> 16 & 255}.{self.seed >> 8 & 255}.{self.seed & 255}.{place}"
        return Caller(self.world.web, token, address, self.world.line)

    # --- What verbs are made of ----------------------------------------------------------------------------------

    def anybody(self, invoice: Json) -> Caller:
        """The technician whose job it is, or the office."""
        return self.random.choice((self.phone_of(invoice), self.phone_of(invoice), self.office))

    def phone_of(self, invoice: Json) -> Caller:
        """The phone of the technician whose job it is."""
        return self.phones[int(invoice["job_id"].rpartition("_")[2]) % 2]

    def colleague_of(self, invoice: Json) -> Caller:
        """Another phone of the same technician."""
        return self.phones[2 + int(invoice["job_id"].rpartition("_")[2]) % 2]

    @property
    def accounts(self) -> list[Account]:
        """Who owes in which currency."""
        return sorted({account_of(invoice) for invoice in self.invoices})

    @property
    def invoice_ids(self) -> list[str]:
        """What this history is about."""
        return [invoice["id"] for invoice in self.invoices]

    def owed_minor(self, invoice: Json) -> int:
        """What an invoice owes this moment."""
        with transaction() as session:
            return invoices.balance_of(session, invoices.get_invoice(session, invoice["id"]))

    def payments(self) -> list[Payment]:
        """The attempts on these invoices as they are written down, the oldest first."""
        mine = select(Payment).where(Payment.invoice_id.in_(self.invoice_ids)).order_by(Payment.created_at, Payment.id)
        with transaction() as session:
            return list(session.scalars(mine))

    def refunds(self) -> list[Refund]:
        """Every refund that was asked for, the oldest first."""
        mine = select(Refund).join(Payment).where(Payment.invoice_id.in_(self.invoice_ids))
        with transaction() as session:
            return list(session.scalars(mine.order_by(Refund.created_at, Refund.id)))

    def bank_lines(self) -> list[BankLine]:
        """What we know of what the bank shows, the oldest first."""
        names = [each.name for each in self.moved]
        mine = select(BankLine).where(BankLine.bank_reference.in_(names)).order_by(BankLine.created_at, BankLine.id)
        with transaction() as session:
            return list(session.scalars(mine)) if names else []

    def payouts(self) -> list[CreditPayout]:
        """Every payout of credit, the oldest first."""
        theirs = CreditPayout.customer_id.in_({customer_id for customer_id, _ in self.accounts})
        with transaction() as session:
            mine = select(CreditPayout).where(theirs).order_by(CreditPayout.created_at, CreditPayout.id)
            return list(session.scalars(mine)) if self.payouts_asked else []

    def any_invoice(self) -> Json:
        """One that nothing waits for, most of the time: people look before they ask."""
        if self.random.random() < 0.2:
            return self.random.choice(self.invoices)
        busy = {each for payment in self.payments() if payment.status in OPEN for each in payment.parts}
        free = [invoice for invoice in self.invoices if invoice["id"] not in busy]
        return self.random.choice(free or self.invoices)

    def _any_reader(self) -> str:
        """One that nobody waits at, most of the time."""
        if self.random.random() < 0.2:
            return self.random.choice(self.readers)
        busy = {payment.reader_id for payment in self.payments() if payment.status in OPEN}
        return self.random.choice([each for each in self.readers if each not in busy] or self.readers)

    def tip(self) -> Json:
        """What the holder of a card chooses at the reader beside the amount: most take the tip, if there is one."""
        is_offered = self.tips and self.lit_currency in TIPS
        return {"tip": str(TIP_MINOR)} if is_offered and self.random.random() < 0.7 else {}

    def any_payment(self) -> tuple[Caller, str]:
        """One that somebody was told of, most of the time one of the latest; and who asks about it."""
        known = list(dict.fromkeys(shown.about for shown in self.shown if shown.about.startswith("pay_")))
        if not known:
            return self.office, "pay_of_nobody"
        return self.office, self.random.choice(known[-self.random.choice((1, 3, len(known))) :])

    def new_attempt(self, method: str, invoice: Json | None = None, *, who: Caller | None = None, **more: Any) -> Ask:
        """Collect all that is owed, a part of it, or a cent too much; by card most of the time what one can take."""
        invoice = invoice or self.any_invoice()
        balance_minor = max(self.owed_minor(invoice), 1)
        part_minor, too_much_minor = self.random.randint(1, (balance_minor + 1) // 2), balance_minor + 1
        amount_minor = self.random.choices((balance_minor, part_minor, too_much_minor), (4, 8, 1))[0]
        step_minor = CURRENCIES[invoice["currency"]].step_minor if method in CARDS else 1
        if step_minor > 1 and self.random.random() < 0.8:
            amount_minor = max(amount_minor - amount_minor % step_minor, step_minor)
        wanted = {"invoice_id": invoice["id"], "amount_minor": amount_minor, **more}
        return self.attempt(method, wanted, who or self.anybody(invoice))

    def attempt(self, method: str, wanted: Json, who: Caller) -> Ask:
        """Somebody collects what they want."""
        payment_id = f"pay_{self.seed}_{len(self.asked) + 1}"
        where = ""
        covered = wanted.get("invoice_ids") or [wanted["invoice_id"]]
        currency = next(invoice["currency"] for invoice in self.invoices if invoice["id"] == covered[0])
        if method == "card_reader":
            reader = self.lit = self._any_reader()
            self.lit_currency = currency
            fence = self.fences.get(reader) if self.random.random() < 0.5 else None
            wanted = {**wanted, "reader_id": reader, "reader_fence": fence}
            where = f" on reader {self.readers.index(reader) + 1}"
        if method in ("cheque", "bank_transfer"):
            wanted = {**wanted, "reference": payment_id}
        words = f"{payment_id}: {method} {wanted['amount_minor']} {currency} on {' and '.join(covered)}{where}"
        body = {"payment_id": payment_id, "method": method, **wanted}
        asked = Ask(words, payment_id, partial(who.post, "/payments", body))
        self.asked.append(asked)
        return asked

    def change(self, verb: str, payment_id: str | None = None) -> Ask:
        """`check` or `cancel` a payment."""
        payment_id = payment_id or self.any_payment()[1]
        if verb == "cancel":
            self.called_off.add(payment_id)
        path = f"/payments/{payment_id}/{'cancellation' if verb == 'cancel' else verb}"
        return Ask(f"{verb} {payment_id}", payment_id, partial(self.office.post, path))

    def do(self, asked: Ask) -> str:
        """Ask, and remember what was answered."""
        return f"{asked.words}: {self._tell(asked)}"

    def together(self, *asked: Ask) -> str:
        """Several ask in the same moment."""
        told = at_once([partial(self._tell, each) for each in asked])
        return "at once: " + " | ".join(f"{each.words}: {said}" for each, said in zip(asked, told, strict=True))

    def while_it_dies(self, asked: Ask, die: Callable[[], None]) -> str:
        """Somebody asks, and a few milliseconds later a process dies."""
        milliseconds = self.random.choice((2, 5, 8, 12, 20, 40))
        with ThreadPoolExecutor(1) as somebody:
            asking = somebody.submit(self._tell, asked)
            wait([asking], timeout=milliseconds / 1000)
            die()
        self.kills += 1
        return f"{asked.words}, killed after {milliseconds} ms: {asking.result()}"

    def _tell(self, asked: Ask) -> str:
        """Give a person the answer, and remember what they were told."""
        try:
            answer = asked.again()
        except NoAnswer:
            return "no answer"
        if not answer.ok:
            return f"refused, {answer.said.get('code')}"
        if not asked.about:
            return "done"
        told_of = answer.said.get("refund_id") or answer.said["payment_id"]
        self.shown.append(Shown(about=asked.about, told_of=told_of, status=answer.said["status"]))
        page = (answer.said.get("checkout_url") or "").rpartition("/")[2]
        if page and page not in self.pages:
            self.pages.append(page)
        failure = answer.said.get("failure")
        return f"{answer.said['status']} {failure['code'] if failure else ''}".strip()

    def arm(self, fault: Json) -> None:
        """Let something go wrong."""
        self.faults += 1
        self.world.control("POST", "faults", [fault])


def account_of(invoice: Json) -> Account:
    """Whose invoice it is, and in which currency."""
    return invoice["customer_id"], invoice["currency"]


def done(answer: Answer) -> Json:
    """Return what was said. Raises AssertionError where it was refused."""
    assert answer.ok, answer.text
    return answer.said


def at_once(calls: Sequence[Callable[[], str]]) -> list[str]:
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
