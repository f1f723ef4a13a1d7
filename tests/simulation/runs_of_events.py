"""What follows one upon the other at the door and at the desk, and is rare where each step is drawn by itself: a lost
answer and a second try, decline after decline, a debit that comes back, credit and what it pays."""

from __future__ import annotations

from functools import partial

from tests.simulation.afterwards import use_credit
from tests.simulation.history import Ask, History, Json
from tests.simulation.verbs import press_button, verb

_UNHEARD = ("drop_after", "reader_timeout_delivered", "reader_timeout", "connection_error_authorized")
_DAYS_OF_A_DEBIT = 5 * 24 * 3600


@verb(5)
def hear_nothing_of_a_card(history: History) -> str:
    """Nobody hears whether the reader took the command, or the card the charge; the card is tapped, and some ask for
    another beside it."""
    invoice = history.any_invoice()
    kind = history.random.choice(_UNHEARD)
    # The SDK tries three times.
    history.arm({"kind": kind, "path": "*/process_payment_intent", "times": 3 if kind == "drop_after" else 1})
    began = _ask_and_tap(history, invoice, history.random.choice((True, False)))
    again = f"; {_ask_and_tap(history, invoice, True)}" if history.random.random() < 0.5 else ""
    return f"{kind}; {began}{again}"


def _ask_and_tap(history: History, invoice: Json, is_tapped: bool) -> str:
    began = history.do(history.new_attempt("card_reader", invoice))
    return f"{began}; {_press(history, 'tap')}" if is_tapped else began


def _press(history: History, button: str) -> str:
    did = history.world.customer(f"readers/{history.lit}/{button}", {})
    return f"{button}: {'done' if did else 'not possible'}"


@verb(3)
def be_declined_again_and_again(history: History) -> str:
    """One card after the other is declined; some of it is told late, while the next is waited for."""
    invoice = history.any_invoice()
    late = history.random.random() < 0.5
    if late:
        history.arm({"kind": "webhook_late", "event": "payment_intent.payment_failed", "seconds": 60})
    words = ["told late" if late else "told at once"]
    for _ in range(history.random.choice((1, 2, 3))):
        words.append(f"{history.do(history.new_attempt('card_reader', invoice))}; {_press(history, 'decline')}")
        if not late:
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


@verb(3)
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
    if history.random.random() < 0.4:
        beside = history.new_attempt("cash", invoice, who=history.office, beside_debit=True)
        words.append(history.do(beside))
    history.world.pass_time(seconds=_DAYS_OF_A_DEBIT)
    if history.random.random() < 0.5:
        did = history.world.customer(page, {"outcome": "return", "reason": "insufficient_funds"})
        words.append(f"the debit comes back: {'done' if did else 'not possible'}")
    else:
        words.append(use_credit(history))
    return "; ".join(words)
