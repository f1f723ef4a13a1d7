"""Learn of chargebacks from Stripe, lay the evidence down there, and answer: write down, call, write down."""

from __future__ import annotations

from datetime import datetime

from server.chargebacks import operations, queries, rules
from server.chargebacks.models import Chargeback
from server.chargebacks.rules import ANSWERABLE
from server.core import log, queue
from server.core.database import transaction
from server.gateway import disputes
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.gateway.disputes import BankDispute
from server.payments import flows as payment_flows
from server.payments import queries as payments
from server.payments.rules import KEY_LIFE
from server.payments.rules import Status as PaymentStatus

_log = log.get("chargebacks")


def learn(*, event_id: str, now: datetime) -> None:
    """Act on an event about a dispute: ask Stripe. Raises Refused, NotNow, OutcomeUnknown.

    Payments look first: of a bank debit the dispute is the debit's return.
    """
    payment_flows.learn(event_id=event_id, now=now)
    with transaction() as session:
        dispute_id = payments.get_event(session, event_id).object_id
    ask(chargeback_id=dispute_id, now=now)


def ask(*, chargeback_id: str, now: datetime) -> None:
    """Ask Stripe how a chargeback stands, and write it down; one of a payment that is not ours is let be. Safe at any
    moment, any number of times. Raises Refused, NotNow, OutcomeUnknown.
    """
    log.bind(chargeback_id=chargeback_id)
    _write_down(disputes.get(chargeback_id), now=now)


def _write_down(seen: BankDispute, *, now: datetime) -> None:
    if not seen.by_card:
        return
    with transaction() as session:
        payment = payments.find_holder(session, seen.intent_id)
    if payment is not None and payment.status is not PaymentStatus.SUCCEEDED:
        payment = payment_flows.ask(payment_id=payment.id, now=now)
    if payment is None or payment.status is not PaymentStatus.SUCCEEDED:
        return
    with transaction() as session:
        operations.record(session, payment_id=payment.id, seen=seen, now=now)


def go_on(*, chargeback_id: str, now: datetime) -> None:
    """Do at Stripe what is to be done about a chargeback: lay the evidence down, hand it in or give in where that was
    asked for. Safe at any moment, any number of times. Raises NoSuchChargeback, Refused, NotNow, OutcomeUnknown.
    """
    log.bind(chargeback_id=chargeback_id)
    with transaction() as session:
        operations.assemble(session, chargeback_id=chargeback_id, now=now)
        chargeback = queries.get_chargeback(session, chargeback_id)
    if chargeback.status not in ANSWERABLE:
        return
    if chargeback.acceptance_asked_at is not None:
        key = _key(f"{chargeback.id}:accept", chargeback.acceptance_asked_at, now=now)
        _write_down(disputes.accept(chargeback.id, key=key), now=now)
        return
    evidence = _upload(chargeback, now=now)
    if chargeback.staged_at is None:
        key = _key(f"{chargeback.id}:stage", chargeback.assembled_at or now, now=now)
        disputes.give_evidence(chargeback.id, evidence, submit=False, key=key)
        with transaction() as session:
            operations.note_staged(session, chargeback_id=chargeback.id, now=now)
    if chargeback.submission_asked_at is not None:
        key = _key(f"{chargeback.id}:submit", chargeback.submission_asked_at, now=now)
        if chargeback.statement:
            evidence = rules.with_statement(evidence, chargeback.statement)
        _write_down(disputes.give_evidence(chargeback.id, evidence, submit=True, key=key), now=now)


def _upload(chargeback: Chargeback, *, now: datetime) -> dict[str, str]:
    """Give Stripe the files it does not have yet; return the whole evidence under Stripe's names. A file that Stripe
    refuses is left out: the others still count."""
    evidence: dict[str, str] = dict(chargeback.texts or {})
    with transaction() as session:
        files = queries.list_evidence(session, chargeback.id)
    for file in files:
        if not file.fits:
            continue
        stripe_file_id = file.stripe_file_id
        if stripe_file_id is None:
            with transaction() as session:
                _, content = queries.get_evidence(session, chargeback.id, file.id)
            key = _key(f"{file.id}:upload", file.created_at, now=now)
            try:
                stripe_file_id = disputes.upload(key=key, filename=file.filename, content=content)
            except Refused as refusal:
                _log.warning("evidence_refused", file_id=file.id, reason=refusal.reason)
            with transaction() as session:
                operations.attach_file(session, file_id=file.id, stripe_file_id=stripe_file_id)
        if stripe_file_id is not None:
            evidence[file.slot] = stripe_file_id
    return evidence


def _key(name: str, asked_at: datetime, *, now: datetime) -> str:
    """Return the idempotency key of what was asked for at a moment. Stripe forgets keys: a later one has a number, and
    is only used while Stripe says that what was asked for has not been done."""
    return f"{name}:{asked_at:%Y%m%d%H%M%S%f}:{(now - asked_at) // KEY_LIFE}"


def submit(*, chargeback_id: str, statement: str | None, asked_by: str, now: datetime) -> None:
    """Hand the evidence in to the bank. Where Stripe does not answer, it is asked for and will be done.

    Raises NoSuchChargeback, ChargebackDecided, EvidenceTooLate.
    """
    with transaction() as session:
        operations.ask_to_submit(session, chargeback_id=chargeback_id, statement=statement, asked_by=asked_by, now=now)
    _try(chargeback_id, now=now)


def accept(*, chargeback_id: str, asked_by: str, now: datetime) -> None:
    """Give in: the bank keeps the money. Where Stripe does not answer, it is asked for and will be done.

    Raises NoSuchChargeback, ChargebackDecided.
    """
    with transaction() as session:
        operations.ask_to_accept(session, chargeback_id=chargeback_id, asked_by=asked_by, now=now)
    _try(chargeback_id, now=now)


def _try(chargeback_id: str, *, now: datetime) -> None:
    try:
        go_on(chargeback_id=chargeback_id, now=now)
    except (Refused, NotNow, OutcomeUnknown) as failure:
        _log.warning("chargeback_not_answered", chargeback_id=chargeback_id, reason=failure.code)


def look(*, now: datetime) -> None:
    """Look at every dispute of the last months, since events may be lost for good; go on where something is to be
    done; sound the alarm where the time to answer ends. Where Stripe does not answer, next time.
    """
    with transaction() as session:
        first = payments.find_first_card_payment(session)
    if first is None:
        return
    try:
        for seen in disputes.list_since(max(first, now - rules.LOOKED_FOR)):
            _take_in(seen, now=now)
    except (Refused, NotNow, OutcomeUnknown) as failure:
        _log.warning("chargebacks_not_looked_at", reason=failure.code)
    with transaction() as session:
        outstanding = queries.list_outstanding(session)
        alarming = queries.list_alarming(session, now=now)
    for chargeback_id in alarming:
        with transaction() as session:
            operations.alarm(session, chargeback_id=chargeback_id, now=now)
    queue.each(outstanding, lambda chargeback_id: _try(chargeback_id, now=now))


def _take_in(seen: BankDispute, *, now: datetime) -> None:
    """Write a dispute down; one that we fail over holds up no other, as the time to answer that one ends too."""
    try:
        _write_down(seen, now=now)
    except (Refused, NotNow, OutcomeUnknown):
        raise
    except Exception as error:  # noqa: BLE001
        _log.error("chargeback_not_taken_in", chargeback_id=seen.id, error_type=type(error).__name__)
