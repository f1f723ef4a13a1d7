"""What came in on our own debts by age, and the curve that follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.business import queries as business
from server.dunning.models import RecoveryCohort
from server.dunning.rules.recovery import Cohort, Curve, counted_on, curve
from server.invoices.rules import CREDITED, Kind

# By the day of the business on which money moved, as far as the books knew it then. Requests for money before the work,
# and charges for paying late, are no debts of their own here.
_COUNTED = text("""
    WITH due AS (
      SELECT id, customer_id, currency, due_on, total_minor FROM invoices
      WHERE kind = :kind AND due_on <= :first_end
    ), moved AS (
      SELECT due.id, e.reason, (e.happened_at AT TIME ZONE :time_zone)::date - due.due_on AS age,
             CASE WHEN t.credit_account_id = a.id THEN t.amount_minor ELSE -t.amount_minor END AS minor
      FROM due JOIN ledger_accounts a ON a.kind = 'receivable' AND a.owner = due.id
      JOIN ledger_transfers t ON a.id IN (t.credit_account_id, t.debit_account_id)
      JOIN ledger_entries e ON e.id = t.entry_id AND e.recorded_at < :until
      WHERE e.reason NOT IN ('invoice_issued', 'write_off', 'write_off_reinstated')
    ), watched AS (
      SELECT due.id, due.customer_id, due.currency, due.due_on, span.from_days, span.to_days,
             due.total_minor - coalesce(sum(moved.minor) FILTER (
               WHERE moved.reason = :credited OR moved.age <= span.from_days), 0) AS open_minor,
             coalesce(sum(moved.minor) FILTER (
               WHERE moved.reason <> :credited AND moved.age > span.from_days AND moved.age <= span.to_days), 0) AS came
      FROM due
      JOIN unnest(CAST(:from_days AS int[]), CAST(:to_days AS int[])) AS span(from_days, to_days)
        ON due.due_on + span.to_days <= :on
      LEFT JOIN moved ON moved.id = due.id
      GROUP BY due.id, due.customer_id, due.currency, due.due_on, due.total_minor, span.from_days, span.to_days
    )
    SELECT currency, from_days, to_days, count(*) AS invoices, count(DISTINCT customer_id) AS customers,
           sum(open_minor)::bigint AS open_minor, sum(greatest(least(came, open_minor), 0))::bigint AS collected_minor,
           min(due_on) AS first_on, max(due_on) AS last_on
    FROM watched WHERE open_minor > 0 GROUP BY currency, from_days, to_days ORDER BY currency, from_days
""")


def count_cohorts(session: Session, *, on: date) -> list[Cohort]:
    """Return what came in on our own debts by age and currency, up to the end of a day and as it was known then: asked
    later, it is the same."""
    time_zone, spans = business.get_profile(session).time_zone, curve().spans
    after = datetime.combine(on + timedelta(days=1), time(), ZoneInfo(time_zone))
    asked = {
        "on": on,
        "first_end": on - timedelta(days=spans[0][1]),
        "until": after.astimezone(UTC),
        "time_zone": time_zone,
        "kind": Kind.FINAL,
        "credited": CREDITED,
        "from_days": [start for start, _ in spans],
        "to_days": [end for _, end in spans],
    }
    return [Cohort(**row._mapping) for row in session.execute(_COUNTED, asked)]


def curves(session: Session, *, on: date) -> Mapping[str, Curve]:
    """Return the recovery curve of every currency on a day, our own debts counted up to the end of the month before."""
    day = counted_on(on)
    kept = session.scalars(select(RecoveryCohort).where(RecoveryCohort.counted_on == day)).all()
    found = [Cohort(**{each.name: getattr(row, each.name) for each in fields(Cohort)}) for row in kept]
    by_currency = defaultdict(list)
    # Until they were kept, and where there are none, they are counted here.
    for cohort in sorted(found or count_cohorts(session, on=day), key=lambda cohort: cohort.from_days):
        by_currency[cohort.currency].append(cohort)
    own = {currency: curve().with_own(cohorts) for currency, cohorts in by_currency.items()}
    return defaultdict(curve, own)
