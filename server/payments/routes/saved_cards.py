"""HTTP for the cards that customers let us keep."""

from __future__ import annotations

from typing import Any

from schemas import payments as wire
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock
from server.core.database import transaction
from server.core.paging import page
from server.invoices import queries as invoices
from server.payments import models, operations, queries
from server.payments.routes.blueprint import blueprint


@blueprint.get("/invoices/<invoice_id>/card_consent")
@allow(Role.TECHNICIAN, Role.OFFICE)
@blueprint.arguments(wire.ConsentFilter, location="query")
@blueprint.response(200, wire.ConsentText)
def card_consent(wanted: dict[str, Any], invoice_id: str) -> dict[str, str]:
    """Get what the customer of an invoice agrees to when their card is kept, in their language unless told."""
    with transaction() as session:
        invoice = invoices.get_invoice(session, invoice_id, technician_id=caller().technician_id)
        return queries.consent_of(session, language=wanted["language"] or invoice.language)


@blueprint.get("/customers/<customer_id>/saved_cards")
@allow(Role.OFFICE)
@blueprint.arguments(wire.SavedCardFilter, location="query")
@blueprint.response(200, wire.SavedCardList)
def list_saved_cards(wanted: dict[str, Any], customer_id: str) -> dict[str, Any]:
    """List the consents of a customer and the cards kept by them, those taken back too."""
    with transaction() as session:
        return page(session, queries.saved_cards_statement(customer_id), by=models.SavedCard, **wanted)


@blueprint.post("/saved_cards/<card_id>/withdrawal")
@allow(Role.OFFICE)
@blueprint.response(200, wire.SavedCard)
def withdraw(card_id: str) -> models.SavedCard:
    """Take a consent back on the customer's behalf: the card is not charged any more, and Stripe forgets it."""
    with transaction() as session:
        return operations.withdraw_card(session, card_id=card_id, withdrawn_by=caller().principal, now=clock.now())
