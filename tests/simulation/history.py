"""One history: a customer or two, a few invoices, two phones, two readers, and a random run of what people, cards,
networks and machines do.

What is random is drawn from the seed before it is done, so a seed is a history one can play again; what several
processes do in the same moment may fall out differently.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from server.core import clock
from tests.simulation.people import Answer, Caller

if TYPE_CHECKING:
    from tests.simulation.world import World

Json = dict[str, Any]
OPEN = ("created", "waiting", "processing", "unknown")
UNSETTLED = ("awaiting_approval", "created", "processing", "unknown")
HEALING_ROUNDS = 12
LONGEST_WAIT_SECONDS = 6 * 3600 + 60  # between two questions about the same outcome
SITE = {"line1": "12, rue Saint-Jean", "city": "Québec", "region": "QC", "postal_code": "G1R 1N8", "country": "CA"}


@dataclass(frozen=True)
class Shown:
    """What somebody was told of a payment or a refund. `about` is what they asked about."""

    about: str
    told_of: str
    status: str


@dataclass(frozen=True)
class Ask:
    """Something somebody may ask, in words: `again` asks the very same."""

    words: str
    about: str
    again: Callable[[], Answer]


class History:
    """The life of a few invoices. `shown` is every answer given, `steps` what was done, in words."""

    def __init__(self, world: World, seed: int, *, replay: str = "--replay") -> None:
        self.world = world
        self.seed = seed
        self.replay = replay
        self.random = random.Random(seed)
        self.steps: list[str] = []
        self.shown: list[Shown] = []
        self.paid_pages: set[str] = set()  # invoices whose page thanked for the money
        self.asked: list[Ask] = []
        self.refunded: set[str] = set()  # payments of which somebody wanted money back
        self.pages: list[str] = []
        self.faults = self.kills = 0
        self.stuck: list[str] = []
        self.mails_before = len(world.mails)
        self.began_at = int(clock.now().timestamp()) - 5
        self.office = self._caller(world.office, 0)
        self.supervisor = self._caller(world.supervisor, 1)
        self.readers: list[str] = []
        self.phones: list[Caller] = []
        self.invoices: list[Json] = []
        self._phones_paired = 0
        self.lit = ""  # the reader that was last sent a payment

    def live(self, plot: Callable[[History], None], *, invoices: int | None = None) -> None:
        """Open shop with two or three invoices, or as many as told; let the plot happen, then heal.

        Whatever fails carries the history with it.
        """
        try:
            self._open_shop(invoices or self.random.randint(2, 3))
            plot(self)
            self.heal()
        except Exception as error:
            error.add_note(self.story())
            raise

    def story(self) -> str:
        """Say how to play this history again, and what was done in it."""
        lines = [f"{number:4}  {step}" for number, step in enumerate(self.steps, 1)]
        return "\n".join([f"python -m tests.simulation {self.replay} {self.seed}", *lines])

    def note(self, words: str) -> None:
        """Remember what was done."""
        self.steps.append(words)

    # --- The shop ------------------------------------------------------------------------------------------------

    def _caller(self, token: str, place: int) -> Caller:
        """Somebody at an address of their own: who guesses at codes is held up by address."""
        return Caller(
            self.world.web, token, f"10.{self.seed >> 16 & 255}.{self.seed >> 8 & 255}.{self.seed & 255}.{place}"
        )

    def _open_shop(self, invoices: int) -> None:
        for number in (1, 2):
            wanted = {"registration_code": "simulated-s700", "label": f"Van {self.seed}-{number}"}
            self.readers.append(done(self.office.post("/readers", wanted))["reader_id"])
            self.phones.append(self.pair(self.world.technicians[number - 1]))
        self.lit = self.readers[0]
        self.invoices = [self._do_a_job(number) for number in range(1, invoices + 1)]

    def pair(self, technician_id: str) -> Caller:
        """A phone of a technician."""
        code = done(self.office.post("/devices/pairings", {"technician_id": technician_id}))["code"]
        self._phones_paired += 1
        stranger = self._caller("", 10 + self._phones_paired)
        paired = done(stranger.post("/devices/pair", {"code": code, "name": f"Phone {self._phones_paired}"}))
        return self._caller(paired["token"], 20 + self._phones_paired)

    def _do_a_job(self, number: int) -> Json:
        """Some customers have an e-mail address."""
        customer_id, job_id = f"cus_{self.seed}_{number}", f"job_{self.seed}_{number}"
        address = f"client{self.seed}.{number}@example.com" if self.random.random() < 0.4 else None
        customer = {"customer_id": customer_id, "name": "Marie Roy", "email": address, "addresses": [SITE]}
        done(self.office.post("/customers", customer))
        line = {"description": "Main-d’œuvre", "quantity": "2", "unit_price_minor": 9500, "tax_code": "qc"}
        plan = {"title": "Chauffe-eau", "scheduled_at": clock.now().isoformat(), "lines": [line]}
        owner = {"technician_id": self.world.technicians[number % 2]}
        done(self.office.post("/jobs", {"job_id": job_id, "customer_id": customer_id, **plan, **owner}))
        completion = {"completion_id": f"cmp_{self.seed}_{number}", "completed_at": clock.now().isoformat()}
        return done(self.office.post(f"/jobs/{job_id}/completion", completion))

    # --- What verbs are made of ----------------------------------------------------------------------------------

    def anybody(self, invoice: Json) -> Caller:
        """The technician whose job it is, or the office."""
        return self.random.choice((self.phone_of(invoice), self.phone_of(invoice), self.office))

    def phone_of(self, invoice: Json) -> Caller:
        """The phone of the technician whose job it is."""
        return self.phones[int(invoice["job_id"].rpartition("_")[2]) % 2]

    def sheet(self, invoice: Json) -> Json:
        """The invoice as it stands."""
        return done(self.office.get(f"/invoices/{invoice['invoice_id']}"))

    def payments(self) -> list[Json]:
        """The attempts on these invoices, the newest first: a history has fewer than a page of them."""
        mine = {invoice["invoice_id"] for invoice in self.invoices}
        latest = done(self.office.get("/payments?limit=100"))["items"]
        return [payment for payment in latest if payment["invoice_id"] in mine]

    def refunds(self) -> list[Json]:
        """Every refund that was asked for. A payment that was refused from the start has none."""
        answers = [self.office.get(f"/payments/{payment_id}/refunds?limit=100") for payment_id in sorted(self.refunded)]
        return [refund for answer in answers if answer.status != 404 for refund in done(answer)["items"]]

    def any_invoice(self) -> Json:
        """One that nothing waits for, most of the time: people look before they ask."""
        if self.random.random() < 0.2:
            return self.random.choice(self.invoices)
        busy = {payment["invoice_id"] for payment in self.payments() if payment["status"] in OPEN}
        free = [invoice for invoice in self.invoices if invoice["invoice_id"] not in busy]
        return self.random.choice(free or self.invoices)

    def any_payment(self) -> tuple[Caller, str]:
        """One that somebody was told of, most of the time one of the latest; and who asks about it."""
        known = list(dict.fromkeys(shown.about for shown in self.shown if shown.about.startswith("pay_")))
        if not known:
            return self.office, "pay_of_nobody"
        return self.office, self.random.choice(known[-self.random.choice((1, 3, len(known))) :])

    def new_attempt(self, method: str, invoice: Json | None = None, **more: Any) -> Ask:
        """Collect all that is owed, a part of it, or a cent too much."""
        invoice = invoice or self.any_invoice()
        balance_minor = max(int(self.sheet(invoice)["balance_minor"]), 1)
        part_minor, too_much_minor = self.random.randint(1, (balance_minor + 1) // 2), balance_minor + 1
        amount_minor = self.random.choices((balance_minor, part_minor, too_much_minor), (4, 8, 1))[0]
        payment_id = f"pay_{self.seed}_{len(self.asked) + 1}"
        if method == "card_reader":
            more["reader_id"] = self.lit = self.random.choice(self.readers)
        if method in ("cheque", "bank_transfer"):
            more["reference"] = payment_id
        wanted = {"payment_id": payment_id, "invoice_id": invoice["invoice_id"], "method": method}
        body = {**wanted, "amount_minor": amount_minor, **more}
        where = f" on reader {self.readers.index(more['reader_id']) + 1}" if "reader_id" in more else ""
        words = f"{payment_id}: {method} {amount_minor} of {balance_minor} on {invoice['number']}{where}"
        asked = Ask(words, payment_id, partial(self.anybody(invoice).post, "/payments", body))
        self.asked.append(asked)
        return asked

    def change(self, verb: str, payment_id: str | None = None) -> Ask:
        """`check` or `cancel` a payment."""
        who, known = self.any_payment()
        payment_id = payment_id or known
        path = f"/payments/{payment_id}/{'cancellation' if verb == 'cancel' else verb}"
        return Ask(f"{verb} {payment_id}", payment_id, partial(who.post, path))

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
        told: list[str] = []
        asking = threading.Thread(target=lambda: told.append(self._tell(asked)))
        asking.start()
        asking.join(milliseconds / 1000)
        die()
        asking.join()
        self.kills += 1
        return f"{asked.words}, killed after {milliseconds} ms: {told[0] if told else 'no answer'}"

    def _tell(self, asked: Ask) -> str:
        """Give a person the answer, and remember what they were told."""
        answer = asked.again()
        if not answer.ok:
            return f"refused, {answer.said.get('code')}"
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

    # --- The end -------------------------------------------------------------------------------------------------

    def heal(self) -> None:
        """Take every fault away, let what was begun come to an end, and take what is still owed in cash."""
        self.world.control("DELETE", "faults")
        for reader in self.readers:
            self.world.customer(f"readers/{reader}/plug", {})
        self.note("everything works again")
        self.world.pass_time(seconds=LONGEST_WAIT_SECONDS)
        unsure = ("created", "unknown")
        attempts = ((payment["payment_id"], payment["status"]) for payment in self.payments())
        refunds = ((refund["refund_id"], refund["status"]) for refund in self.refunds())
        self.stuck = [f"{about}: {status}" for about, status in (*attempts, *refunds) if status in unsure]
        for _ in range(HEALING_ROUNDS):
            payments = self.payments()
            still_open = [payment["payment_id"] for payment in payments if payment["status"] in OPEN]
            open_refunds = [refund for refund in self.refunds() if refund["status"] in UNSETTLED]
            if not still_open and not open_refunds:
                break
            for payment_id in still_open:
                path = f"/payments/{payment_id}/cancellation"
                self.note(self.do(Ask(f"cancel {payment_id}", payment_id, partial(self.office.post, path))))
            for refund in open_refunds:
                self.note(self.decide(refund))
            self.world.pass_time(seconds=600)
        # What was late, or tried again and again, has come by then.
        self.world.pass_time(seconds=4 * 24 * 3600)
        for invoice in self.invoices:
            owed_minor = self.sheet(invoice)["balance_minor"]
            if owed_minor > 0:
                self.note(self.do(self._in_cash(invoice, owed_minor)))
        self.world.settle()

    def decide(self, refund: Json) -> str:
        """A supervisor agrees, or does not; nothing waits for them where the refund is under way."""
        verdict = self.random.choice(("approval", "rejection"))
        refund_id = refund["refund_id"]
        post = partial(self.supervisor.post, f"/refunds/{refund_id}/{verdict}")
        return self.do(Ask(f"{verdict} of {refund_id}", refund_id, post))

    def _in_cash(self, invoice: Json, amount_minor: int) -> Ask:
        payment_id = f"pay_{self.seed}_end_{invoice['job_id'].rpartition('_')[2]}"
        wanted = {"payment_id": payment_id, "invoice_id": invoice["invoice_id"], "method": "cash"}
        post = partial(self.office.post, "/payments", {**wanted, "amount_minor": amount_minor})
        return Ask(f"{payment_id}: the last {amount_minor} on {invoice['number']} in cash", payment_id, post)


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
