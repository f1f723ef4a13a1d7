"""Until when debts can be sued for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import clock
from server.core.database import among
from server.customers import queries as customers
from server.dunning.models import LimitationAct
from server.invoices import queries as invoices
from server.invoices.models import Invoice
from server.invoices.rules import UNPAID
from server.law import queries as law
from server.law import rules as law_rules
from server.law.rules import Interruption
from server.ledger.models import Account, Entry, Transfer
from server.ledger.rules import Kind

# No alarm of any row rings before a debt is this old: the shortest period is 2 years, the first alarm 180 days before.
YOUNGEST = timedelta(days=500)


def list_alarms(session: Session, *, now: datetime) -> list[dict[str, Any]]:
    """Return the unpaid invoices whose limitation rings an alarm, or is over, the first to end first."""
    today = clock.local_date(now, business.get_profile(session).time_zone)
    old = select(Invoice).where(Invoice.status.in_(UNPAID), Invoice.issued_on < today - YOUNGEST)
    found = limitations(session, list(session.scalars(old)), now=now)
    return sorted((each for each in found if each["alarm"] is not None), key=lambda each: each["ends_on"])


def limitation_of(session: Session, invoice_id: str, *, now: datetime) -> dict[str, Any]:
    """Return until when one invoice can be sued for, with its acts. Raises NoSuchInvoice."""
    return limitations(session, [invoices.get_invoice(session, invoice_id)], now=now)[0]


def limitations(session: Session, of: Sequence[Invoice], *, now: datetime) -> list[dict[str, Any]]:
    """Return until when these invoices can be sued for; a handful of questions however many they are.

    A row that nobody reviewed warns all the same: an alarm harms nobody.
    """
    today = clock.local_date(now, business.get_profile(session).time_zone)
    people = customers.list_by_id(session, {invoice.customer_id for invoice in of})
    places = law.places_of(session, people.values(), today=today)
    ids = [invoice.id for invoice in of]
    acts, payments = _acts(session, ids), _payments(session, ids, time_zone=business.get_profile(session).time_zone)
    sheets = []
    for invoice in of:
        noted = [(act.kind, act.happened_on) for act in acts.get(invoice.id, ())]
        found = law_rules.limitation(
            places[invoice.customer_id].place.row,
            kind=people[invoice.customer_id].kind,
            anchors={"due_on": invoice.due_on, "issued_on": invoice.issued_on, "service_on": invoice.service_on},
            acts=[*noted, *((Interruption.PAYMENT, day) for day in payments.get(invoice.id, ()))],
            on=today,
        )
        said = {name: getattr(found, name) for name in ("row", "source", "began_on", "began_by", "ends_on")}
        sheets.append(
            {
                "invoice_id": invoice.id,
                "number": invoice.number,
                "customer_id": invoice.customer_id,
                "customer_name": people[invoice.customer_id].name,
                **said,
                "is_on": places[invoice.customer_id].is_on and found.row == places[invoice.customer_id].place.row.key,
                "alarm": found.alarm(today),
                "acts": acts.get(invoice.id, []),
            }
        )
    return sheets


def _acts(session: Session, invoice_ids: Collection[str]) -> dict[str, list[LimitationAct]]:
    found: dict[str, list[LimitationAct]] = defaultdict(list)
    noted = select(LimitationAct).where(among(LimitationAct.invoice_id, invoice_ids))
    for act in session.scalars(noted.order_by(LimitationAct.happened_on, LimitationAct.id)):
        found[act.invoice_id].append(act)
    return found


def _payments(session: Session, invoice_ids: Collection[str], *, time_zone: str) -> dict[str, list[date]]:
    """Return on which days something was paid on each of these invoices."""
    found: dict[str, list[date]] = defaultdict(list)
    paid = (
        select(Account.owner, Entry.happened_at)
        .join(Transfer, Transfer.credit_account_id == Account.id)
        .join(Entry, Entry.id == Transfer.entry_id)
        .where(Account.kind == Kind.RECEIVABLE, among(Account.owner, invoice_ids), Entry.reason == "payment_received")
    )
    for owner, at in session.execute(paid):
        found[owner].append(clock.local_date(at, time_zone))
    return found
