"""Learn of payouts from Stripe, and reconcile them."""

from __future__ import annotations

from datetime import datetime

from server.core import log
from server.core.database import transaction
from server.gateway import balance, payouts
from server.gateway.balance import BalanceLine
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.payments import flows as payment_flows
from server.payments import operations as payment_operations
from server.payments import queries as payments
from server.payouts import operations, queries, rules
from server.payouts.models import PayoutLine

_log = log.get("payouts")


def learn(*, event_id: str, now: datetime) -> None:
    """Act on an event about a payout: ask Stripe. Raises Refused, NotNow, OutcomeUnknown."""
    with transaction() as session:
        payout_id = payments.get_event(session, event_id).object_id
    ask(payout_id=payout_id, now=now)


def ask(*, payout_id: str, now: datetime) -> None:
    """Ask Stripe how a payout stands and what it consists of, and write it down. Safe at any moment, any number of
    times. Raises Refused, NotNow, OutcomeUnknown.
    """
    log.bind(payout_id=payout_id)
    seen = payouts.get(payout_id)
    lines = balance.list_of_payout(payout_id) if seen.automatic else []
    with transaction() as session:
        operations.record(session, seen=seen, lines=lines, now=now)
    with transaction() as session:
        wrong = queries.list_wrong_fees(session, payout_id)
        unexchanged = queries.list_unexchanged(session, payout_id)
    for line in wrong:
        with transaction() as session:
            payment_operations.book_fees(session, payment_id=line.payment_id or "", lines=[_told(line)], now=now)
    for payment_id in unexchanged:
        payment_flows.learn_fees(payment_id=payment_id, now=now)


def _told(line: PayoutLine) -> BalanceLine:
    """Return a line as Stripe told it."""
    return BalanceLine(
        id=line.id,
        type=line.type,
        amount_minor=line.amount_minor,
        fee_minor=line.fee_minor,
        currency=line.currency,
        source_id=line.source_id,
        happened_at=line.happened_at,
    )


def look(*, now: datetime) -> None:
    """Ask about every payout of the last month that we do not know, that went on, or that has lines which nothing of
    ours explains yet: events may be lost for good. Where Stripe does not answer, next time. What was set aside and is
    explained by now is taken out of there, however old.
    """
    with transaction() as session:
        first = payments.find_first_card_payment(session)
        if first is None:
            return
        since = max(first, now - rules.LOOKED_FOR)
        known = queries.list_known(session, since=since)
    try:
        for seen in payouts.list_since(since):
            if known.get(seen.id) != (seen.status, True):
                _take_in(seen.id, now=now)
    except (Refused, NotNow, OutcomeUnknown) as failure:
        _log.warning("payouts_not_looked_at", reason=failure.code)
    with transaction() as session:
        explicable = queries.list_explicable(session)
    for payout_id in explicable:
        with transaction() as session:
            operations.explain_again(session, payout_id=payout_id, now=now)


def _take_in(payout_id: str, *, now: datetime) -> None:
    """Write a payout down; one that we fail over holds up no other."""
    try:
        ask(payout_id=payout_id, now=now)
    except (Refused, NotNow, OutcomeUnknown):
        raise
    except Exception as error:  # noqa: BLE001
        _log.error("payout_not_taken_in", payout_id=payout_id, error_type=type(error).__name__)
