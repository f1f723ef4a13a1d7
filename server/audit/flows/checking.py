"""Compare the books with themselves, with the documents, and with Stripe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from server.audit import queries
from server.audit.queries import Counted
from server.audit.rules import PATIENCE, Check, Finding, amount
from server.core.database import transaction
from server.gateway import balance, intents, refunds
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.gateway.intents import Intent
from server.gateway.refunds import CardRefund
from server.payments import queries as payments
from server.payments.models import Payment
from server.payments.rules import GIVEN_BACK, read_refund

# Stripe's clock and ours may differ.
_EARLIER = timedelta(days=1)
_ATTEMPTS = 3
Found = TypeVar("Found")
_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


def check(*, now: datetime) -> list[Finding]:
    """Return every row for which a truth does not hold; none when all is well.

    Without an answer from Stripe its part is one finding, and the rest is still told.
    """
    with transaction() as session:
        _look_calmly(session)
        found = [
            *queries.list_wrong_in_books(session),
            *queries.list_wrong_payments(session),
            *queries.list_wrong_reversals(session),
            *queries.list_wrong_by_hand(session),
            *queries.list_wrong_refunds(session),
            *queries.list_wrong_payouts(session, now=now),
            *queries.list_unresolved(session, now=now),
            *queries.list_wrong_documents(session),
            *queries.list_wrong_log(session, now=now),
        ]
        since = payments.find_first_card_payment(session)
    if since is None:
        return found
    try:
        return [*found, *_compare_with_stripe(since - _EARLIER), *_wrong_balance(since - _EARLIER, now=now)]
    except (NotNow, OutcomeUnknown, Refused) as failure:
        silence = Finding(check=Check.STRIPE_ANSWERS, subject_id="stripe", expected="an answer", found=failure.code)
        return [*found, silence]


def _look_calmly(session: Session) -> None:
    """See one moment throughout, and take the time that large tables take."""
    session.execute(text(_SNAPSHOT))
    session.execute(text("SET LOCAL statement_timeout = 0"))


def _compare_with_stripe(since: datetime) -> list[Finding]:
    """Compare every PaymentIntent of ours that succeeded with every card payment that did, and so their refunds."""
    captured = {intent.id: intent for intent in intents.list_succeeded(since) if intent.payment_id}
    given = {refund.id: refund for refund in refunds.list_since(since) if read_refund(refund.status) in GIVEN_BACK}
    with transaction() as session:
        _look_calmly(session)
        counted = queries.get_counted(session)
    for payment in counted.payments:
        # Counted since we began to list, or begun before the first of ours.
        if payment.stripe_intent_id and payment.stripe_intent_id not in captured:
            late = _find(intents.get_intent, payment.stripe_intent_id)
            if late is not None and late.status == "succeeded":
                captured[late.id] = late
    for booked in counted.refunds:
        if booked.stripe_refund_id and booked.stripe_refund_id not in given:  # booked since we began to list
            late_refund = _find(refunds.get_refund, booked.stripe_refund_id)
            if late_refund is not None and read_refund(late_refund.status) in GIVEN_BACK:
                given[late_refund.id] = late_refund
    ours = [refund for refund in given.values() if refund.intent_id in captured]
    return [
        *_wrong_payments(captured, counted),
        *_uncounted(captured, counted),
        *_wrong_refunds(given, counted),
        *_uncounted_refunds(ours, counted),
        *_wrong_totals(captured, ours, counted),
    ]


def _find(ask: Callable[[str], Found], found_id: str) -> Found | None:
    """Return what Stripe has under an id, or None."""
    try:
        return ask(found_id)
    except Refused as refusal:
        if refusal.reason == "resource_missing":
            return None
        raise


def _wrong_payments(captured: dict[str, Intent], counted: Counted) -> Iterator[Finding]:
    for payment in counted.payments:
        intent = captured.get(payment.stripe_intent_id or "")
        expected = amount(payment.amount_minor + payment.tip_minor, payment.currency)
        found = amount(intent.received_minor, intent.currency) if intent else "nothing captured"
        if found != expected:
            yield Finding(check=Check.STRIPE_HAS_PAYMENT, subject_id=payment.id, expected=expected, found=found)


def _uncounted(captured: dict[str, Intent], counted: Counted) -> Iterator[Finding]:
    for intent in _not_ours(captured, counted):
        expected = amount(intent.received_minor, intent.currency)
        yield Finding(check=Check.STRIPE_IS_COUNTED, subject_id=intent.id, expected=expected, found="not counted")


def _not_ours(captured: dict[str, Intent], counted: Counted) -> list[Intent]:
    """Return what was captured and is neither counted nor about to be: an open attempt is still being asked about."""
    known = {payment.stripe_intent_id for payment in counted.payments}
    return [
        intent for intent in captured.values() if intent.id not in known and intent.payment_id not in counted.open_ids
    ]


def _wrong_refunds(given: dict[str, CardRefund], counted: Counted) -> Iterator[Finding]:
    for refund in counted.refunds:
        at_stripe = given.get(refund.stripe_refund_id or "")
        expected = amount(refund.amount_minor, refund.currency)
        found = amount(at_stripe.amount_minor, at_stripe.currency) if at_stripe else "nothing given back"
        if found != expected:
            yield Finding(check=Check.STRIPE_HAS_REFUND, subject_id=refund.id, expected=expected, found=found)


def _uncounted_refunds(ours: list[CardRefund], counted: Counted) -> Iterator[Finding]:
    """Name what was given back and is neither counted nor about to be: an open refund is still being asked about."""
    known = {refund.stripe_refund_id for refund in counted.refunds}
    for refund in ours:
        if refund.id not in known and refund.refund_id not in counted.open_refund_ids:
            expected = amount(refund.amount_minor, refund.currency)
            yield Finding(
                check=Check.STRIPE_REFUND_IS_COUNTED, subject_id=refund.id, expected=expected, found="not counted"
            )


def _wrong_totals(captured: dict[str, Intent], ours: list[CardRefund], counted: Counted) -> Iterator[Finding]:
    """Compare what Stripe captured less what it gave back, of the counted payments and of those nobody counted, with
    the books."""
    known: list[Payment] = list(counted.payments)
    mine = [captured[each.stripe_intent_id] for each in known if each.stripe_intent_id in captured]
    totals: Counter[str] = Counter()
    for intent in [*mine, *_not_ours(captured, counted)]:
        totals[intent.currency] += intent.received_minor
    for refund in ours:
        if refund.refund_id not in counted.open_refund_ids:
            totals[refund.currency] -= refund.amount_minor
    for currency in sorted(totals.keys() | counted.totals.keys()):
        expected, found = totals[currency], counted.totals.get(currency, 0)
        if found != expected:
            yield Finding(
                check=Check.STRIPE_TOTAL,
                subject_id=currency,
                expected=amount(expected, currency),
                found=amount(found, currency),
            )


def _wrong_balance(since: datetime, *, now: datetime) -> Iterator[Finding]:
    """Compare what Stripe holds, available and pending, with the books: that both are of one moment is known by asking
    Stripe before and after. Where its balance never stands still, nothing is said."""
    for _ in range(_ATTEMPTS):
        total = balance.get_total()
        lines = list(balance.list_since(since))
        with transaction() as session:
            _look_calmly(session)
            held = queries.get_held(session)
            apart = queries.list_apart(session, lines, before=now - PATIENCE)
        if balance.get_total() == total:
            break
    else:
        return
    expected = Counter(total)
    for line in apart:
        expected[line.currency] -= line.net_minor
    for currency in sorted(expected.keys() | held.keys()):
        if expected[currency] != held.get(currency, 0):
            yield Finding(
                check=Check.STRIPE_BALANCE,
                subject_id=currency,
                expected=amount(expected[currency], currency),
                found=amount(held.get(currency, 0), currency),
            )
