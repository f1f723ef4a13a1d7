"""The report of any past week, from what was known when it ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from server.dunning.queries import curves
from server.reports.queries.numbers import end_of, list_open, list_sales, require_past
from server.reports.rules import PERIOD_DAYS, WEEK, days_of_sales, expected_recovery_minor, last_day
from server.reports.rules.formulas import Open, Sale
from server.reports.rules.weekly import COUNTED, LATEST, ClassMove, Count, Figure, LateCustomer, Weekly, WeekMoney

_RECEIVED = text("""
    SELECT t.currency, sum(t.amount_minor)::bigint AS minor FROM ledger_entries e
    JOIN ledger_transfers t ON t.entry_id = e.id
    JOIN ledger_accounts a ON a.id = t.credit_account_id AND a.kind = 'receivable'
    WHERE e.reason = 'payment_received' AND e.recorded_at >= :since AND e.recorded_at < :until
    GROUP BY t.currency
""")
_COUNTS = text("""
    SELECT kind, count(*) FILTER (WHERE recorded_at >= :since) AS now,
           count(*) FILTER (WHERE recorded_at < :since) AS before
    FROM contact_log WHERE kind = ANY(:kinds) AND recorded_at >= :earlier AND recorded_at < :until GROUP BY kind
""")
# Whose case was open then: the last word of the log about it.
_IN_CASE = text("""
    SELECT customer_id, currency FROM (
      SELECT DISTINCT ON (case_id) customer_id, facts ->> 'currency' AS currency, kind FROM contact_log
      WHERE kind IN ('case_opened', 'case_changed', 'case_closed') AND recorded_at < :until
      ORDER BY case_id, id DESC
    ) last WHERE kind <> 'case_closed'
""")
_MOVES = text("""
    SELECT DISTINCT ON (l.customer_id) l.customer_id, c.name, l.facts ->> 'was' AS was, l.facts ->> 'became' AS became
    FROM contact_log l JOIN customers c ON c.id = l.customer_id
    WHERE l.kind = 'class_changed' AND l.recorded_at >= :since AND l.recorded_at < :until
    ORDER BY l.customer_id, l.id DESC
""")
_HEAD = text("""
    SELECT sequence, hash FROM contact_log WHERE recorded_at < :until AND sequence IS NOT NULL
    ORDER BY sequence DESC LIMIT 1
""")


def weekly(session: Session, *, on: date, time_zone: str, today: date) -> Weekly:
    """Return the report of the week of a day, which must be over. Raises DayToCome."""
    last = last_day(on)
    require_past(last, today=today - timedelta(days=1))
    until, since, earlier = (end_of(last - weeks * WEEK, time_zone) for weeks in (0, 1, 2))
    moments = {"since": since, "until": until, "earlier": earlier}
    now = _Then(session, last, time_zone)
    before = _Then(session, last - WEEK, time_zone)
    counts = {row.kind: row for row in session.execute(_COUNTS, {**moments, "kinds": list(COUNTED)})}
    head = session.execute(_HEAD, moments).first()
    return Weekly(
        first=last - WEEK + timedelta(days=1),
        last=last,
        money=tuple(_money(now, before, currency) for currency in sorted({*now.currencies, *before.currencies})),
        counts=tuple(
            Count(kind=kind, now=counts[kind].now, before=counts[kind].before)
            if kind in counts
            else Count(kind=kind, now=0, before=0)
            for kind in COUNTED
        ),
        late=_latest(now, before),
        moves=tuple(ClassMove(**row._mapping) for row in session.execute(_MOVES, moments)),
        log_sequence=head.sequence if head else 0,
        log_hash=head.hash if head else "",
    )


class _Then:
    """What was known at the end of a day, and what the week up to it brought, by currency."""

    def __init__(self, session: Session, last: date, time_zone: str) -> None:
        until = end_of(last, time_zone)
        self.last = last
        self.open = _split(list_open(session, on=last, time_zone=time_zone, as_known=True))
        first = last - timedelta(days=PERIOD_DAYS - 1)
        self.sales = _split(list_sales(session, first=first, last=last, time_zone=time_zone, known_until=until))
        self.received = _received(session, since=end_of(last - WEEK, time_zone), until=until)
        self.in_case = {(row.customer_id, row.currency) for row in session.execute(_IN_CASE, {"until": until})}
        self.shares = curves(session, on=last)
        self.currencies = {*self.open, *self.sales, *self.received}

    def past_due(self, currency: str) -> dict[str, int]:
        """What each customer, by id, was past due on."""
        owed: dict[str, int] = defaultdict(int)
        for one in self.open.get(currency, ()):
            if one.due_on < self.last:
                owed[one.customer_id] += one.balance_minor
        return owed

    def figures(self, currency: str) -> dict[str, int]:
        """The week's amounts by name."""
        opened: list[Open] = self.open.get(currency, [])
        week = [sale for sale in self.sales.get(currency, ()) if sale.issued_on > self.last - WEEK]
        over_90 = [one for one in opened if (self.last - one.due_on).days > 90]
        in_case = [one for one in opened if (one.customer_id, currency) in self.in_case]
        return {
            "open": sum(one.balance_minor for one in opened),
            "past_due": sum(self.past_due(currency).values()),
            "over_90": sum(one.balance_minor for one in over_90),
            "in_collection": sum(one.balance_minor for one in in_case),
            "invoiced": sum(sale.total_minor for sale in week),
            "received": self.received.get(currency, 0),
            "on_site": sum(sale.on_site_minor for sale in week),
            "expected": expected_recovery_minor(opened, shares=self.shares[currency], on=self.last),
        }

    def dso(self, currency: str) -> Any:
        """Days of sales outstanding over 90 days."""
        sales: list[Sale] = self.sales.get(currency, [])
        credit_minor = sum(sale.on_credit_minor for sale in sales)
        return days_of_sales(self.figures(currency)["open"], credit_minor, days=PERIOD_DAYS)


def _money(now: _Then, before: _Then, currency: str) -> WeekMoney:
    then = before.figures(currency)
    return WeekMoney(
        currency=currency,
        figures=tuple(
            Figure(name=name, now_minor=minor, before_minor=then[name]) for name, minor in now.figures(currency).items()
        ),
        dso_days=now.dso(currency),
        dso_before_days=before.dso(currency),
    )


def _latest(now: _Then, before: _Then) -> tuple[LateCustomer, ...]:
    found = []
    for currency in sorted(now.open):
        names = {one.customer_id: one.customer_name for one in now.open[currency]}
        then = before.past_due(currency)
        owed = sorted(now.past_due(currency).items(), key=lambda row: (-row[1], row[0]))
        found += [
            LateCustomer(
                customer_id=customer_id,
                name=names[customer_id],
                currency=currency,
                past_due_minor=minor,
                before_minor=then.get(customer_id, 0),
            )
            for customer_id, minor in owed[:LATEST]
            if minor > 0
        ]
    return tuple(found)


def _received(session: Session, *, since: datetime, until: datetime) -> Mapping[str, int]:
    rows = session.execute(_RECEIVED, {"since": since, "until": until})
    return {row.currency: row.minor for row in rows}


def _split(found: Iterable[Any]) -> dict[str, list[Any]]:
    by_currency: dict[str, list[Any]] = defaultdict(list)
    for one in found:
        by_currency[one.currency].append(one)
    return by_currency
