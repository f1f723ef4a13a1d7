"""Write down that a customer lets us keep a card, the card, and that they no longer do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.core import ids, queue
from server.core.errors import Conflict, Unacceptable
from server.gateway.intents import Charge
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.messages.rules import ConfirmationNotice
from server.payments import queries
from server.payments.models import Payment, SavedCard
from server.payments.rules import Consent, Method, Status


class ConsentChanged(Unacceptable):
    """This is not the text that the customer agrees to. Show them the current one."""

    code = "consent_changed"


class SavedCardGone(Conflict):
    """This card is not kept any more, or was never kept: it cannot be charged."""

    code = "saved_card_gone"


def keep_consent(session: Session, *, payment: Payment, invoice: Invoice, consent: Consent, now: datetime) -> None:
    """Write down that the customer agreed, with the words they saw, before they pay; once for each payment.

    Raises ConsentChanged.
    """
    shown = queries.consent_of(session, language=consent.language)
    if shown["text_sha256"] != consent.text_sha256:
        raise ConsentChanged
    if payment.status is not Status.CREATED or queries.find_consent(session, payment.id) is not None:
        return
    session.add(
        SavedCard(
            id=ids.derived("card", payment.id),
            customer_id=invoice.customer_id,
            payment_id=payment.id,
            consent_text=shown["text"],
            consent_sha256=consent.text_sha256,
            consent_language=consent.language,
            consent_channel=consent.channel,
            consented_by=consent.said_by,
            created_at=now,
        )
    )
    session.flush()


def attach_customer(session: Session, *, card_id: str, stripe_customer_id: str) -> None:
    """Write down for which of Stripe's customers a card is kept."""
    queries.get_saved_card(session, card_id, lock=True).stripe_customer_id = stripe_customer_id


def save_card(session: Session, *, payment: Payment, charge: Charge, now: datetime) -> None:
    """Write down the card that a payment kept, if its customer agreed; it is let go at once if they changed their
    mind meanwhile. A card that Stripe could not keep, as Interac's, leaves the consent without one."""
    consent = queries.find_consent(session, payment.id, lock=True)
    if consent is None or charge.kept is None or consent.saved_at is not None:
        return
    consent.stripe_method_id = charge.kept.method_id
    consent.brand, consent.last4 = charge.brand, charge.last4
    consent.exp_month, consent.exp_year = charge.kept.exp_month, charge.kept.exp_year
    consent.saved_at = now
    if consent.withdrawn_at is not None:
        queue.defer(session, "payments.let_card_go", card_id=consent.id)


def withdraw_card(session: Session, *, card_id: str, withdrawn_by: str, now: datetime) -> SavedCard:
    """Take a consent back: from now on the card is not charged, and Stripe lets go of it. Again changes nothing.

    Raises NoSuchSavedCard.
    """
    card = queries.get_saved_card(session, card_id, lock=True)
    if card.withdrawn_at is None:
        card.withdrawn_at, card.withdrawn_by = now, withdrawn_by
        if card.stripe_method_id is not None:
            queue.defer(session, "payments.let_card_go", card_id=card.id)
    return card


def require_chargeable(session: Session, *, card_id: str, invoice: Invoice) -> SavedCard:
    """Return a card that may be charged for an invoice: its customer's own. Raises NoSuchSavedCard, SavedCardGone."""
    card = queries.get_saved_card(session, card_id, lock=True)
    if card.customer_id != invoice.customer_id:
        raise queries.NoSuchSavedCard
    if card.saved_at is None or card.withdrawn_at is not None:
        raise SavedCardGone
    return card


def mark_charging(session: Session, *, payment_id: str, now: datetime) -> Payment:
    """Write down that a saved card is about to be charged."""
    payment, _ = queries.get_locked(session, payment_id)
    payment.sent_at = now
    return payment


def follow_charge(session: Session, *, payment: Payment, now: datetime) -> Payment:
    """Ask the customer, once, to pay by their link where the bank wants to see them."""
    wanted = payment.method is Method.CARD_ON_FILE and payment.failure_code == "authentication_required"
    if not wanted or payment.saved_card_id is None:
        return payment
    card = queries.get_saved_card(session, payment.saved_card_id)
    invoice = invoices.get_invoice(session, payment.lead_id)
    invoice_operations.tell(
        session,
        invoice,
        key=f"confirm:{payment.id}",
        content=ConfirmationNotice(
            number=invoice.number,
            customer_name=invoice.buyer["name"],
            amount_minor=payment.amount_minor,
            balance_minor=invoices.balance_of(session, invoice),
            currency=payment.currency,
            card_brand=card.brand or "",
            card_last4=card.last4 or "",
            pay_url=invoices.find_pay_url(session, invoice),
        ),
        now=now,
    )
    return payment
