"""Questions about tips."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.access.models import Staff
from server.business import queries as business
from server.jobs.rules import day_bounds
from server.ledger import queries as books
from server.ledger.rules import Kind
from server.payments.models import Payment, TipPayout


def tips_of(session: Session, *, first: date, last: date) -> list[dict[str, Any]]:
    """Return what each technician got in tips and was paid of them from a day to another, and what is held for them
    now, by currency, in minor units."""
    zone = business.get_profile(session).time_zone
    since, until = day_bounds(first, zone)[0], day_bounds(last, zone)[1]
    came = select(Payment.tip_for, Payment.currency, func.sum(Payment.tip_minor)).where(
        Payment.tip_minor > 0, Payment.settled_at >= since, Payment.settled_at < until
    )
    went = select(TipPayout.technician_id, TipPayout.currency, func.sum(TipPayout.amount_minor)).where(
        TipPayout.created_at >= since, TipPayout.created_at < until
    )
    received = {
        (row[0], row[1]): int(row[2]) for row in session.execute(came.group_by(Payment.tip_for, Payment.currency))
    }
    paid = {
        (row[0], row[1]): int(row[2])
        for row in session.execute(went.group_by(TipPayout.technician_id, TipPayout.currency))
    }
    names = {person.id: person.name for person in session.scalars(select(Staff))}
    held = books.balances(session, Kind.TIPS, ["", *names])
    keys = received.keys() | paid.keys() | {(who, currency) for who, kept in held.items() for currency in kept}
    return [
        {
            "technician_id": who or None,
            "technician_name": names.get(who),
            "currency": currency,
            "received_minor": received.get((who, currency), 0),
            "paid_out_minor": paid.get((who, currency), 0),
            "held_minor": held.get(who, {}).get(currency, 0),
        }
        for who, currency in sorted(keys)
    ]
