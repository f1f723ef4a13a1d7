"""What each customer owes, as chasing sees it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ARRAY, ColumnElement, String, and_, any_, func, or_, select, true, tuple_
from sqlalchemy.orm import Session, aliased

from server.business import queries as business
from server.core import clock
from server.dunning import rules
from server.dunning.models import Case
from server.dunning.queries.disputes import disputed_minor
from server.dunning.queries.pauses import list_pauses
from server.dunning.rules import Debt, PauseKind, Status
from server.invoices.models import Invoice
from server.invoices.rules import UNPAID
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments import queries as payment_queries
from server.payments import rules as payments
from server.payments.models import Payment

Debtor = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Open:
    """An unpaid invoice, what it still owes, and how much of that its customer objects to."""

    invoice_id: str
    number: str
    issued_on: date
    due_on: date
    balance_minor: int
    disputed_minor: int

    @property
    def demanded_minor(self) -> int:
        """What may be asked for."""
        return rules.demanded(balance_minor=self.balance_minor, disputed_minor=self.disputed_minor)


def list_open(session: Session, which: ColumnElement[bool], *, for_share: bool = False) -> dict[Debtor, list[Open]]:
    """Return the unpaid invoices that `which` picks, by debtor, the earliest due first.

    Balances are the ledger's, and an invoice without one is left out; `for_share` keeps payments on these invoices
    waiting until the caller's transaction ends; they are locked in the order of their ids, as payments lock them.
    """
    columns = (
        Invoice.id,
        Invoice.number,
        Invoice.customer_id,
        Invoice.currency,
        Invoice.issued_on,
        Invoice.due_on,
    )
    statement = select(*columns).where(Invoice.status.in_(UNPAID), which)
    if for_share:
        statement = statement.order_by(Invoice.id).with_for_update(read=True)
    rows = sorted(session.execute(statement).all(), key=lambda row: (row.due_on, row.number))
    balances = ledger.balances(session, Kind.RECEIVABLE, [row.id for row in rows])
    disputed = disputed_minor(session, [row.id for row in rows])
    found: dict[Debtor, list[Open]] = defaultdict(list)
    for row in rows:
        balance_minor = balances.get(row.id, {}).get(row.currency, 0)
        if balance_minor > 0:
            found[row.customer_id, row.currency].append(
                Open(
                    invoice_id=row.id,
                    number=row.number,
                    issued_on=row.issued_on,
                    due_on=row.due_on,
                    balance_minor=balance_minor,
                    disputed_minor=min(disputed.get(row.id, 0), balance_minor),
                )
            )
    return found


def asked_for(unpaid: Collection[Open], *, today: date) -> list[Open]:
    """Return of which invoices the money may be asked for: what is past due, or before anything is, all of them.

    What is objected to in full is left out.
    """
    owed = [invoice for invoice in unpaid if invoice.demanded_minor]
    return [invoice for invoice in owed if rules.past_due(invoice.due_on, today=today)] or owed


def of_open_cases() -> ColumnElement[bool]:
    """Pick every unpaid invoice of those who have an open case, in its currency.

    They are looked up case by case (`offset` forbids another way): however many others owe, they are not read.
    """
    owed = aliased(Invoice)
    is_theirs = and_(owed.customer_id == Case.customer_id, owed.currency == Case.currency, owed.status.in_(UNPAID))
    theirs = select(owed.id).where(is_theirs).offset(0).lateral()
    chased = select(theirs.c.id).select_from(Case).join(theirs, true()).where(Case.closed_at.is_(None))
    return Invoice.id == any_(func.array(chased.scalar_subquery(), type_=ARRAY(String)))


def of_debtors(debtors: Collection[Debtor]) -> ColumnElement[bool]:
    """Pick every invoice of these."""
    return tuple_(Invoice.customer_id, Invoice.currency).in_(debtors)


def today_of(session: Session, *, now: datetime) -> date:
    """Return the business's day. Raises BusinessMissing."""
    return clock.local_date(now, time_zone_of(session))


def time_zone_of(session: Session) -> str:
    """Return the time zone by which the business counts its days. Raises BusinessMissing."""
    return business.get_profile(session).time_zone


@dataclass(frozen=True, kw_only=True)
class Uncased:
    """Who owes without being chased as they should be: their earliest due day, and the case they had last, if any.

    `case_id` is their open case where that is one before the due date, which is over now.
    """

    customer_id: str
    currency: str
    due_on: date
    case_id: str | None
    last_id: str | None
    last_closed_at: datetime | None
    last_contact_on: date | None


def list_uncased(session: Session, *, today: date, due_before: date) -> list[Uncased]:
    """Return who owes something due before a day without an open case, or is past due with one before its due date."""
    owed = (
        select(Invoice.customer_id, Invoice.currency, func.min(Invoice.due_on).label("due_on"))
        .where(Invoice.status.in_(UNPAID), Invoice.due_on < due_before)
        .group_by(Invoice.customer_id, Invoice.currency)
        .subquery()
    )
    last, chased = aliased(Case), aliased(Case)
    theirs = and_(last.customer_id == owed.c.customer_id, last.currency == owed.c.currency)
    before = (
        select(last.id, last.closed_at, last.last_contact_on)
        .where(theirs, last.closed_at.is_not(None))
        .order_by(last.created_at.desc(), last.id.desc())
        .limit(1)
        .lateral()
    )
    is_theirs = and_(chased.customer_id == owed.c.customer_id, chased.currency == owed.c.currency)
    rows = session.execute(
        select(owed, chased.id.label("case_id"), before)
        .select_from(owed)
        .outerjoin(chased, and_(is_theirs, chased.closed_at.is_(None)))
        .outerjoin(before, true())
        .where(or_(chased.id.is_(None), and_(chased.status == Status.PRE_DUE, owed.c.due_on < today)))
        .order_by(owed.c.customer_id, owed.c.currency)
    )
    return [
        Uncased(
            customer_id=row.customer_id,
            currency=row.currency,
            due_on=row.due_on,
            case_id=row.case_id,
            last_id=row.id,
            last_closed_at=row.closed_at,
            last_contact_on=row.last_contact_on,
        )
        for row in rows
    ]


def debts_of(
    session: Session,
    invoices: dict[Debtor, list[Open]],
    cases: dict[Debtor, Case],
    *,
    today: date,
) -> dict[Debtor, Debt]:
    """Return each debt as `rules` wants it, from the unpaid invoices and the open case; no invoice, no debt."""
    pauses = list_pauses(session, cases.values(), today=today)
    under_way = _under_way(session, [invoice.invoice_id for some in invoices.values() for invoice in some])
    return {
        debtor: _debt(
            cases[debtor],
            unpaid,
            paused_by={pause.kind for pause in pauses.get(cases[debtor].id, ())},
            payment_under_way=any(invoice.invoice_id in under_way for invoice in unpaid),
        )
        for debtor, unpaid in invoices.items()
        if debtor in cases
    }


def _debt(case: Case, unpaid: list[Open], *, paused_by: set[PauseKind], payment_under_way: bool) -> Debt:
    """Return a debt; while all of it is disputed, the case rests."""
    carrying = next((invoice for invoice in unpaid if invoice.demanded_minor), unpaid[0])
    open_minor = sum(invoice.demanded_minor for invoice in unpaid)
    return Debt(
        open_minor=open_minor,
        currency=case.currency,
        disputed_minor=sum(invoice.disputed_minor for invoice in unpaid),
        issued_on=carrying.issued_on,
        due_on=carrying.due_on,
        last_step=case.step,
        last_contact_on=case.last_contact_on,
        paused_by=frozenset(paused_by if open_minor else {*paused_by, PauseKind.DISPUTE}),
        payment_under_way=payment_under_way,
        status=case.status,
        risk_class=case.risk_class,
    )


def _under_way(session: Session, invoice_ids: Collection[str]) -> set[str]:
    """Return the invoices on which money may be moving at this moment, or may have come without Stripe saying so (law
    5): nobody is reminded of those."""
    moving = Payment.status.in_((payments.Status.PROCESSING, payments.Status.UNKNOWN))
    unanswered = and_(Payment.status.in_(payments.OPEN), Payment.unanswered_since.is_not(None))
    found = select(Payment).where(or_(moving, unanswered), payment_queries.covering(invoice_ids))
    return {invoice_id for payment in session.scalars(found) for invoice_id in payment.parts}
