"""Mistakes about payments by card and by hand, refunds, credit, and what is written about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import stripe
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from server.chargebacks.operations import recording
from server.core import ids, queue
from server.core.database import transaction
from server.gateway import client, intents, readers, refunds
from server.gateway.readers import ReaderState
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.ledger import operations as ledger
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.messages import flows as mail
from server.payments import flows, operations, queries, rules
from server.payments.flows import asking, collecting, debits, learning, refunding, seeing
from server.payments.models import Payment, Refund
from server.payments.operations import collecting as counting
from server.payments.operations import following, reversing
from server.payments.operations import refunding as giving
from server.payments.rules import Status, Verdict
from tests.simulation.bugs.planting import plant, put, times


@plant
def trust_the_reader_over_the_intent() -> None:
    """What the reader says went wrong is believed, without a look at the PaymentIntent."""
    see = seeing.see_reader

    def trusting(payment: Payment, others: list[Payment], *, now: datetime) -> Any:
        state = readers.find(payment.reader_id or "")
        if state and state.action_intent_id == payment.stripe_intent_id and state.action_status == "failed":
            return Verdict(status=Status.FAILED, failure_code=state.failure_code), None
        return see(payment, others, now=now)

    put(asking, "see_reader", trusting)


@plant
def leave_the_page_open_for_the_reader() -> None:
    """The page a customer has open is written off, and not closed at Stripe."""

    def forget(payment: Payment, *, now: datetime) -> None:
        with transaction() as session:
            operations.record_verdict(session, payment_id=payment.id, verdict=Verdict(status=Status.CANCELED), now=now)

    put(collecting, "close_page", forget)


@plant
def cancel_without_stopping_the_reader() -> None:
    """A payment given up leaves its reader lit."""
    put(collecting, "_shut", lambda payment, *, now: None)


@plant
def count_without_looking_who_counted() -> None:
    """Money is counted for the attempt that was asked about, whichever holds its PaymentIntent."""
    put(queries, "find_holder", lambda session, intent_id: None)


@plant
def keep_the_amount_of_the_last_attempt() -> None:
    """A PaymentIntent that is used again asks for what it asked before."""
    put(intents, "change_intent", lambda intent_id, **_: intents.get_intent(intent_id))


@plant
def count_whatever_is_told() -> None:
    """Money is counted each time that Stripe tells of it."""
    again = times()
    put(rules, "may_become", lambda status, wanted: True)
    put(counting, "entry_id", lambda payment: ids.derived("ent", "received", again()))
    ask = asking.ask

    def ask_again(*, payment_id: str, now: datetime) -> Payment:
        with transaction() as session:
            session.execute(
                update(Payment)
                .where(Payment.id == payment_id, Payment.status == Status.SUCCEEDED, Payment.method.in_(rules.BY_CARD))
                .values(status=Status.WAITING, settled_at=None)
            )
        return ask(payment_id=payment_id, now=now)

    put(asking, "ask", ask_again)
    put(collecting, "ask", ask_again)


@plant
def send_each_try_under_a_new_key() -> None:
    """A call that is tried again has a key of its own each time."""
    again = times()
    send = stripe.RequestsClient.request

    def keyed(self: Any, method: str, url: str, headers: Any, *rest: Any, **more: Any) -> Any:
        if "Idempotency-Key" in headers:
            headers = {**headers, "Idempotency-Key": again()}
        return send(self, method, url, headers, *rest, **more)

    put(stripe.RequestsClient, "request", keyed)


@plant
def take_a_busy_service_for_the_last_word() -> None:
    """A try that was one too many says that the one before it never ran, although its answer was lost."""
    put(client, "_Line", stripe.RequestsClient)


@plant
def send_a_refund_again_without_asking() -> None:
    """A refund of which nobody knows is sent once more, under another key."""
    again = times()
    create = refunds.create_refund
    put(refunds, "create_refund", lambda *, key, **more: create(key=again(), **more))
    put(refunding, "look", lambda *, intent_id, now: None)


@plant
def count_when_the_reader_lights_up() -> None:
    """A payment has succeeded as soon as the reader takes the command."""
    light = readers.collect

    def counted(reader_id: str, *, intent_id: str, **more: Any) -> ReaderState:
        state = light(reader_id, intent_id=intent_id, **more)
        with transaction() as session:
            holder = queries.find_holder(session, intent_id)
            if holder is not None:
                payment, invoice = queries.get_locked(session, holder.id)
                operations.count_intent(
                    session,
                    payment_id=payment.id,
                    intent_id=intent_id,
                    received_minor=min(payment.amount_minor, invoice.total_minor),
                    tip_minor=0,
                    charge=None,
                    now=payment.created_at,
                )
        return state

    put(readers, "collect", counted)


@plant
def begin_again_while_it_is_unknown() -> None:
    """Another attempt may begin while nobody knows what became of the one before."""
    open_payment = operations.open_payment

    def careless(session: Session, *, now: datetime, **wanted: Any) -> Payment:
        unknown = update(Payment).where(Payment.status == Status.UNKNOWN)
        session.execute(unknown.values(status=Status.CANCELED, settled_at=now, unknown_since=None))
        return open_payment(session, now=now, **wanted)

    put(operations, "open_payment", careless)


@plant
def believe_events_as_they_come() -> None:
    """An event that tells of a failure is believed, whatever happened since."""
    learn = learning.learn

    def believing(*, event_id: str, now: datetime) -> None:
        with transaction() as session:
            event = queries.get_event(session, event_id)
            payment = queries.find_concerned(session, event)
        if payment is not None and event.type == "payment_intent.payment_failed":
            verdict = Verdict(status=Status.FAILED, failure_code="card_declined")
            with transaction() as session:
                operations.record_verdict(session, payment_id=payment.id, verdict=verdict, now=now)
            return
        learn(event_id=event_id, now=now)

    put(flows, "learn", believing)


@plant
def book_a_refund_twice() -> None:
    """Money that goes back is booked when it is asked for, and when Stripe tells."""
    again = times()
    give_back = giving._give_back

    def twice(session: Session, refund: Refund, *rest: Any, **more: Any) -> None:
        give_back(session, refund, *rest, **more)
        entries = put(giving, "refund_entry_ids", lambda refund: (ids.derived("ent", again()), ""))
        give_back(session, refund, *rest, **more)
        put(giving, "refund_entry_ids", entries)

    put(giving, "_give_back", twice)


@plant
def take_a_refund_of_ours_for_anothers() -> None:
    """A refund that Stripe tells of is taken for one made in its dashboard."""
    put(queries, "find_card_refund", lambda session, *, payment_id, seen: None)


@plant
def take_silence_for_a_decline() -> None:
    """When Stripe does not answer, the card was declined."""
    conclude = asking.conclude

    def sure(payment_id: str, verdict: Verdict, *, now: datetime) -> Payment:
        if verdict.status is Status.UNKNOWN:
            verdict = Verdict(status=Status.FAILED, failure_code="card_declined")
        return conclude(payment_id, verdict, now=now)

    put(collecting, "conclude", sure)


@plant
def forget_to_ask_again() -> None:
    """Nobody asks again about what was left open."""
    defer = queue.defer

    def forgetful(session: Session, task_name: str, **more: Any) -> None:
        if task_name != "payments.resolve":
            defer(session, task_name, **more)

    put(queue, "defer", forgetful)
    put(queries, "list_to_check", lambda session, *, now: [])


@plant
def do_not_wait_for_the_reader() -> None:
    """A reader that does not show the attempt yet never will."""
    put(rules, "is_settling", lambda status, **_: False)


@plant
def begin_anew_after_a_decline() -> None:
    """Each attempt has a PaymentIntent of its own."""
    put(queries, "find_spare_intent", lambda session, invoice_ids, **_: None)


@plant
def keep_what_came_back() -> None:
    """A refund that the bank sends back stays gone in the books."""
    put(giving, "_take_back", lambda *_, **__: None)


@plant
def look_without_a_lock() -> None:
    """Two may change the same payment in the same moment."""

    def unlocked(session: Session, payment_id: str) -> tuple[Payment, Invoice]:
        payment = session.get_one(Payment, payment_id, populate_existing=True)
        return payment, invoices.get_invoice(session, payment.invoice_id)

    put(queries, "get_locked", unlocked)
    get_invoice = invoices.get_invoice
    put(
        invoices,
        "lock_invoices",
        lambda session, invoice_ids: [get_invoice(session, each) for each in sorted(invoice_ids)],
    )

    def unlocked_invoice(session: Session, invoice_id: str, *, lock: bool = False, **more: Any) -> Invoice:
        return get_invoice(session, invoice_id, **more)

    put(invoices, "get_invoice", unlocked_invoice)


@plant
def give_back_more_than_came() -> None:
    """What was given back before is not looked at."""
    put(queries, "claimed_minor", lambda session, payment_ids: {})


@plant
def write_twice() -> None:
    """A mail that was sent is sent again, when the worker comes by it again."""
    deliver = mail.deliver

    def insistent(*, message_id: str, now: datetime) -> None:
        deliver(message_id=message_id, now=now)
        with transaction() as session:
            session.execute(text("UPDATE messages SET status = 'written' WHERE id = :id"), {"id": message_id})
        deliver(message_id=message_id, now=now)

    put(mail, "deliver", insistent)


@plant
def drop_what_stripe_tells() -> None:
    """A call that Stripe was too busy for is taken for one that was made."""
    send = refunding._send

    def hasty(opened: Refund, *, now: datetime) -> Refund:
        try:
            return send(opened, now=now)
        finally:
            with transaction() as session:
                session.execute(
                    text(
                        "UPDATE refunds SET status = 'succeeded', settled_at = :now"
                        " WHERE id = :id AND status IN ('created', 'unknown')"
                    ),
                    {"id": opened.id, "now": now},
                )

    put(refunding, "_send", hasty)


@plant
def believe_that_the_bank_gives_it_back() -> None:
    """What a bank took and keeps is waited for, for ever."""
    put(recording, "_settle", lambda *_, **__: None)


@plant
def take_a_tip_for_nothing() -> None:
    """What the customer gave beside the amount is left out of the books."""
    put(counting, "take_tip", lambda *_, tip_minor, of_minor, **__: of_minor - tip_minor)


@plant
def let_the_bank_have_a_debit_back_unseen() -> None:
    """A debit that had succeeded and comes back is left as it was."""
    put(debits, "look_for_return", lambda **_: None)
    put(flows, "look_for_returns", lambda **_: None)


@plant
def bounce_a_cheque_without_owing_it() -> None:
    """A cheque that bounced is marked, and nothing is owed again."""
    put(reversing, "take_out", lambda *_, **__: None)


@plant
def spend_credit_without_taking_it() -> None:
    """Credit pays an invoice, and is there still."""
    post = ledger.post

    def generous(session: Session, *, reason: str, moves: Sequence[Move], **more: Any) -> Any:
        if reason == "credit_applied":
            moves = [replace(move, debit=(Kind.SALES, "")) for move in moves]
        return post(session, reason=reason, moves=moves, **more)

    put(ledger, "post", generous)


@plant
def ask_for_a_late_deposit_again() -> None:
    """What is paid for a deposit once the work is invoiced does not pay the invoice of the work."""
    for place in (following, counting):
        put(place, "follow", lambda session, payment: None)
