"""Write down cards that a phone took on its own: without network, or through an app that asked only Stripe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.core import ids, queue
from server.core.errors import Conflict, Unacceptable
from server.gateway.intents import Charge, Intent
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.ledger import operations as ledger
from server.ledger.operations import Move
from server.ledger.rules import Kind
from server.payments import queries, rules
from server.payments.models import Payment, UnassignedPayment, UnnamedHold
from server.payments.operations import beyond, receipting
from server.payments.operations.collecting import entry_id, keep_card, lands_in, record_success, record_verdict
from server.payments.operations.following import follow
from server.payments.operations.tips import take_tip
from server.payments.rules import OPEN, Method, Status, Verdict


class AlreadyAssigned(Conflict):
    """This money was assigned to another invoice already."""

    code = "already_assigned"


class CurrenciesDiffer(Unacceptable):
    """This money is in another currency than the invoice."""

    code = "currencies_differ"


@dataclass(frozen=True, kw_only=True)
class TakenUp:
    """What became of a forwarded PaymentIntent: the payment it is now, if any, and the intent that must not take or
    hold money any more."""

    payment: Payment | None = None
    to_cancel: str | None = None


def take_up(session: Session, *, intent: Intent, now: datetime) -> TakenUp:
    """Count a PaymentIntent that we did not make, once: for the payment or the invoice its metadata names.

    The first to succeed for a payment is that payment. Every further one is a double: its money becomes the customer's
    credit and goes back by rule, in the same transaction. One that names nothing of ours is kept for the office.
    """
    end_hold(session, intent_id=intent.id, now=now)
    named = queries.find_payment(session, intent.payment_id or "")
    if named is not None:
        named, invoice = queries.get_locked(session, named.id)
    else:
        found = invoices.find_locked(session, intent.invoice_id or "")
        if found is None:
            return _set_aside(session, intent, now=now)
        invoice = found
    known = queries.find_by_intent(session, intent.id)
    if known is not None:
        still_held = known.failure_code == rules.DOUBLE_RELEASED and intent.status == "requires_capture"
        return TakenUp(to_cancel=intent.id if still_held else None)
    if intent.currency != invoice.currency:
        return _set_aside(session, intent, now=now)
    if named is not None and _has_money(named):
        return _double(session, named, invoice, intent, now=now)
    return _first(session, named, invoice, intent, now=now)


def _has_money(named: Payment) -> bool:
    """Say whether a card paid already, or holds the amount: a hold that ended leaves nothing to be doubled."""
    return named.status is Status.SUCCEEDED or (named.capture_before is not None and named.status in OPEN)


def note_declined(session: Session, *, intent: Intent, now: datetime) -> None:
    """Write down, once, that a bank declined a card which a phone took on its own, perhaps without network and long
    after the customer saw it go through: an attempt that failed, of the invoice its metadata names. It holds no intent,
    so that whatever comes of that later still counts."""
    charge = intent.charge
    if not intent.in_person or charge is None or charge.status != "failed":
        return
    named = queries.find_payment(session, intent.payment_id or "")
    invoice = invoices.find_locked(session, named.invoice_id if named else intent.invoice_id or "")
    if invoice is None or intent.currency != invoice.currency or queries.is_known_intent(session, intent.id):
        return
    payment_id = ids.derived("pay", "declined", charge.id)
    if queries.find_payment(session, payment_id) is not None:
        return
    declined = _row(payment_id, invoice, intent, status=Status.FAILED, now=now)
    declined.stripe_intent_id, declined.failure_code = None, "forwarded_declined"
    keep_card(declined, charge)
    session.add(declined)
    session.flush()
    receipting.tell_declined(session, declined, charge=charge, now=now)


def _first(session: Session, named: Payment | None, invoice: Invoice, intent: Intent, *, now: datetime) -> TakenUp:
    """Let the intent be the payment; what was made for the same payment before must take nothing any more."""
    held = intent.status == "requires_capture"
    if held and (named.status in rules.GIVEN_UP if named else queries.list_open(session, invoice.id)):
        return TakenUp(to_cancel=intent.id)  # the same money is being collected otherwise, or was given up
    before = named.stripe_intent_id if named else None
    if named is None:
        payment_id = intent.payment_id or ids.derived("pay", "forwarded", intent.id)
        named = _row(payment_id, invoice, intent, status=Status.CREATED if held else Status.FAILED, now=now)
        session.add(named)
    named.stripe_intent_id = intent.id
    session.flush()
    follow(session, named)
    if held:
        named.amount_minor = intent.amount_minor - intent.tip_minor
        verdict = Verdict(status=Status.PROCESSING, capture_before=intent.capture_before)
        record_verdict(session, payment_id=named.id, verdict=verdict, charge=intent.charge, now=now)
    else:
        kept_minor = take_tip(
            session, payment=named, invoice=invoice, tip_minor=intent.tip_minor, of_minor=intent.received_minor
        )
        record_success(
            session,
            payment=named,
            invoice=invoice,
            received_minor=kept_minor,
            charge=intent.charge,
            now=now,
        )
    return TakenUp(payment=named, to_cancel=before)


def _double(session: Session, first: Payment, invoice: Invoice, intent: Intent, *, now: datetime) -> TakenUp:
    held = intent.status == "requires_capture"
    double = _row(ids.derived("pay", "double", intent.id), invoice, intent, status=Status.CANCELED, now=now)
    double.double_of = first.id
    if intent.charge is not None:
        keep_card(double, intent.charge)
    session.add(double)
    if held:
        double.failure_code = rules.DOUBLE_RELEASED
        session.flush()
        return TakenUp(payment=double, to_cancel=intent.id)
    double.status = Status.SUCCEEDED
    double.amount_minor = double.beyond_minor = intent.received_minor
    session.flush()
    ledger.post(
        session,
        entry_id=entry_id(double),
        reason="payment_received",
        about=invoice.id,
        currency=double.currency,
        moves=[Move(double.amount_minor, debit=lands_in(double), credit=(Kind.CUSTOMER_CREDIT, invoice.customer_id))],
        happened_at=now,
        now=now,
    )
    beyond.give_back_by_rule(session, double, rule=rules.DOUBLE_RULE, now=now)
    return TakenUp(payment=double)


def _row(payment_id: str, invoice: Invoice, intent: Intent, *, status: Status, now: datetime) -> Payment:
    return Payment(
        id=payment_id,
        invoice_id=invoice.id,
        method=Method.MOBILE_READER,
        status=status,
        amount_minor=intent.amount_minor - intent.tip_minor,
        currency=intent.currency,
        taken_by="stripe",
        stripe_intent_id=intent.id,
        created_at=now,
        settled_at=None if status is Status.CREATED else now,
    )


def _set_aside(session: Session, intent: Intent, *, now: datetime) -> TakenUp:
    """Keep money for the office to assign: what was taken in person. Anything else on the account is not ours."""
    charge = intent.charge
    if intent.capture_before is not None and charge is not None and intent.in_person:
        _note_hold(session, intent, charge, intent.capture_before, now=now)
    if intent.status == "succeeded" and charge is not None and charge.kind in ("card_present", rules.INTERAC):
        row = {
            "id": intent.id,
            "amount_minor": intent.received_minor,
            "tip_minor": rules.tip_within(intent.tip_minor, received_minor=intent.received_minor),
            "currency": intent.currency,
            "words": intent.words,
            "card_kind": charge.kind,
            "card_brand": charge.brand,
            "card_last4": charge.last4,
            "stripe_charge_id": charge.id,
            "created_at": now,
        }
        session.execute(insert(UnassignedPayment).values(row).on_conflict_do_nothing())
    return TakenUp()


def _note_hold(session: Session, intent: Intent, charge: Charge, capture_before: datetime, *, now: datetime) -> None:
    held = insert(UnnamedHold).values(
        id=intent.id,
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        words=intent.words,
        card_brand=charge.brand,
        card_last4=charge.last4,
        capture_before=capture_before,
        created_at=now,
    )
    again = {"ended_at": None, "capture_before": capture_before}
    session.execute(held.on_conflict_do_update(index_elements=["id"], set_=again))


def end_hold(session: Session, *, intent_id: str, now: datetime) -> None:
    """Write down that a card holds an amount for nothing of ours no more, if it did."""
    ended = update(UnnamedHold).where(UnnamedHold.id == intent_id, UnnamedHold.ended_at.is_(None))
    session.execute(ended.values(ended_at=now))


def assign(session: Session, *, unassigned_id: str, invoice_id: str, assigned_by: str, now: datetime) -> Payment:
    """Say which invoice money pays that came without a name; what is more than owed becomes the customer's credit.

    The same again changes nothing. Raises NoSuchInvoice, NoSuchUnassigned, AlreadyAssigned, CurrenciesDiffer.
    """
    invoice = invoices.find_locked(session, invoice_id)
    if invoice is None:
        raise invoices.NoSuchInvoice
    waiting = queries.get_unassigned(session, unassigned_id, lock=True)
    if waiting.payment_id is not None:
        payment = queries.get_payment(session, waiting.payment_id)
        if payment.invoice_id != invoice_id:
            raise AlreadyAssigned
        return payment
    if waiting.currency != invoice.currency:
        raise CurrenciesDiffer(currency=waiting.currency)
    payment = Payment(
        id=ids.derived("pay", "assigned", waiting.id),
        invoice_id=invoice.id,
        method=Method.MOBILE_READER,
        status=Status.FAILED,
        amount_minor=waiting.amount_minor,
        currency=waiting.currency,
        taken_by=assigned_by,
        stripe_intent_id=waiting.id,
        stripe_charge_id=waiting.stripe_charge_id,
        card_kind=waiting.card_kind,
        card_brand=waiting.card_brand,
        card_last4=waiting.card_last4,
        created_at=now,
        settled_at=now,
    )
    session.add(payment)
    session.flush()
    kept_minor = take_tip(
        session, payment=payment, invoice=invoice, tip_minor=waiting.tip_minor, of_minor=waiting.amount_minor
    )
    record_success(session, payment=payment, invoice=invoice, received_minor=kept_minor, charge=None, now=now)
    # What Stripe gave back of it meanwhile was nobody's until now.
    queue.defer(session, "payments.look_at_refunds", intent_id=waiting.id)
    waiting.payment_id, waiting.assigned_by, waiting.assigned_at = payment.id, assigned_by, now
    session.flush()
    return payment
