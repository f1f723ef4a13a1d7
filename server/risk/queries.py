"""How customers paid, from the books and the log: a handful of questions however many customers there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, text
from sqlalchemy.orm import Session

from server.core import clock
from server.customers import queries as customers
from server.invoices.models import Invoice
from server.risk import rules
from server.risk.models import ClassChange
from server.risk.rules import Paid, Record
from server.standing import queries as standing
from server.standing.models import CustomerStanding
from server.standing.rules import PayerType, RiskClass

# What was credited nobody paid, on whatever day we said so.
_PAID = """
    SELECT i.customer_id, i.due_on, i.total_minor, max(e.happened_at) AS paid_at
    FROM invoices i JOIN ledger_accounts a ON a.kind = 'receivable' AND a.owner = i.id AND a.currency = i.currency
    JOIN ledger_transfers t ON t.credit_account_id = a.id JOIN ledger_entries e ON e.id = t.entry_id
    WHERE e.reason <> 'invoice_credited'
      AND i.status = 'paid' AND i.kind = 'final' AND i.currency = :currency AND i.issued_on >= :since
      AND i.customer_id = ANY(:customer_ids)
    GROUP BY i.id ORDER BY max(e.happened_at), i.id
"""
_OPEN = """
    SELECT i.customer_id, i.currency, i.created_at, i.due_on,
           EXISTS (SELECT FROM ledger_transfers t JOIN ledger_entries e ON e.id = t.entry_id
                   WHERE t.credit_account_id = a.id AND e.reason <> 'invoice_credited')
           AND i.status = 'partly_paid' AS in_parts,
           (SELECT coalesce(sum(CASE WHEN t.debit_account_id = a.id THEN t.amount_minor ELSE -t.amount_minor END), 0)
            FROM ledger_transfers t WHERE a.id IN (t.debit_account_id, t.credit_account_id))::bigint AS balance_minor
    FROM invoices i JOIN ledger_accounts a ON a.kind = 'receivable' AND a.owner = i.id AND a.currency = i.currency
    WHERE i.status IN ('issued', 'partly_paid') AND i.customer_id = ANY(:customer_ids)
"""
_SIGNALS = """
    SELECT coalesce(l.customer_id, i.customer_id) AS customer_id, l.happened_at,
           CASE WHEN l.kind = 'call_closed' THEN l.facts ->> 'outcome' ELSE l.kind END AS kind
    FROM contact_log l LEFT JOIN invoices i ON i.id = l.invoice_id
    WHERE (l.kind IN ('promise_broken', 'payment_reversed', 'chargeback_lost', 'message_bounced')
           OR l.kind = 'call_closed' AND l.facts ->> 'outcome' = 'wrong_number')
      AND l.recorded_at >= :since
      AND l.facts ->> 'error_code' IS DISTINCT FROM :unsubscribed
      AND (l.kind NOT IN ('message_bounced', 'call_closed') OR NOT EXISTS (
        SELECT FROM contact_log later WHERE later.customer_id = l.customer_id AND later.id > l.id
        AND (later.kind = 'message_sent' OR later.kind IN ('promise_made', 'dispute_opened')
             OR later.kind = 'call_closed' AND later.facts ->> 'outcome' IN ('reached', 'promise', 'dispute'))))
      AND coalesce(l.customer_id, i.customer_id) = ANY(:customer_ids)
"""
_YEAR = timedelta(days=365)
# Twilio's word that somebody answered STOP: they want no texts, and are not lost.
_UNSUBSCRIBED = "21610"


def list_records(
    session: Session, *, customer_ids: Sequence[str], currency: str, time_zone: str, now: datetime
) -> dict[str, Record]:
    """Return how these customers paid in a currency, by id."""
    today = clock.local_date(now, time_zone)
    asked = {"currency": currency, "since": rules.as_of(today), "customer_ids": list(customer_ids)}
    paid: dict[str, list[Paid]] = defaultdict(list)
    for row in session.execute(text(_PAID), asked):
        late = (clock.local_date(row.paid_at, time_zone) - row.due_on).days
        paid[row.customer_id].append(Paid(days_late=late, amount_minor=row.total_minor))
    opened: dict[str, list[Any]] = defaultdict(list)
    for row in session.execute(text(_OPEN), asked):
        if row.balance_minor > 0:
            opened[row.customer_id].append(row)
    signals: dict[str, list[Any]] = defaultdict(list)
    for row in session.execute(text(_SIGNALS), {**asked, "since": now - _YEAR, "unsubscribed": _UNSUBSCRIBED}):
        signals[row.customer_id].append(row)
    return {
        each: _record(paid[each], opened[each], signals[each], currency=currency, today=today) for each in customer_ids
    }


def _record(
    paid: Sequence[Paid], opened: Sequence[Any], signals: Sequence[Any], *, currency: str, today: date
) -> Record:
    since = min((row.created_at for row in opened), default=None)
    here = [row for row in opened if row.currency == currency]
    return Record(
        paid=paid,
        running=[late for row in here if (late := (today - row.due_on).days) > 0],
        open_minor=sum(row.balance_minor for row in here),
        in_parts=any(row.in_parts for row in opened),
        broken_promises=sum(row.kind == "promise_broken" for row in signals),
        signals=[row.kind for row in signals if since is not None and row.happened_at >= since],
    )


def list_invoiced(session: Session) -> list[str]:
    """Return every customer who ever got an invoice."""
    return list(session.scalars(select(Invoice.customer_id).distinct().order_by(Invoice.customer_id)))


def list_restricted(session: Session) -> list[str]:
    """Return who may be released by what they pay: those whose class or balance stands against them."""
    known = CustomerStanding
    policy = standing.get_policy(session)
    limits = [(each, of.limit_minor) for each in RiskClass if (of := policy.of(each)).limit_minor is not None]
    restricted = select(known.customer_id).where(
        or_(
            known.risk_class.in_([RiskClass.HIGH, RiskClass.DETERIORATING]),
            known.slips,
            known.open_minor > known.agreed_limit_minor,
            *(and_(known.risk_class == each, known.open_minor > limit_minor) for each, limit_minor in limits),
        )
    )
    return list(session.scalars(restricted.order_by(known.customer_id)))


def list_changes(session: Session, customer_id: str) -> Sequence[ClassChange]:
    """Return how a customer's class changed, the newest first."""
    wanted = select(ClassChange).where(ClassChange.customer_id == customer_id)
    return session.scalars(wanted.order_by(ClassChange.changed_at.desc(), ClassChange.id.desc())).all()


def get_sheet(session: Session, customer_id: str, *, locale: str, now: datetime) -> dict[str, Any]:
    """Return how a customer pays and on what terms we work for them, with the words that explain it. Raises
    CustomerNotFound."""
    customers.get_customer(session, customer_id)
    known = standing.find_standing(session, customer_id)
    risk_class, facts = (known.risk_class, known.facts) if known else (RiskClass.NEW_UNKNOWN, {})
    return {
        "customer_id": customer_id,
        "risk_class": risk_class,
        "explanation": rules.explain(locale, risk_class, facts),
        "since_at": known.since_at if known else None,
        "reviewed_at": known.reviewed_at if known else None,
        "payer_type": known.payer_type if known else PayerType.UNKNOWN,
        "suggested_payer_type": known.suggested_payer_type if known else PayerType.UNKNOWN,
        "agreed": {
            "limit_minor": known.agreed_limit_minor if known else None,
            "up_front_percent": known.agreed_up_front_percent if known else None,
            "do_not_book": known.agreed_do_not_book if known else None,
        },
        "terms": standing.get_terms(session, customer_id, now=now),
        "overrides": standing.list_overrides(session, customer_id),
        "proposals": standing.list_proposals(session, customer_id=customer_id),
        "history": [
            {
                "was": change.was,
                "became": change.became,
                "explanation": rules.explain(locale, RiskClass(change.became), change.facts),
                "changed_at": change.changed_at,
            }
            for change in list_changes(session, customer_id)
        ],
    }
