"""What the worker does about payments. Each is safe to run twice."""

from __future__ import annotations

from server.core import clock, queue
from server.core.database import transaction
from server.payments import flows, queries
from server.payments.flows.looking import look


@queue.task("payments.learn", attempts=6, backoff=3)
def learn(*, event_id: str) -> None:
    """Act on an event that Stripe sent."""
    flows.learn(event_id=event_id, now=clock.now())


@queue.task("payments.resolve", attempts=6, backoff=3)
def resolve(*, payment_id: str) -> None:
    """Ask Stripe what became of an attempt."""
    flows.ask(payment_id=payment_id, now=clock.now())


@queue.task("payments.resolve_open")
def resolve_open() -> None:
    """Ask about every open attempt whose moment has come, as webhooks may be lost for good."""
    now = clock.now()
    flows.ask_open(now=now)
    with transaction() as session:
        queue.note_done(session, "payments.resolve_open", at=now)


@queue.task("payments.learn_fees")
def learn_fees() -> None:
    """Ask what Stripe kept of every card payment whose fee did not come by an event."""
    flows.learn_missing_fees(now=clock.now())


@queue.task("payments.let_card_go", attempts=10, backoff=4)
def let_card_go(*, card_id: str) -> None:
    """Have Stripe forget a card whose customer took their consent back."""
    flows.let_card_go(card_id=card_id)


@queue.task("payments.find_returns", attempts=6, backoff=3)
def find_returns() -> None:
    """Look for bank debits that came back, as webhooks may be lost for good."""
    flows.look_for_returns(now=clock.now())


@queue.task("payments.give_back", attempts=6, backoff=3)
def give_back(*, refund_id: str) -> None:
    """Give back what came beyond what was owed."""
    flows.ask_about_refund(refund_id=refund_id, now=clock.now())


@queue.task("payments.look_at_refunds", attempts=6, backoff=3)
def look_at_refunds(*, intent_id: str) -> None:
    """Look at what Stripe gave back of a payment."""
    look(intent_id=intent_id, now=clock.now())


@queue.task("payments.resolve_refunds")
def resolve_refunds() -> None:
    """Ask about every refund whose moment has come: sent again, learnt of, or sent back by a bank."""
    now = clock.now()
    with transaction() as session:
        due = queries.list_refunds_to_check(session, now=now)
    queue.each(due, lambda refund_id: flows.ask_about_refund(refund_id=refund_id, now=now))


@queue.task("payments.capture_due")
def capture_due() -> None:
    """Take what cards hold, where it was asked for or is about to run out."""
    flows.capture_due(now=clock.now())


@queue.task("payments.find_forwarded", attempts=6, backoff=3)
def find_forwarded() -> None:
    """Look for cards that phones took on their own, as webhooks may be lost."""
    flows.look_for_forwarded(now=clock.now())


@queue.task("payments.find_untold", attempts=6, backoff=3)
def find_untold() -> None:
    """Look for what else no event told: money that came after all, and what was given back at Stripe."""
    flows.look_for_untold(now=clock.now())
