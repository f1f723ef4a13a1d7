"""Prove one invoice: ask Stripe now about everything that was ever made for it, and hold it against the books."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from server.audit.queries.proof import InvoiceFacts, get_invoice_facts
from server.audit.rules import Proof, ProvenIntent, ProvenRefund, ProvenSession
from server.core.database import transaction
from server.gateway import checkout, intents, refunds
from server.gateway.checkout import CheckoutSession
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.gateway.intents import Intent
from server.payments.models import Payment
from server.payments.rules import GIVEN_BACK, KEY_LIFE, Method, read_refund

# Stripe's clock and ours may differ.
_BEFORE_AND_AFTER = timedelta(minutes=10)


def prove(*, invoice_id: str, now: datetime) -> Proof:
    """Return every PaymentIntent, Checkout Session and refund ever made for an invoice, as Stripe has it now, the
    ledger's entries, and whether they come to the same. What Stripe made and we never wrote down is found by the
    invoice's id in its metadata.

    Where Stripe does not answer, the proof says so and holds what we wrote down ourselves. Raises NoSuchInvoice.
    """
    with transaction() as session:
        facts = get_invoice_facts(session, invoice_id)
    try:
        made = _ask_intents(facts)
        sessions = list(_ask_sessions(facts))
        given = [refund for intent in made for refund in _ask_refunds(intent.id, facts)]
    except (Refused, NotNow, OutcomeUnknown) as silence:
        return _unproven(facts, silence.code, now=now)
    known = [_proven(intent, facts) for intent in made]
    return Proof(
        invoice_id=invoice_id,
        number=facts.invoice.number,
        currency=facts.invoice.currency,
        asked_at=now,
        silence=None,
        intents=known,
        sessions=sessions,
        refunds=given,
        entries=facts.entries,
        open_payment_ids=facts.open_payment_ids,
    )


def _ask_intents(facts: InvoiceFacts) -> list[Intent]:
    """Ask for those written down, and for those that name the invoice."""
    found = {intent.id: intent for intent in intents.search_intents(invoice_id=facts.invoice.id)}
    for intent_id in facts.intent_ids:  # Stripe's search learns of changes some time later: ask for the thing itself
        found[intent_id] = intents.get_intent(intent_id)
    return list(found.values())


def _proven(intent: Intent, facts: InvoiceFacts) -> ProvenIntent:
    held_by = [payment.id for payment in facts.payments if payment.stripe_intent_id == intent.id]
    return ProvenIntent(
        intent_id=intent.id,
        status=intent.status,
        amount_minor=intent.amount_minor,
        captured_minor=intent.received_minor,
        payment_ids=tuple(held_by or _named(intent.payment_id)),
        is_written_down=bool(held_by),
    )


def _ask_sessions(facts: InvoiceFacts) -> Iterator[ProvenSession]:
    """Ask for those written down, and for those of attempts that never learnt of theirs."""
    unsure: set[str] = set()
    for payment in facts.payments:
        if payment.stripe_session_id is not None:
            yield _page(checkout.get_session(payment.stripe_session_id), is_written_down=True)
        elif payment.method is Method.PAY_LINK:
            unsure.add(payment.id)
            yield from (
                _page(found, is_written_down=False) for found in _sessions_of(payment) if found.payment_id in unsure
            )


def _sessions_of(payment: Payment) -> Iterable[CheckoutSession]:
    """Look through the time in which its key was good for a page: none can have been made outside."""
    since, until = payment.created_at - _BEFORE_AND_AFTER, payment.created_at + KEY_LIFE + _BEFORE_AND_AFTER
    found = checkout.list_sessions(since=since, until=until)
    return (session for session in found if session.payment_id == payment.id)


def _page(found: CheckoutSession, *, is_written_down: bool) -> ProvenSession:
    return ProvenSession(
        session_id=found.id,
        status=found.status,
        is_paid=found.paid,
        payment_ids=tuple(_named(found.payment_id)),
        is_written_down=is_written_down,
    )


def _ask_refunds(intent_id: str, facts: InvoiceFacts) -> Iterator[ProvenRefund]:
    written = {refund.stripe_refund_id: refund.id for refund in facts.refunds}
    for found in refunds.list_refunds(intent_id):
        yield ProvenRefund(
            stripe_refund_id=found.id,
            intent_id=intent_id,
            status=found.status,
            amount_minor=found.amount_minor,
            is_given_back=read_refund(found.status) in GIVEN_BACK,
            refund_id=written.get(found.id) or found.refund_id,
            is_written_down=found.id in written,
        )


def _named(payment_id: str | None) -> list[str]:
    return [payment_id] if payment_id else []


def _unproven(facts: InvoiceFacts, silence: str, *, now: datetime) -> Proof:
    """Return what we wrote down ourselves; how it stands at Stripe, nobody knows now."""
    attempts: dict[str, list[Payment]] = {}
    for payment in facts.payments:
        if payment.stripe_intent_id is not None:
            attempts.setdefault(payment.stripe_intent_id, []).append(payment)
    return Proof(
        invoice_id=facts.invoice.id,
        number=facts.invoice.number,
        currency=facts.invoice.currency,
        asked_at=now,
        silence=silence,
        intents=[
            ProvenIntent(
                intent_id=intent_id,
                status=None,
                amount_minor=tries[-1].amount_minor,
                captured_minor=0,
                payment_ids=tuple(each.id for each in tries),
                is_written_down=True,
            )
            for intent_id, tries in attempts.items()
        ],
        sessions=[
            ProvenSession(
                session_id=payment.stripe_session_id,
                status=None,
                is_paid=False,
                payment_ids=(payment.id,),
                is_written_down=True,
            )
            for payment in facts.payments
            if payment.stripe_session_id is not None
        ],
        refunds=[
            ProvenRefund(
                stripe_refund_id=refund.stripe_refund_id,
                intent_id=None,
                status=None,
                amount_minor=refund.amount_minor,
                is_given_back=False,
                refund_id=refund.id,
                is_written_down=True,
            )
            for refund in facts.refunds
            if refund.stripe_refund_id is not None
        ],
        entries=facts.entries,
        open_payment_ids=facts.open_payment_ids,
    )
