"""Ask Stripe what became of attempts: of one, and of everything whose moment has come."""

from __future__ import annotations

from datetime import datetime

from server.core import log, queue
from server.core.database import transaction
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.payments import operations, queries, rules
from server.payments.flows import mobile, saved_cards
from server.payments.flows.seeing import new_charge, see_page, see_reader
from server.payments.models import Payment
from server.payments.rules import Method, Status, Verdict
from server.payments.rules.collecting import is_alarming

NOT_TAKEN_IN = Verdict(status=Status.UNKNOWN, failure_code="not_taken_in")
_log = log.get("payments")


def conclude(payment_id: str, verdict: Verdict, *, now: datetime) -> Payment:
    """Write down what the call that began an attempt told, unless another (the same request sent twice, somebody who
    canceled) wrote down more meanwhile."""
    with transaction() as session:
        payment, _ = queries.get_locked(session, payment_id)
        if payment.status is not Status.CREATED:
            return payment
        return operations.record_verdict(session, payment_id=payment_id, verdict=verdict, now=now)


def ask(*, payment_id: str, now: datetime) -> Payment:
    """Ask Stripe what became of an attempt, and write it down. Safe at any moment, any number of times.

    An attempt given up is asked about too: money that came all the same is counted. When Stripe cannot be asked the
    attempt stays as it is, to be asked about later.
    """
    log.bind(payment_id=payment_id)
    with transaction() as session:
        payment = queries.get_payment(session, payment_id)
        others = queries.list_sharing(session, payment)
    if payment.status is Status.SUCCEEDED or payment.method not in rules.BY_CARD:
        return payment
    try:
        if payment.method is Method.PAY_LINK:
            verdict, intent = see_page(payment)
        elif payment.method is Method.CARD_ON_FILE:
            verdict, intent = saved_cards.see_charge(payment, now=now)
        elif payment.method is Method.MOBILE_READER:
            verdict, intent = mobile.see(payment, now=now)
        else:
            verdict, intent = see_reader(payment, others, now=now)
    except (Refused, NotNow, OutcomeUnknown) as failure:
        return _postpone(payment, reason=failure.code, now=now)
    with transaction() as session:
        now_is, _ = queries.get_locked(session, payment_id)
        if verdict.status is Status.SUCCEEDED and intent is not None:
            return operations.count_intent(
                session,
                payment_id=payment_id,
                intent_id=intent.id,
                received_minor=intent.received_minor,
                tip_minor=intent.tip_minor,
                charge=intent.charge,
                now=now,
            )
        if _standing(now_is) != _standing(payment):
            return now_is  # it went on while we asked: what we saw is old
        charge = new_charge(intent, others)
        told = operations.record_verdict(session, payment_id=payment_id, verdict=verdict, charge=charge, now=now)
        operations.follow_debit(session, payment=told, now=now)
        return operations.follow_charge(session, payment=told, now=now)


def check(*, payment_id: str, now: datetime) -> Payment:
    """Ask as a person does who wants to know now. Where we fail over what Stripe says, the attempt is unknown and says
    that the fault is ours; one that was over stays as it is, and the failure is raised."""
    try:
        return ask(payment_id=payment_id, now=now)
    except Exception as error:
        payment = _not_taken_in(payment_id, error, now=now)
        if payment.status is not Status.UNKNOWN:
            raise
        return payment


def _not_taken_in(payment_id: str, error: Exception, *, now: datetime) -> Payment:
    """Write down that we failed over what Stripe says of an attempt: whether its money came is unknown."""
    with transaction() as session:
        payment = operations.record_verdict(session, payment_id=payment_id, verdict=NOT_TAKEN_IN, now=now)
    _log.error("payment_not_taken_in", payment_id=payment_id, error_type=type(error).__name__)
    return payment


def _postpone(payment: Payment, *, reason: str, now: datetime) -> Payment:
    """Ask again later. An outcome that stays unknown for too long is reported as an error: a person must look."""
    since = payment.unknown_since
    late = is_alarming(since, now=now)
    tell = _log.error if late else _log.warning
    tell(
        "payment_unknown_too_long" if late else "payment_not_resolved",
        payment_id=payment.id,
        reason=reason,
        unknown_seconds=int((now - since).total_seconds()) if since else None,
    )
    with transaction() as session:
        wait = rules.wait_before_check(payment.checks + 1)
        operations.postpone_check(session, payment_id=payment.id, wait=wait, now=now)
        return queries.get_payment(session, payment.id)


def _standing(payment: Payment) -> tuple[Status, str | None, str | None]:
    return payment.status, payment.stripe_intent_id, payment.stripe_session_id


def ask_open(*, now: datetime) -> None:
    """Ask about every open attempt whose moment has come, however many there are; one that fails holds up no other.

    It is unknown from then on: its own customer is left alone, the office is told, and it is asked about again. What
    fails so badly that not even this can be written down is raised at the end, and the turn has not ended well.
    """
    with transaction() as session:
        due = queries.list_to_check(session, now=now)
    failed: list[str] = []

    def ask_one(payment_id: str) -> None:
        try:
            ask(payment_id=payment_id, now=now)
        except Exception as error:  # noqa: BLE001
            failed.append(payment_id)
            _not_taken_in(payment_id, error, now=now)

    queue.each(due, ask_one)
    _log.info("open_payments_asked", asked=len(due), failed=len(failed))
