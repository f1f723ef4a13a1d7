"""What may happen in a history: one small function each, with how often it happens beside the others.

A new way to pay, to give back or to break is a function here with `@verb(weight)`: it does one thing and returns what
was done, in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from server.payments.models import Payment
from server.payments.rules import Status
from server.sandbox import faults
from server.sandbox.cards import INTERAC
from tests.simulation.currencies import CURRENCIES, written
from tests.simulation.desk import decide
from tests.simulation.history import Ask, History, at_once
from tests.simulation.people import PAID, open_link, press_pay

Verb = Callable[[History], str]
VERBS: dict[Verb, int] = {}
DEADLY: dict[Verb, int] = {}
BY_HAND = ("cash", "cheque", "bank_transfer")
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
    "/v1/refunds",
)
FAULTS = (
    faults.ON_REQUEST,
    faults.ON_READER,
    *[faults.AT_THE_CARD] * 2,
    faults.ON_EVENT,
    faults.MISHAPS[len(faults.AT_THE_CARD) :],
)
EVENTS = ("*", "payment_intent.*", "terminal.reader.*", "checkout.session.*", "refund.*", "charge.*")
SECONDS = (1, 5, 20, 60, 300, 1800, 3 * 3600, 13 * 3600)


def verb(weight: int, *, deadly: bool = False) -> Callable[[Verb], Verb]:
    """Make this happen in histories, or only in those where processes die, `weight` times as often as what weighs 1."""

    def add(do: Verb) -> Verb:
        (DEADLY if deadly else VERBS)[do] = weight
        return do

    return add


def anything(history: History) -> None:
    """Do 5 to 12 random steps, beside those for which there was no occasion; in one history of five, processes are
    killed on the way."""
    table = VERBS | DEADLY if history.random.random() < 0.2 else VERBS
    steps, weights = zip(*table.items(), strict=True)
    left = history.random.randint(5, 12)
    for step in history.random.choices(steps, weights, k=4 * left):
        calm = history.random.random() < 0.5
        words = step(history)
        if words.startswith(("no ", "nothing ")) or words.endswith("not possible"):
            continue
        history.note(words)
        if calm:
            history.world.settle()
        left -= 1
        if not left:
            return


# --- What a technician and the office do ----------------------------------------------------------------------------


@verb(6)
def collect_on_a_reader(history: History) -> str:
    """Ask for a card."""
    return history.do(history.new_attempt("card_reader"))


@verb(2)
def make_a_link(history: History) -> str:
    """Show a customer the way to a page."""
    return history.do(history.new_attempt("pay_link"))


@verb(2)
def take_by_hand(history: History) -> str:
    """Take cash, a cheque, a transfer."""
    beside: dict[str, Any] = {"who": history.office, "beside_debit": True} if history.random.random() < 0.2 else {}
    return history.do(history.new_attempt(history.random.choice(BY_HAND), **beside))


@verb(2)
def send_again(history: History) -> str:
    """Send an attempt again, under its own id."""
    if not history.asked:
        return "nothing to send again"
    asked = history.random.choice(history.asked[-3:])
    return history.do(Ask(f"send {asked.about} again", asked.about, asked.again))


@verb(3)
def cancel(history: History) -> str:
    """Give an attempt up."""
    return history.do(history.change("cancel"))


@verb(3)
def check(history: History) -> str:
    """Have Stripe asked."""
    return history.do(history.change("check"))


@verb(2)
def look(history: History) -> str:
    """Look at an attempt, as the phone does while it waits."""
    who, payment_id = history.any_payment()
    return history.do(Ask(f"look at {payment_id}", payment_id, partial(who.get, f"/payments/{payment_id}")))


@verb(7)
def give_back(history: History) -> str:
    """Refund a payment, in full, in part, or more than it brought."""
    return history.do(_new_refund(history))


@verb(8)
def give_back_while_it_goes_wrong(history: History) -> str:
    """Refund what a card paid, which one does now where none is left; Stripe does it but nobody hears so, or is too
    busy, or the bank sends it back; some ask once more."""
    began = "" if _paid_by_card(history) else _have_a_card_pay(history)
    kind = history.random.choice((*["drop_after"] * 4, "drop_before", "error_500", *["refund_fails"] * 3))
    times = history.random.choice((1, 3, 3))  # the SDK tries three times
    history.arm({"kind": kind, "method": "POST", "path": "/v1/refunds", "times": times})
    if history.random.random() < 0.5:  # nor does an event tell of it
        history.arm({"kind": "webhook_lost", "event": "*refund*", "times": 3})
    asked = _new_refund(history, among=_paid_by_card(history), weights=(2, 8, 1))
    told = history.do(asked)
    again = f"; {history.do(asked)}" if history.random.random() < 0.3 else ""
    return f"{began}{kind}, {times} times; {told}{again}"


def _paid_by_card(history: History) -> list[Payment]:
    """What came by card, may go back without it, and of which nothing went back yet."""
    went = {refund.payment_id for refund in history.refunds()}
    came = (each for each in history.payments() if each.status is Status.SUCCEEDED and each.stripe_intent_id)
    return [payment for payment in came if payment.card_kind != "interac_present" and payment.id not in went]


def _have_a_card_pay(history: History) -> str:
    began = history.do(history.new_attempt("card_reader", max(history.invoices, key=history.owed_minor)))
    did = history.world.customer(f"readers/{history.lit}/tap", history.tip())
    history.world.settle()
    return f"{began}; tap: {_done(did)}; "


@verb(1)
def decide_a_refund(history: History) -> str:
    """A supervisor decides about a refund, whether or not it waits for them."""
    refunds = history.refunds()
    return decide(history, history.random.choice(refunds)) if refunds else "no refund to decide about"


def _new_refund(history: History, *, among: Sequence[Payment] = (), weights: tuple[int, int, int] = (4, 6, 1)) -> Ask:
    """All of a payment, a part, perhaps a small one, or a cent too much, so often each."""
    brought = among or [payment for payment in history.payments() if payment.status is Status.SUCCEEDED]
    if not brought:
        who, payment_id = history.any_payment()
        amount_minor = 100
    else:
        payment = history.random.choice(brought)
        who, payment_id = history.office, payment.id
        all_minor = payment.amount_minor
        part_minor = history.random.randint(1, max(all_minor // history.random.choice((1, 4)), 1))
        amount_minor = history.random.choices((all_minor, part_minor, all_minor + 1), weights)[0]
    refund_id = f"ref_{history.seed}_{len(history.asked) + 1}"
    body: dict[str, Any] = {"refund_id": refund_id, "amount_minor": amount_minor, "reason": "Too much"}
    if brought and payment.card_kind == "interac_present" and history.random.random() < 0.9:
        body["reader_id"] = history.lit = history.random.choice(history.readers)
    post = partial(who.post, f"/payments/{payment_id}/refunds", body)
    asked = Ask(f"{refund_id}: give {amount_minor} of {payment_id} back", refund_id, post)
    history.asked.append(asked)
    return asked


# --- What customers do ----------------------------------------------------------------------------------------------


@verb(8)
def press(history: History) -> str:
    """Something happens at a reader."""
    return _press(history, history.random.choice([*history.readers, *[history.lit] * 4]))


@verb(14)
def pay_by_card(history: History) -> str:
    """A card is asked for, and presented."""
    return f"{history.do(history.new_attempt('card_reader'))}; {press_card(history)}"


@verb(8)
def pay_while_it_goes_wrong(history: History) -> str:
    """A card is asked for and presented, and something breaks in between."""
    return f"{go_wrong(history)}; {pay_by_card(history)}"


@verb(3)
def change_ones_mind(history: History) -> str:
    """A card is asked for, the attempt is given up, and the card comes all the same."""
    asked = history.new_attempt("card_reader")
    began = history.do(asked)
    gave_up = history.do(history.change("cancel", asked.about))
    did = history.world.customer(f"readers/{history.lit}/tap", {})
    return f"{began}; {gave_up}; tap: {_done(did)}"


def press_card(history: History) -> str:
    """Something happens at the reader that was last sent a payment."""
    return _press(history, history.lit)


def _press(history: History, reader: str) -> str:
    buttons = ("tap", "insert", "decline", "cancel", "unplug", "plug")
    button = history.random.choices(buttons, (8, 2, 5, 2, 1, 2))[0]
    seconds = history.random.choice((0, 0, 0, 10)) if button in ("tap", "insert", "decline") else 0
    options: dict[str, Any] = {"authorizing_seconds": seconds}
    if button == "tap" and history.random.random() < 0.25:
        options["number"] = INTERAC
    if button in ("tap", "insert"):
        options |= history.tip()
    did = history.world.customer(f"readers/{reader}/{button}", options)
    number = history.readers.index(reader) + 1
    return f"reader {number}: {button} {options}: {_done(did)}"


@verb(4)
def open_a_page(history: History) -> str:
    """A customer opens their page, and presses the button most of the time."""
    invoice = history.random.choice(history.invoices)
    if PAID in open_link(history.world.line, f"{invoice['pay_url']}?lang=en"):
        history.paid_pages.add(invoice["id"])
        return f"the page of {invoice['number']} says that it is paid"
    if history.random.random() < 0.2:
        return f"the page of {invoice['number']} is looked at"
    return f"the page of {invoice['number']}: {press_button(history, invoice)}"


def press_button(history: History, invoice: dict[str, Any]) -> str:
    """Press the button on the page of an invoice, for all of it or for what is typed; say where it leads."""
    form = {}
    step_minor = CURRENCIES[invoice["currency"]].step_minor
    if history.random.random() < (0.1 if step_minor == 1 else 0.8):
        part_minor = history.random.randint(1, max(history.owed_minor(invoice), 1))
        form = {"amount": written(part_minor - part_minor % step_minor, invoice["currency"])}
    answer = press_pay(history.world.line, invoice["pay_url"], form)
    session_id = answer.said["session_id"]
    if session_id and session_id not in history.pages:
        history.pages.append(session_id)
    return f"leads to page {history.pages.index(session_id) + 1}" if session_id else f"answers {answer.status}"


@verb(3)
def leave_a_page_for_a_card(history: History) -> str:
    """A customer has the page open, then gives their card to the technician; some press the page's button later."""
    invoice = history.any_invoice()
    opened = press_button(history, invoice)
    return f"the page of {invoice['number']}: {opened}; {history.do(history.new_attempt('card_reader', invoice))}"


@verb(7)
def use_a_page(history: History) -> str:
    """Pay, be declined, or go away, on any page of Stripe's that was ever shown."""
    if not history.pages:
        return "no page to use"
    page = history.random.choice(history.pages[-history.random.choice((1, 1, len(history.pages))) :])
    outcomes = ("pay", "decline", "abandon", "debit", "debit_fails")
    outcome = history.random.choices(outcomes, (5, 2, 1, 2, 1))[0]
    did = history.world.customer(f"checkout/{page}", {"outcome": outcome})
    return f"page {history.pages.index(page) + 1}: {outcome}: {_done(did)}"


def _done(did: bool) -> str:
    return "done" if did else "not possible"


# --- What happens in the same moment --------------------------------------------------------------------------------


@verb(4)
def do_two_things_at_once(history: History) -> str:
    """Two people, or one who is impatient, in the same moment."""
    second = history.random.choice(("card", "same", "same", "hand", "check", "cancel", "page", "refund"))
    invoice = history.any_invoice()
    first = history.new_attempt(history.random.choice(("card_reader", "pay_link")), invoice)
    others: dict[str, Callable[[], Ask]] = {
        "card": lambda: history.new_attempt("card_reader", invoice),
        "hand": lambda: history.new_attempt("cash", invoice),
        "page": lambda: history.new_attempt("pay_link", invoice),
        "same": lambda: first,
        "check": lambda: history.change("check", first.about),
        "cancel": lambda: history.change("cancel", first.about),
        "refund": lambda: _new_refund(history),
    }
    history.arm({"kind": "latency", "path": "/v1/*", "seconds": 0.03, "times": 2})
    return history.together(first, others[second]())


@verb(1)
def tap_while_canceling(history: History) -> str:
    """The card and the technician's change of mind in the same moment."""
    asked = history.change("cancel")
    number = history.readers.index(history.lit) + 1
    tap = partial(history.world.customer, f"readers/{history.lit}/tap", {})
    told = at_once([lambda: _done(tap()), partial(history.do, asked)])
    return f"at once: tap on reader {number}: {told[0]} | {told[1]}"


@verb(4)
def meet_at_the_desk(history: History) -> str:
    """Two people take more than half of the same money by hand in the same moment, or give such a payment back."""
    by_hand = [each for each in history.payments() if each.status is Status.SUCCEEDED and each.method in BY_HAND]
    if by_hand and history.random.random() < 0.5:
        payment = history.random.choice(by_hand)
        return history.together(*[_new_refund(history, among=[payment]) for _ in range(2)])
    invoice = history.any_invoice()
    amount_minor = history.owed_minor(invoice) * 2 // 3
    if amount_minor <= 0:
        return "nothing to take"
    methods = history.random.choices(BY_HAND, k=2)
    return history.together(*[history.new_attempt(each, invoice, amount_minor=amount_minor) for each in methods])


# --- What the world does --------------------------------------------------------------------------------------------


@verb(3)
def go_wrong(history: History) -> str:
    """Arm a fault of any kind the sandbox has."""
    kind = history.random.choice(history.random.choice(FAULTS))
    fault: dict[str, Any] = {
        "kind": kind,
        "nth": history.random.choice((1, 1, 2)),
        "times": history.random.choice((1, 3, 3)),
    }
    if kind in faults.ON_EVENT:
        fault["event"] = history.random.choice(EVENTS)
    elif kind not in faults.ON_READER + faults.MISHAPS:
        fault["path"] = history.random.choice(PATHS)
    if kind in faults.TIMED:
        fault["seconds"] = 0.02 if kind == "latency" else history.random.choice(SECONDS)
    history.arm(fault)
    return f"fault {fault}"


@verb(4)
def pass_time(history: History) -> str:
    """Let seconds or hours go by."""
    seconds = history.random.choice(SECONDS)
    history.world.pass_time(seconds=seconds)
    return f"{seconds} s go by"


@verb(7, deadly=True)
def kill_the_web(history: History) -> str:
    """kill -9 of what serves requests, in the middle of one."""
    return "web: " + history.while_it_dies(_something(history), history.world.kill_web)


@verb(1, deadly=True)
def kill_all_of_the_web(history: History) -> str:
    """kill -9 of the web server and all it has forked, in the middle of a request."""
    return "all of web: " + history.while_it_dies(_something(history), history.world.kill_all_of_web)


@verb(4, deadly=True)
def kill_the_worker(history: History) -> str:
    """kill -9 of the worker, while it learns what a card and a question brought about."""
    history.world.customer(f"readers/{history.lit}/tap", {})
    return "worker: " + history.while_it_dies(history.change("check"), history.world.kill_worker)


def _something(history: History) -> Ask:
    return history.random.choice((_new_refund, _new_card, _new_card, lambda each: each.change("check")))(history)


def _new_card(history: History) -> Ask:
    return history.new_attempt("card_reader")
