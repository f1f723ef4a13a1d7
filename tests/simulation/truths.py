"""What must be true once a history has healed, whatever happened in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import text

from server.audit import flows as audit
from server.core import clock
from server.core.database import transaction
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments.models import Payment
from server.payments.rules import BY_CARD, OPEN, Status
from tests.messages.conftest import MailServer
from tests.simulation.history import History

_BOOKED = """
SELECT e.about, sum(t.amount_minor)::bigint AS minor FROM ledger_transfers t
JOIN ledger_entries e ON e.id = t.entry_id JOIN ledger_accounts d ON d.id = t.debit_account_id
WHERE d.kind = 'stripe' GROUP BY e.about
"""
_RECEIPTS = "SELECT key, status FROM messages WHERE kind = 'receipt'"
_GIVEN_UP = "SELECT task_name || ' ' || args::text FROM procrastinate_jobs WHERE status NOT IN ('succeeded', 'todo')"


@dataclass
class Outcome:
    """A healed history as the books, the sandbox and the mail server have it. Amounts are minor units."""

    history: History
    mail: MailServer

    @cached_property
    def payments(self) -> dict[str, Payment]:
        """Every attempt, by id."""
        return {payment.id: payment for payment in self.history.payments()}

    @cached_property
    def succeeded(self) -> list[Payment]:
        """The attempts that brought money."""
        return [payment for payment in self.payments.values() if payment.status is Status.SUCCEEDED]

    @cached_property
    def charges(self) -> list[dict[str, Any]]:
        """What the sandbox captured on these invoices."""
        ours = {invoice.id for invoice in self.history.invoices}
        state = self.history.shop.sandbox.state
        with state.lock:
            charges = state.all("charge")
        return [charge for charge in charges if charge["captured"] and charge["metadata"].get("invoice_id") in ours]

    def paid_minor(self, invoice_id: str) -> int:
        """What the attempts on an invoice brought."""
        kept = [payment for payment in self.succeeded if payment.reversed_at is None]
        return sum(payment.amount_minor for payment in kept if payment.invoice_id == invoice_id)

    @cached_property
    def excess_minor(self) -> int:
        """What was collected beyond what was owed."""
        return sum(max(self.paid_minor(invoice.id) - invoice.total_minor, 0) for invoice in self.history.invoices)

    def flips(self) -> list[str]:
        """The attempts somebody was shown as failed or canceled, and that brought money in the end."""
        given_up = {shown.about for shown in self.history.shown if shown.status in (Status.FAILED, Status.CANCELED)}
        return sorted(given_up & {payment.id for payment in self.succeeded})


def stripe_is_in_the_books(outcome: Outcome) -> Iterator[str]:
    """For every invoice, what the sandbox captured less what it gave back is what the ledger says came by Stripe."""
    with transaction() as session:
        booked = {row.about: row.minor for row in session.execute(text(_BOOKED))}
    captured: Counter[str] = Counter()
    for charge in outcome.charges:
        captured[charge["metadata"]["invoice_id"]] += charge["amount_captured"] - charge["amount_refunded"]
    for invoice in outcome.history.invoices:
        if captured[invoice.id] != booked.get(invoice.id, 0):
            yield f"{invoice.id}: captured {captured[invoice.id]}, in the books {booked.get(invoice.id, 0)}"


def the_balance_is_what_was_not_paid(outcome: Outcome) -> Iterator[str]:
    """The balance is the total less the payments that succeeded, never below nothing."""
    for invoice in outcome.history.invoices:
        balance_minor = outcome.history.shop.balance(invoice)
        expected = max(invoice.total_minor - outcome.paid_minor(invoice.id), 0)
        if balance_minor != expected:
            yield f"{invoice.id}: balance {balance_minor}, expected {expected}"


def nobody_pays_twice(outcome: Outcome) -> Iterator[str]:
    """Nothing is collected beyond what is owed: the sandbox delivers no command that we gave up."""
    if outcome.excess_minor:
        yield f"{outcome.excess_minor} too much"


def what_is_too_much_is_the_customers(outcome: Outcome) -> Iterator[str]:
    """What was collected beyond what was owed is the customers' credit, to the cent."""
    with transaction() as session:
        credit_minor = ledger.totals(session, Kind.CUSTOMER_CREDIT).get("CAD", 0)
    if credit_minor != outcome.excess_minor:
        yield f"credit {credit_minor}, collected too much {outcome.excess_minor}"


def nothing_is_open(outcome: Outcome) -> Iterator[str]:
    """Every attempt has come to an end."""
    for payment in outcome.payments.values():
        if payment.status in OPEN:
            yield f"{payment.id}: {payment.status}"


def who_was_shown_success_was_charged_once(outcome: Outcome) -> Iterator[str]:
    """A payment shown as succeeded stays so; each card payment has one captured charge, and none that failed has."""
    for shown in outcome.history.shown:
        if shown.status is Status.SUCCEEDED and outcome.payments[shown.payment_id].status is not Status.SUCCEEDED:
            yield f"{shown.payment_id}: shown as succeeded, is {outcome.payments[shown.payment_id].status}"
    charged = Counter(charge["metadata"]["payment_id"] for charge in outcome.charges)
    for payment in outcome.payments.values():
        expected = int(payment.status is Status.SUCCEEDED and payment.method in BY_CARD)
        if charged[payment.id] != expected:
            yield f"{payment.id}: {payment.status} with {charged[payment.id]} captured charges"


def who_was_shown_failure_was_not_charged(outcome: Outcome) -> Iterator[str]:
    """A payment shown as failed or canceled brings no money later."""
    for payment_id in outcome.flips():
        yield f"{payment_id}: shown as given up, then it succeeded"


def an_answer_is_about_what_was_asked(outcome: Outcome) -> Iterator[str]:
    """Who asks about a payment is told of that payment."""
    for shown in outcome.history.shown:
        if shown.about != shown.payment_id:
            yield f"asked about {shown.about}, told of {shown.payment_id}"


def every_payment_has_one_receipt(outcome: Outcome) -> Iterator[str]:
    """Each payment that succeeded is thanked for once, by a mail that arrived once."""
    with transaction() as session:
        written = {row.key: row.status for row in session.execute(text(_RECEIPTS))}
    for payment in outcome.payments.values():
        status = written.get(f"receipt:{payment.id}")
        if status != ("sent" if payment.status is Status.SUCCEEDED else None):
            yield f"{payment.id}: {payment.status}, receipt {status}"
    arrived = Counter(str(mail["Message-ID"]) for mail in outcome.mail.received)
    for message_id, times in arrived.items():
        if times > 1:
            yield f"{message_id} arrived {times} times"


def every_task_ended_well(_outcome: Outcome) -> Iterator[str]:
    """No task of the worker failed for good."""
    with transaction() as session:
        yield from session.scalars(text(_GIVEN_UP))


def the_audit_finds_nothing(_outcome: Outcome) -> Iterator[str]:
    """The product's own audit agrees."""
    yield from map(str, audit.check(now=clock.now()))


TRUTHS: tuple[Callable[[Outcome], Iterator[str]], ...] = (
    nothing_is_open,
    nobody_pays_twice,
    stripe_is_in_the_books,
    the_balance_is_what_was_not_paid,
    what_is_too_much_is_the_customers,
    who_was_shown_success_was_charged_once,
    who_was_shown_failure_was_not_charged,
    an_answer_is_about_what_was_asked,
    every_payment_has_one_receipt,
    every_task_ended_well,
    the_audit_finds_nothing,
)


def require(outcome: Outcome) -> None:
    """Raise AssertionError that names every truth that does not hold, with the history."""
    broken = [f"{truth.__name__}: {what}" for truth in TRUTHS for what in truth(outcome)]
    if broken:
        error = AssertionError("\n".join(broken))
        error.add_note(outcome.history.story())
        raise error
