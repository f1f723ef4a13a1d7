"""How the chase went, from what was written down of it."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.access.models import Staff
from server.business import queries as business
from server.dunning.rules.pursuing import Effort, costs
from server.reports.queries.numbers import end_of, list_sales, require_past
from server.reports.rules import PERIOD_DAYS, Adherence, Conduct, PromisesKept, months_back
from server.standing import queries as standing

_PROMISES = text("""
    SELECT currency, count(*) FILTER (WHERE status = 'kept') AS kept, count(*) AS decided,
           sum(least(received_minor, amount_minor))::bigint AS received_minor,
           sum(amount_minor)::bigint AS promised_minor
    FROM promises WHERE status IN ('kept', 'partly_kept', 'broken') AND decided_at >= :since AND decided_at < :until
    GROUP BY currency ORDER BY currency
""")
_ADHERENCE = text("""
    SELECT coalesce(claimed_by, 'planner') AS who, step,
           count(*) FILTER (WHERE status = 'done' AND NOT window_missed) AS inside, count(*) AS due
    FROM dunning_actions WHERE closes_on BETWEEN :first AND :last AND status <> 'cancelled'
    GROUP BY 1, 2 ORDER BY 1, 2
""")
_DONE = text("""
    SELECT count(*) FILTER (WHERE kind = 'call_closed') AS calls,
           count(*) FILTER (WHERE kind = 'step_taken' AND facts ->> 'channel' = 'letter') AS letters,
           count(*) FILTER (WHERE kind = 'message_sent' AND facts ->> 'channel' = 'text') AS texts
    FROM contact_log
    WHERE kind IN ('call_closed', 'step_taken', 'message_sent') AND recorded_at >= :since AND recorded_at < :until
""")


def conduct(session: Session, *, on: date, time_zone: str, today: date) -> Conduct:
    """Return how the chase went over the `PERIOD_DAYS` up to a day. Raises DayToCome."""
    require_past(on, today=today)
    first = on - timedelta(days=PERIOD_DAYS - 1)
    moments = {"since": end_of(first - timedelta(days=1), time_zone), "until": end_of(on, time_zone)}
    currency = business.get_profile(session).currency
    sales = list_sales(session, first=months_back(on, 12)[-1][0], last=on, time_zone=time_zone)
    done = session.execute(_DONE, moments).one()
    names = {f"staff:{person.id}": person.name for person in session.scalars(select(Staff))}
    return Conduct(
        promises=[PromisesKept(**row._mapping) for row in session.execute(_PROMISES, moments)],
        adherence=[
            Adherence(who=names.get(row.who, row.who), step=row.step, inside=row.inside, due=row.due)
            for row in session.execute(_ADHERENCE, {"first": first, "last": on})
        ],
        overrides=standing.count_overrides(session, **moments),
        currency=currency,
        cost_minor=costs().total_minor(Effort(calls=done.calls, letters=done.letters, texts=done.texts)),
        late_received_minor=sum(
            minor
            for sale in sales
            if sale.currency == currency
            for day, minor in sale.paid
            if day > sale.due_on and first <= day <= on
        ),
    )
