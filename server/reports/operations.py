"""Send the report of a week to whoever decides."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from server.access import queries as access
from server.business import queries as business
from server.core import clock, config, words
from server.invoices import rules as invoice_rules
from server.messages import operations as messages
from server.messages import queries as message_queries
from server.messages.rules import WeeklyReport
from server.reports import queries, rules

# Monday morning, by the business's clocks.
_SENT_AT_HOUR = 6


def send_weekly(session: Session, *, now: datetime) -> int:
    """Write the report of the last week that is over to each supervisor and owner, once; return how many were written.

    Nothing is written before the first invoice, and nothing of a week before its Monday morning.
    """
    profile = business.get_profile(session)
    today = clock.local_date(now, profile.time_zone)
    last = rules.last_day(today) - rules.WEEK
    if _is_too_early(now, profile.time_zone, last=last):
        last -= rules.WEEK  # told late rather than never, where nobody was up last Monday
    if not queries.has_sales(session, until=last):
        return 0
    keys = {f"weekly:{last}:{person.id}": person for person in access.list_told(session)}
    written = message_queries.list_keys(session, keys)
    waiting = {key: person for key, person in keys.items() if key not in written}
    if not waiting:
        return 0
    weekly = queries.weekly(session, on=last, time_zone=profile.time_zone, today=today)
    for key, person in waiting.items():
        locale = words.locale_for(person.language, profile.country)
        messages.write(
            session,
            key=key,
            content=WeeklyReport(
                subject=rules.headline(weekly, locale),
                customer_name=person.name,
                sections=rules.sections(weekly, locale),
                page_url=f"{config.current().public_url}/office/numbers/weekly?on={last}",
            ),
            sender=invoice_rules.sender(profile.seller),
            to=person.email,
            locale=locale,
            customer_id=None,
            now=now,
        )
    return len(waiting)


def _is_too_early(now: datetime, time_zone: str, *, last: date) -> bool:
    there = now.astimezone(ZoneInfo(time_zone))
    return (there.date() - last).days == 1 and there.hour < _SENT_AT_HOUR
