"""Questions about tips."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.access.models import Staff
from server.business import queries as business
from server.jobs.rules import day_bounds
from server.ledger import queries as books
from server.ledger.rules import Kind
from server.payments.models import TipPayout

_LATEST = 10


def tips_of(session: Session, *, first: date, last: date) -> list[dict[str, Any]]:
    """Return what each technician got in tips from a day to another, what of them customers were given back and what
    was paid out, and what is held for them now (below 0 is owed to us), by currency, in minor units."""
    zone = business.get_profile(session).time_zone
    since, until = day_bounds(first, zone)[0], day_bounds(last, zone)[1]
    changed = books.changes(session, Kind.TIPS, since=since, until=until)
    held = books.everybodys(session, Kind.TIPS)
    names = {person.id: person.name for person in session.scalars(select(Staff).where(Staff.id.in_(held)))}
    rows = []
    for who, currency in sorted((who, currency) for who, kept in held.items() for currency in kept):
        by_reason = changed.get((who, currency), {})
        received_minor, paid_out_minor = by_reason.pop("payment_received", 0), -by_reason.pop("tips_paid", 0)
        row = {
            "technician_id": who or None,
            "technician_name": names.get(who),
            "currency": currency,
            "received_minor": received_minor,
            "given_back_minor": -sum(by_reason.values()),
            "paid_out_minor": paid_out_minor,
            "held_minor": held[who][currency],
        }
        if received_minor or paid_out_minor or by_reason or row["held_minor"]:
            rows.append(row)
    return rows


def list_tip_payouts(session: Session) -> list[tuple[TipPayout, str]]:
    """Return the latest payouts of tips, each with who got it, the newest first."""
    latest = select(TipPayout, Staff.name).join(Staff, Staff.id == TipPayout.technician_id)
    newest = latest.order_by(TipPayout.created_at.desc(), TipPayout.id.desc()).limit(_LATEST)
    return [(payout, name) for payout, name in session.execute(newest)]
