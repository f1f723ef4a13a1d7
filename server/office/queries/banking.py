"""What the pages of payouts show."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.office.queries.rows import page_of
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
        "is_more": is_more,
    }
