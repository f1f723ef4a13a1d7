"""What follows one upon the other at the door and at the desk, and is rare where each step is drawn by itself: a lost
answer and a second try, decline after decline, a debit that comes back, credit and what it pays."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from server.core import clock
from server.gateway import readers
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.payments.rules import SETTLING
from tests.simulation.afterwards import use_credit
from tests.simulation.history import Ask, History, Json
from tests.simulation.verbs import press_button, verb

# How nobody hears of a command. The SDK tries three times. The last is on its way: no reader has it yet.
_UNHEARD: dict[str, list[Json]] = {
    "drop_after": [{"kind": "drop_after", "times": 3}],
    "drop_after, then busy": [{"kind": "drop_after"}, {"kind": "error_429", "nth": 2, "times": 2}],
    "reader_timeout": [{"kind": "reader_timeout"}],
    "reader_timeout_delivered": [{"kind": "reader_timeout_delivered"}],
    "connection_error_authorized": [{"kind": "connection_error_authorized"}],
    "drop_before": [{"kind": "drop_before", "times": 3}],
}
_DAYS_OF_A_DEBIT = 5 * 24 * 3600


@verb(5)
def hear_nothing_of_a_card(history: History) -> str:
    """A card is asked for, and nobody hears whether the reader took the command; meanwhile some ask for another card,
    take cash, or ask what became of the first. A command that was still on its way arrives after somebody asked, and
    the card is tapped."""
    invoice = history.any_invoice()
    kind = history.random.choice(list(_UNHEARD))
    for fault in _UNHEARD[kind]:
        history.arm({**fault, "path": "*/process_payment_intent"})
    asked = history.new_attempt("card_reader", invoice, amount_minor=max(history.owed_minor(invoice), 1))
    reader = history.lit
    words = [kind, history.do(asked)]
    meanwhile: dict[str, Callable[[], Ask]] = {
        "card": lambda: history.new_attempt("card_reader", invoice),
        "cash": lambda: history.new_attempt("cash", invoice),
        "check": lambda: history.change("check", asked.about),
    }
    wanted = history.random.choice((None, "cash", *meanwhile))
    if wanted:
        words.append(history.do(meanwhile[wanted]()))
    if kind == "drop_before":
        words += [history.do(history.change("check", asked.about)), _arrive(history, asked.about)]
    words.append("tapped" if history.world.customer(f"readers/{reader}/tap", history.tip()) else "nothing to tap")
    return "; ".join(words)


def _arrive(history: History, payment_id: str) -> str:
    """Let a command to a reader arrive that nobody heard of; not later than it is waited for."""
    payment = next((each for each in history.payments() if each.id == payment_id and each.sent_at), None)
    if payment is None or clock.now() - payment.created_at > SETTLING / 2:
        return "no command arrives"
    try:
        readers.collect(
            payment.reader_id or "",
            intent_id=payment.stripe_intent_id or "",
            key=f"{payment_id}:late",
            currency=payment.currency,
        )
    except (Refused, NotNow, OutcomeUnknown) as failure:
        return f"the command arrives: {failure.code}"
    return "the command arrives"


def _press(history: History, button: str) -> str:
    did = history.world.customer(f"readers/{history.lit}/{button}", {})
    return f"{button}: {'done' if did else 'not possible'}"


@verb(4)
def be_declined_again_and_again(history: History) -> str:
    """One card after the other is declined; some of it is told late, while the next is waited for."""
    invoice = history.any_invoice()
    late = history.random.random() < 0.5
    if late:
        history.arm({"kind": "webhook_late", "event": "payment_intent.payment_failed", "seconds": 60})
    words = ["told late" if late else "told at once"]
    for _ in range(history.random.choice((1, 2, 3))):
        words.append(f"{history.do(history.new_attempt('card_reader', invoice))}; {_press(history, 'decline')}")
        history.world.settle()
    last = history.new_attempt("card_reader", invoice)
    words.append(history.do(last))
    if late:
        history.world.pass_time(seconds=90)
        seen = partial(history.office.get, f"/payments/{last.about}")
        words.append(history.do(Ask(f"look at {last.about}", last.about, seen)))
    if history.random.random() < 0.5:
        words.append(_press(history, "tap"))
    return "; ".join(words)


@verb(7)
def pay_from_the_bank(history: History) -> str:
    """A customer's bank is debited, and pays in days; some pay by hand meanwhile, and some have it back after all."""
    invoice = history.any_invoice()
    opened = press_button(history, invoice)
    if not opened.startswith("leads"):
        return f"no page of {invoice['number']}: {opened}"
    page = f"checkout/{history.pages[int(opened.rpartition(' ')[2]) - 1]}"
    if not history.world.customer(page, {"outcome": "debit"}):
        return "no debit possible"
    words = [f"the page of {invoice['number']}: debit"]
    is_paid_beside = history.random.random() < 0.7
    if is_paid_beside:
        beside = history.new_attempt("cash", invoice, who=history.office, beside_debit=True)
        words.append(history.do(beside))
    history.world.pass_time(seconds=_DAYS_OF_A_DEBIT)
    if history.random.random() < (0.25 if is_paid_beside else 0.6):
        did = history.world.customer(page, {"outcome": "return", "reason": "insufficient_funds"})
        words.append(f"the debit comes back: {'done' if did else 'not possible'}")
    else:
        words.append(use_credit(history))
    return "; ".join(words)
