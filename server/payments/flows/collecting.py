"""Collect through Stripe: write down, call, write down. No call is made inside a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import clock, log
from server.core.database import InUse, alone, transaction
from server.core.errors import Conflict
from server.gateway import amounts, checkout, intents, readers
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.gateway.intents import Intent
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.payments import operations, queries, rules
from server.payments.flows import saved_cards, tips
from server.payments.flows.asking import ask, conclude
from server.payments.flows.seeing import new_charge
from server.payments.models import Payment
from server.payments.operations import readers as sharing
from server.payments.operations.collecting import CannotCancel, OfficeDecides
from server.payments.rules import GIVEN_UP, IN_PERSON, OPEN, Consent, Method, Status, Verdict
from server.payments.rules.readers import lane

# Refusals that say: the intent is not as we believed. What it is now is asked, not guessed.
_CHANGED_MEANWHILE = ("intent_invalid_state", "payment_intent_unexpected_state")


def collect(
    *,
    payment_id: str,
    invoice_id: str | None = None,
    invoice_ids: Sequence[str] | None = None,
    shares: Mapping[str, int] | None = None,
    method: Method,
    amount_minor: int,
    reader_id: str | None = None,
    reader_fence: int | None = None,
    reference: str | None = None,
    beside_debit: bool = False,
    keep_beyond: bool = False,
    capture_later: bool | None = None,
    consent: Consent | None = None,
    taken_by: str,
    technician_id: str | None = None,
    now: datetime,
) -> Payment:
    """Start collecting for an invoice, or for several (with `shares`), or go on where an earlier call was interrupted.

    A page the customer has open is closed first, so that the same money cannot be paid twice; a reader is held from
    then on. With `consent` the card that pays is kept. Raises NoSuchInvoice, NoSuchReader, OfficeDecides, and what
    amounts.require_chargeable, operations.open_payment, hold_for and keep_consent raise.
    """
    if beside_debit and technician_id is not None:
        raise OfficeDecides
    wanted = list(shares or invoice_ids or [invoice_id or ""])
    log.bind(payment_id=payment_id, invoice_id=wanted[0])
    make_way(wanted, but=payment_id, reader_id=reader_id, technician_id=technician_id, now=now)
    with transaction() as session:
        locked = invoices.lock_invoices(session, wanted)
        payment = operations.open_payment(
            session,
            payment_id=payment_id,
            invoice=locked[0],
            others=locked[1:],
            shares=shares,
            method=method,
            amount_minor=amount_minor,
            reader_id=reader_id,
            reference=reference,
            beside_debit=beside_debit,
            keep_beyond=keep_beyond,
            capture_later=_captures_later(session, method, wanted=capture_later),
            taken_by=taken_by,
            now=now,
        )
        _require_chargeable(payment)
        covered = queries.list_covered(session, payment)
        sharing.hold_for(session, payment, fence=reader_fence, now=now)
        if consent is not None:
            operations.keep_consent(session, payment=payment, invoice=covered[0], consent=consent, now=now)
    if payment.status is not Status.CREATED:
        return _begun_before(payment, now=now)
    if now - payment.created_at > rules.KEY_LIFE:
        return ask(payment_id=payment.id, now=now)
    begin = {Method.PAY_LINK: _open_page, Method.MOBILE_READER: _ready}.get(method, _present)
    return begin(payment, covered, now=now)


def _begun_before(payment: Payment, *, now: datetime) -> Payment:
    """Return an attempt as it stands; a page that is about to close is closed, so that another attempt opens one that
    stays open."""
    leads_nowhere = (
        payment.method is Method.PAY_LINK and payment.status is Status.WAITING and _is_late(payment, now=now)
    )
    return _shut_late(payment, now=now) if leads_nowhere else payment


def _require_chargeable(payment: Payment) -> None:
    """Refuse what Stripe would not charge, before it is asked. Raises what amounts.require_chargeable raises."""
    if payment.method in rules.BY_CARD:
        amounts.require_chargeable(payment.amount_minor, payment.currency)


def make_way(
    invoice_ids: Sequence[str], *, but: str, reader_id: str | None, technician_id: str | None, now: datetime
) -> None:
    """Close the pages customers have open for these invoices. Raises NoSuchInvoice, NoSuchReader."""
    with transaction() as session:
        for invoice_id in invoice_ids:
            invoices.get_invoice(session, invoice_id, technician_id=technician_id)
        if reader_id is not None:
            queries.get_reader(session, reader_id)
        pages = queries.list_open_checkouts(session, *invoice_ids)
    for page in pages:
        if page.id != but:
            close_page(page, now=now)


def _captures_later(session: Session, method: Method, *, wanted: bool | None) -> bool:
    """Say whether a card in person is authorized first: as told, else as the business works."""
    if method not in IN_PERSON:
        return False
    return business.get_profile(session).capture_later if wanted is None else wanted


def _present(payment: Payment, covered: Sequence[Invoice], *, now: datetime) -> Payment:
    """Light the reader. Every key follows from the payment's id, written down before the call."""
    try:
        keep_for = saved_cards.customer_to_keep_for(payment)
        intent = _intent_for(payment, covered, keep_for)
        if intent.status == "succeeded":
            return ask(payment_id=payment.id, now=now)
        with alone(lane(payment.reader_id)):
            # Making the intent and waiting for the reader took their time: who holds it now, and since when?
            with transaction() as session:
                payment = sharing.claim_reader(session, payment_id=payment.id, now=clock.now())
            if payment.status is not Status.CREATED:
                return payment
            state = readers.collect(
                payment.reader_id or "",
                intent_id=intent.id,
                key=f"{payment.id}:process",
                keeps_card=bool(keep_for),
                currency=payment.currency,
                tip_on_minor=payment.amount_minor if tips.offered_with(payment) else None,
            )
    except (InUse, sharing.ReaderTaken) as refusal:
        return _turn_away(payment.id, refusal, now=now)
    except Refused as refusal:
        if refusal.reason in _CHANGED_MEANWHILE:
            return ask(payment_id=payment.id, now=now)
        return conclude(payment.id, Verdict(status=Status.FAILED, failure_code=refusal.reason), now=now)
    except NotNow as busy:
        return conclude(payment.id, Verdict(status=Status.FAILED, failure_code=busy.code), now=now)
    except OutcomeUnknown:
        # The calls took their time: the command may still be on its way from now on, not from when this began.
        return conclude(payment.id, Verdict(status=Status.UNKNOWN), now=clock.now())
    if state.action_status != "in_progress":
        return ask(payment_id=payment.id, now=now)
    lit = conclude(payment.id, Verdict(status=Status.WAITING), now=now)
    return _shut_late(lit, now=now) if lit.status in GIVEN_UP else lit


def _turn_away(payment_id: str, refusal: Conflict, *, now: datetime) -> Payment:
    """Give an attempt up whose reader somebody else has; where it was sent before, only asking tells."""
    with transaction() as session:
        sent = queries.get_payment(session, payment_id).sent_at is not None
    if sent:
        return ask(payment_id=payment_id, now=now)
    return conclude(payment_id, Verdict(status=Status.FAILED, failure_code=refusal.code), now=now)


def _intent_for(payment: Payment, covered: Sequence[Invoice], keep_for: str | None) -> Intent:
    """Return the intent this attempt collects by: the one a failed attempt left, or a new one, written down."""
    if payment.stripe_intent_id is not None:
        return intents.change_intent(
            payment.stripe_intent_id,
            key=f"{payment.id}:change",
            payment_id=payment.id,
            invoice_id=payment.invoice_id,
            amount_minor=payment.amount_minor,
            keep_for=keep_for,
            currency=payment.currency,
        )
    intent = intents.create_intent(
        key=f"{payment.id}:create",
        payment_id=payment.id,
        invoice_id=payment.invoice_id,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        words=_numbers(covered),
        kinds=rules.card_kinds(country=covered[0].seller["country"], currency=payment.currency),
        capture_later=payment.capture_later,
        keep_for=keep_for,
    )
    with transaction() as session:
        operations.attach_intent(session, payment_id=payment.id, intent_id=intent.id)
    return intent


def _numbers(covered: Sequence[Invoice]) -> str:
    return ", ".join(invoice.number for invoice in covered)


def _ready(payment: Payment, covered: Sequence[Invoice], *, now: datetime) -> Payment:
    """Make what the mobile SDK collects by. Without an answer nobody was told its secret: no money can come by it."""
    try:
        _intent_for(payment, covered, None)
    except (Refused, NotNow, OutcomeUnknown) as failure:
        reason = failure.reason if isinstance(failure, Refused) else failure.code
        return conclude(payment.id, Verdict(status=Status.FAILED, failure_code=reason), now=now)
    return conclude(payment.id, Verdict(status=Status.WAITING), now=now)


def _open_page(payment: Payment, covered: Sequence[Invoice], *, now: datetime) -> Payment:
    """Open a Checkout Session. Without an answer its address was given to nobody, so no money can come by it.

    So late that it would close in front of the customer it is closed at once, if it was opened then: its key tells.
    """
    invoice = covered[0]
    with transaction() as session:
        link = invoices.find_pay_url(session, *covered)
    if link is None:
        conclude(payment.id, Verdict(status=Status.CANCELED, failure_code="interrupted"), now=now)
        raise invoices.LinkDead
    try:
        page = checkout.create_session(
            key=f"{payment.id}:session",
            payment_id=payment.id,
            invoice_id=invoice.id,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            words=_numbers(covered),
            language=invoice.language,
            return_url=link,
            expires_at=payment.created_at + rules.CHECKOUT_LIFE,  # a key asks for the same however often it is sent
            keep_for=saved_cards.customer_to_keep_for(payment),
        )
    except Refused as refusal:
        never = Verdict(status=Status.CANCELED, failure_code="interrupted")
        refused = Verdict(status=Status.FAILED, failure_code=refusal.reason)
        return conclude(payment.id, never if _is_late(payment, now=now) else refused, now=now)
    except (NotNow, OutcomeUnknown) as lost:
        return conclude(payment.id, Verdict(status=Status.FAILED, failure_code=lost.code), now=now)
    with transaction() as session:
        opened = operations.attach_session(session, payment_id=payment.id, session_id=page.id, url=page.url, now=now)
    return _shut_late(opened, now=now) if opened.status in GIVEN_UP or _is_late(payment, now=now) else opened


def _is_late(payment: Payment, *, now: datetime) -> bool:
    """Say whether the page of an attempt is closed by now, or will be within the hour."""
    return now - payment.created_at > rules.PAGE_USABLE


def close_page(payment: Payment, *, now: datetime) -> None:
    """Expire the page a customer has open; if they paid on it, count that. Raises NotNow, OutcomeUnknown, Refused."""
    was_used = False
    if payment.stripe_session_id is not None:
        was_used = checkout.expire_session(payment.stripe_session_id).status == "complete"
    if ask(payment_id=payment.id, now=now).status is Status.WAITING and was_used:
        raise OutcomeUnknown  # they paid there, and what came of it could not be asked


def cancel(*, payment_id: str, technician_id: str | None = None, now: datetime) -> Payment:
    """Give an attempt up. The reader is only stopped while it is busy with this very payment.

    A card taken in the same moment wins: the payment then answers as succeeded. Raises CannotCancel, NoSuchPayment,
    InUse, NotNow, OutcomeUnknown.
    """
    with transaction() as session:
        payment = queries.get_payment(session, payment_id, technician_id=technician_id)
    if payment.status is Status.CANCELED:
        return payment
    if payment.status not in OPEN or payment.method is Method.CARD_ON_FILE:
        raise CannotCancel(payment_status=payment.status)
    try:
        _shut(payment, now=now)
    except Refused as refusal:
        raise CannotCancel(reason=refusal.reason) from refusal
    after = _after_cancel(payment, now=now)
    begun_meanwhile = payment.status is Status.CREATED and after.status in GIVEN_UP
    return _shut_late(after, now=now) if begun_meanwhile else after


def _shut(payment: Payment, *, now: datetime) -> None:
    """Let no card come any more: expire the page, or stop the reader if it is busy with this very payment.

    Raises InUse, Refused, NotNow, OutcomeUnknown.
    """
    if payment.method is Method.PAY_LINK:
        close_page(payment, now=now)
    elif payment.stripe_intent_id is None:
        return
    elif payment.method is Method.MOBILE_READER or payment.capture_before is not None:
        intents.cancel_intent(payment.stripe_intent_id)
    else:
        # Who is sending it to the reader this moment sees afterwards that it was given up, and shuts it then.
        with alone(lane(payment.reader_id), wait=payment.status is not Status.CREATED) as is_quiet:
            if is_quiet:
                _stop_reader(payment)


def _stop_reader(payment: Payment) -> None:
    """Stop the reader if it is busy with this attempt: not a colleague's, nor a later one on the same intent."""
    with transaction() as session:
        holder = queries.find_holder(session, payment.stripe_intent_id or "")
    if holder is not None and holder.id != payment.id and holder.sent_at is not None:
        return
    state = readers.find(payment.reader_id or "")
    if state and state.action_intent_id == payment.stripe_intent_id and state.action_status == "in_progress":
        readers.cancel(payment.reader_id or "")


def _shut_late(payment: Payment, *, now: datetime) -> Payment:
    """Shut what a call under way opened although the attempt was given up meanwhile; a card that was quicker counts.

    Whoever writes last of the two sees what the other did, and shuts it.
    """
    with suppress(InUse, Refused, NotNow, OutcomeUnknown):
        _shut(payment, now=now)
    return ask(payment_id=payment.id, now=now)


def _after_cancel(payment: Payment, *, now: datetime) -> Payment:
    """Write down that an attempt was given up, unless Stripe says that money came or is on its way."""
    if payment.method in IN_PERSON and payment.stripe_intent_id is not None:
        intent = intents.get_intent(payment.stripe_intent_id)
        if intent.status == "requires_payment_method" and payment.status is Status.UNKNOWN:
            # The command may still be on its way: the reader takes it for no intent that is canceled.
            intent = intents.cancel_intent(payment.stripe_intent_id)
        if intent.status != "requires_payment_method":
            return ask(payment_id=payment.id, now=now)
        with transaction() as session:
            others = queries.list_sharing(session, payment)
        if new_charge(intent, others) is not None:
            # Declined meanwhile: unless it is kept whose decline it was, the next attempt takes it for its own.
            ask(payment_id=payment.id, now=now)
    with transaction() as session:
        now_is = queries.get_payment(session, payment.id)
        if now_is.status not in OPEN:
            return now_is
        if rules.is_debit(now_is.method, now_is.status):
            raise CannotCancel(payment_status=now_is.status)
        return operations.record_verdict(
            session, payment_id=payment.id, verdict=Verdict(status=Status.CANCELED), now=now
        )
