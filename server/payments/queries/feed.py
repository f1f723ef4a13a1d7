"""Whether what we know of payments is fresh enough to chase, or to charge for paying late, by it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

# Longer than the slowest retry of a webhook's task takes, and short enough that nobody is chased by old news.
STALE_AFTER = timedelta(minutes=15)
_BEHIND = text(
    "SELECT min(e.received_at) FROM procrastinate_jobs j JOIN stripe_events e ON e.id = j.args->>'event_id'"
    " WHERE j.status IN ('todo', 'doing') AND j.task_name LIKE '%.learn'"
)
_LATE = text("SELECT min(done_at) FROM scheduled_runs WHERE task_name = 'payments.resolve_open'")


def stale_since(session: Session, *, now: datetime) -> datetime | None:
    """Return since when the payment feed is stale, or None while it is fresh.

    It is stale where something Stripe told waits to be understood for `STALE_AFTER`, or the last look at everything
    that is under way ended longer ago than that: a payment may have come that the books do not know. What Stripe did
    not answer about in that look, or we could not take in, holds up its own customer alone.
    """
    moments = (session.execute(_BEHIND).scalar(), session.execute(_LATE).scalar())
    late = [moment for moment in moments if moment is not None and moment < now - STALE_AFTER]
    return min(late, default=None)
