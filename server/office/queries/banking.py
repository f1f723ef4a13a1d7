"""What the pages of payouts and chargebacks show."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.chargebacks import queries as chargebacks
from server.chargebacks.models import Chargeback
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.office.queries.rows import page_of
from server.payments import queries as payments
from server.payouts import queries as payouts
from server.payouts.models import Payout


def payout_list(session: Session, *, page: int) -> dict[str, Any]:
    """Return payouts, the newest first, with what Stripe still holds, by currency."""
    newest = payouts.payouts_statement().order_by(Payout.created_at.desc(), Payout.id.desc())
    found, is_more = page_of(session, newest, page=page)
    return {
        "payouts": payouts.sheets(session, found),
        "held": ledger.totals(session, Kind.STRIPE),
        "unexplained": ledger.totals(session, Kind.UNEXPLAINED),
        "unassigned": list_unassigned(session),
        "is_more": is_more,
    }


def list_unassigned(session: Session) -> set[str]:
    """Return the charges of cards that wait for somebody to say what they pay."""
    return {each.stripe_charge_id for each in session.scalars(payments.unassigned_statement())}


def chargeback_list(session: Session, *, locale: str, page: int) -> dict[str, Any]:
    """Return chargebacks, those still open first, then the newest, with what banks hold, by currency."""
    newest = chargebacks.chargebacks_statement().order_by(
        Chargeback.closed_at.is_not(None), Chargeback.created_at.desc(), Chargeback.id.desc()
    )
    found, is_more = page_of(session, newest, page=page)
    held = ledger.totals(session, Kind.CHARGEBACKS)
    return {
        "chargebacks": chargebacks.sheets(session, found, locale=locale),
        "held": {currency: minor for currency, minor in held.items() if minor},
        "is_more": is_more,
    }
