"""Races: two phones with a reader each, the customer's page, cash and a cheque at the desk, all for the same money in
the same moment, and the cards are presented as soon as a reader asks for them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from server.payments.rules import Status
from tests.simulation.history import Ask, History, Json, at_once
from tests.simulation.people import Caller, press_pay

RACES = 4  # on the invoices of one history


def race_on_each(history: History) -> None:
    """Have a race on each invoice; what is left open is canceled before the next, as people do."""
    for invoice in history.invoices:
        history.note(race(history, invoice))
        history.world.settle()
        for payment in history.payments():
            if payment.status in (Status.CREATED, Status.WAITING):
                history.note(history.do(history.change("cancel", payment.id)))


def race(history: History, invoice: Json) -> str:
    """Let five ask for all of an invoice at once; say what each was told."""
    runners: list[Callable[[], str]] = [
        partial(_by_card, history, history.phone_of(invoice), invoice, history.readers[0]),
        partial(_by_card, history, history.colleague_of(invoice), invoice, history.readers[1]),
        partial(_on_the_page, history, invoice),
        partial(_by_hand, history, history.phone_of(invoice), invoice, "cash"),
        partial(_by_hand, history, history.office, invoice, "cheque"),
    ]
    history.random.shuffle(runners)
    return f"race for {invoice['number']}: " + " | ".join(at_once(runners))


def _by_card(history: History, phone: Caller, invoice: Json, reader: str) -> str:
    place = history.readers.index(reader) + 1
    told = history.do(_attempt(phone, invoice, "card_reader", f"card{place}", reader_id=reader))
    taken = history.world.customer(f"readers/{reader}/tap", {})
    return f"{told}, {'tapped' if taken else 'nothing to tap'}"


def _on_the_page(history: History, invoice: Json) -> str:
    session_id = press_pay(history.world.line, invoice["pay_url"], {}).said["session_id"]
    if not session_id:
        return "page: refused"
    paid = history.world.customer(f"checkout/{session_id}", {"outcome": "pay"})
    return f"page: opened, {'paid' if paid else 'closed meanwhile'}"


def _by_hand(history: History, who: Caller, invoice: Json, method: str) -> str:
    more = {"reference": "1042"} if method == "cheque" else {}
    return history.do(_attempt(who, invoice, method, method, **more))


def _attempt(who: Caller, invoice: Json, method: str, name: str, **more: str) -> Ask:
    payment_id = f"pay_{invoice['job_id'].removeprefix('job_')}_{name}"
    wanted = {"payment_id": payment_id, "invoice_id": invoice["id"], "method": method}
    body = {**wanted, "amount_minor": invoice["total_minor"], **more}
    return Ask(name, payment_id, partial(who.post, "/payments", body))
