"""What the example apps ask for, done with our payments where they say for which invoice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.access.rules import Caller
from server.business import queries as business
from server.core import ids
from server.core.database import transaction
from server.core.errors import Unacceptable
from server.gateway import amounts, intents, terminal
from server.gateway.client import Refused
from server.invoices import queries as invoices
from server.payments import flows as payments
from server.payments import queries
from server.payments.models import Payment
from server.payments.rules import OPEN, Method

Json = dict[str, Any]


class WrongCurrency(Unacceptable):
    """The invoice is in another currency."""

    code = "wrong_currency"


class NotBegun(Unacceptable):
    """The payment did not begin: the card service refused it or did not answer. Nothing was taken."""

    code = "not_begun"


class NotInPerson(Unacceptable):
    """This is not a payment in person."""

    code = "not_in_person"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A payment an app wants to take; without an invoice the money waits for the office to assign it. Apps count as
    Stripe does: `amount` is in its units, and the currency is the business's where none is told."""

    amount: int
    currency: str | None
    kinds: list[str]
    options: dict[str, str]
    capture_later: bool
    words: str
    receipt_email: str | None
    invoice_id: str | None
    payment_id: str | None


def begin(wanted: Wanted, *, caller: Caller, now: datetime) -> Json:
    """Return the PaymentIntent an app collects by: {"intent", "secret"}.

    Raises NoSuchInvoice, WrongCurrency, AmountNotChargeable, NotBegun, what payments.operations.open_payment raises,
    Refused, NotNow, OutcomeUnknown.
    """
    if wanted.invoice_id is None:
        with transaction() as session:
            usual = business.get_profile(session).currency
        return _shown(
            terminal.create_intent(
                amount=wanted.amount,
                currency=wanted.currency or usual,
                kinds=wanted.kinds,
                capture_later=wanted.capture_later,
                options=wanted.options,
                words=wanted.words,
                receipt_email=wanted.receipt_email,
            )
        )
    with transaction() as session:
        invoice = invoices.get_invoice(session, wanted.invoice_id, technician_id=caller.technician_id)
    if wanted.currency and wanted.currency.upper() != invoice.currency:
        raise WrongCurrency(currency=invoice.currency)
    payment = payments.collect(
        payment_id=wanted.payment_id or ids.new("pay", now=now),
        invoice_id=invoice.id,
        method=Method.MOBILE_READER,
        amount_minor=_minor(wanted.amount, invoice.currency),
        capture_later=wanted.capture_later,
        taken_by=caller.principal,
        technician_id=caller.technician_id,
        now=now,
    )
    secret = payments.client_secret(payment, asked_by=caller.principal)
    if secret is None:
        raise NotBegun
    return {"intent": payment.stripe_intent_id, "secret": secret}


def capture(intent_id: str, *, amount: int | None, caller: Caller, now: datetime) -> Json:
    """Take what a card holds, or an `amount` of it in Stripe's units. What is taken already, as Interac at once, is
    answered as it is.

    Raises NoSuchPayment, NotInPerson, what payments.capture raises, Refused, NotNow, OutcomeUnknown.
    """
    payment = _ours(intent_id, caller)
    if payment is not None:
        found = payments.ask(payment_id=payment.id, now=now)
        wanted_minor = None if amount is None else _without_tip(intent_id, _minor(amount, found.currency))
        payments.capture(payment_id=found.id, amount_minor=wanted_minor, technician_id=caller.technician_id, now=now)
    elif _loose(intent_id) != "succeeded":
        terminal.capture_intent(intent_id, amount=amount)
    if payment is None:
        payments.take_up(intent_id=intent_id, now=now)
    return {"intent": intent_id, "secret": intents.get_secret(intent_id)}


def cancel(intent_id: str, *, caller: Caller, now: datetime) -> Json:
    """Let no card pay any more, and let go of what one holds.

    Raises NoSuchPayment, NotInPerson, CannotCancel, Refused, NotNow, OutcomeUnknown.
    """
    payment = _ours(intent_id, caller)
    if payment is not None and payment.status in OPEN:
        payments.cancel(payment_id=payment.id, technician_id=caller.technician_id, now=now)
    elif payment is None:
        _loose(intent_id)
    if intents.cancel_intent(intent_id).status != "canceled":
        raise Refused("payment_intent_unexpected_state", "It has been paid already.")
    return {"intent": intent_id, "secret": intents.get_secret(intent_id)}


def change_receipt(intent_id: str, *, receipt_email: str | None, caller: Caller) -> Json:
    """Change to whom Stripe sends its own receipt. Raises NoSuchPayment, Refused, NotNow, OutcomeUnknown."""
    if _ours(intent_id, caller) is None:
        _loose(intent_id)
    return _shown(terminal.update_intent(intent_id, receipt_email=receipt_email))


def _without_tip(intent_id: str, minor: int) -> int:
    """Return what of an amount to capture is for the invoice: apps count the tip in, as Stripe does. Raises
    AmountTooSmall where the tip alone is more, Refused, NotNow, OutcomeUnknown."""
    held = intents.get_intent(intent_id)
    if minor <= held.tip_minor:
        raise amounts.AmountTooSmall(least_minor=held.tip_minor + 1, currency=held.currency)
    return minor - held.tip_minor


def _minor(amount: int, currency: str) -> int:
    """Return an amount in Stripe's units in our minor ones. Raises AmountNotChargeable where none is the same."""
    minor = amounts.from_stripe(amount, currency)
    if amounts.to_stripe(minor, currency) != amount:
        raise amounts.AmountNotChargeable(step_minor=1, currency=currency)
    return minor


def _ours(intent_id: str, caller: Caller) -> Payment | None:
    """Return the payment that collects by an intent; a technician's alone where one asks. Raises NoSuchPayment."""
    with transaction() as session:
        payment = queries.find_by_intent(session, intent_id)
        if payment is not None:
            queries.get_payment(session, payment.id, technician_id=caller.technician_id)
        return payment


def _loose(intent_id: str) -> str:
    """Return the status of an intent that is no payment of ours. Raises NotInPerson: it is none of a phone's."""
    found = intents.get_intent(intent_id)
    if not found.in_person:
        raise NotInPerson
    return found.status


def _shown(intent: Json) -> Json:
    return {"intent": intent["id"], "secret": intent["client_secret"]}
