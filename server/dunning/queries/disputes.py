"""Questions about customers' objections, and about chargebacks as objections made at a bank."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.chargebacks import rules as chargeback_rules
from server.chargebacks.models import Chargeback
from server.core.database import among
from server.core.errors import NotFound
from server.dunning.models import Dispute
from server.dunning.rules import DisputeStatus
from server.payments import queries as payments
from server.payments.models import Payment


class NoSuchDispute(NotFound):
    """There is no such dispute."""

    code = "dispute_not_found"


def get_dispute(session: Session, dispute_id: str, *, lock: bool = False) -> Dispute:
    """Return an objection, locked where asked. Raises NoSuchDispute."""
    found = session.get(Dispute, dispute_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NoSuchDispute
    return found


def disputed_minor(session: Session, invoice_ids: Collection[str]) -> dict[str, int]:
    """Return how much of each of these invoices is objected to and not decided, in minor units."""
    opened = select(Dispute.invoice_id, Dispute.amount_minor).where(
        Dispute.status == DisputeStatus.OPEN, among(Dispute.invoice_id, invoice_ids)
    )
    return {row.invoice_id: row.amount_minor for row in session.execute(opened)}


def list_disputes(session: Session, invoice_ids: Collection[str]) -> list[Dispute]:
    """Return every objection to these invoices, the latest first."""
    wanted = select(Dispute).where(among(Dispute.invoice_id, invoice_ids))
    return list(session.scalars(wanted.order_by(Dispute.opened_at.desc(), Dispute.id)))


def list_open_chargebacks(session: Session, invoice_ids: Collection[str]) -> list[tuple[Chargeback, str]]:
    """Return the chargebacks no bank has decided of payments of these invoices, each with its invoice.

    What a bank holds is not owed until it decides, so there is nothing of it to demand; the books say when there is.
    """
    if not invoice_ids:
        return []
    rows = session.execute(
        select(Chargeback, Payment)
        .join(Payment, Payment.id == Chargeback.payment_id)
        .where(payments.covering(invoice_ids), Chargeback.status.not_in(chargeback_rules.CLOSED))
        .order_by(Chargeback.created_at, Chargeback.id)
    )
    return [(chargeback, payment.lead_id) for chargeback, payment in rows]
