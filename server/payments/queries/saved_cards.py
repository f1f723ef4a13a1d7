"""Questions about the cards that customers let us keep."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core.errors import NotFound
from server.invoices import rules as invoice_rules
from server.payments import rules
from server.payments.models import SavedCard


class NoSuchSavedCard(NotFound):
    """There is no such saved card."""

    code = "saved_card_not_found"


def get_saved_card(session: Session, card_id: str, *, lock: bool = False) -> SavedCard:
    """Return a saved card, or a consent that kept none. Raises NoSuchSavedCard."""
    found = session.get(SavedCard, card_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise NoSuchSavedCard
    return found


def find_consent(session: Session, payment_id: str, *, lock: bool = False) -> SavedCard | None:
    """Return the consent given with a payment, or None."""
    given = select(SavedCard).where(SavedCard.payment_id == payment_id)
    if lock:
        given = given.with_for_update().execution_options(populate_existing=True)
    return session.scalars(given).one_or_none()


def saved_cards_statement(customer_id: str) -> Select[SavedCard]:
    """Return the statement that lists what a customer agreed to, with the cards."""
    return select(SavedCard).where(SavedCard.customer_id == customer_id)


def list_saved_cards(session: Session, customer_ids: Collection[str]) -> list[SavedCard]:
    """Return the cards that may be charged, the latest first."""
    kept = select(SavedCard).where(SavedCard.saved_at.is_not(None), SavedCard.withdrawn_at.is_(None))
    mine = kept.where(SavedCard.customer_id.in_(customer_ids))
    return list(session.scalars(mine.order_by(SavedCard.saved_at.desc(), SavedCard.id)))


def find_stripe_customer(session: Session, customer_id: str) -> str | None:
    """Return Stripe's id of a customer of ours, or None where Stripe knows none yet."""
    known = select(SavedCard.stripe_customer_id).where(
        SavedCard.customer_id == customer_id, SavedCard.stripe_customer_id.is_not(None)
    )
    return session.scalars(known.order_by(SavedCard.created_at).limit(1)).one_or_none()


def consent_of(session: Session, *, language: str) -> dict[str, str]:
    """Return what a customer would agree to today, in fr or en, with its fingerprint."""
    seller = business.get_profile(session).seller
    text = rules.consent_text(invoice_rules.locale(language, seller), business=seller["name"])
    return {"text": text, "text_sha256": rules.text_sha256(text), "language": language}
