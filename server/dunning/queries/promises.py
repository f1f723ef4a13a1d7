"""Questions about promises to pay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import clock
from server.core.database import among
from server.core.errors import NotFound
from server.dunning import rules
from server.dunning.models import Case, Dispute, PaymentPlan, Promise
from server.dunning.queries.debts import list_open, of_debtors
from server.dunning.queries.plans import get_plans
from server.dunning.rules import DisputeStatus, PlanStatus, PromiseStatus, Source, TakenOff
from server.jobs.rules import day_bounds
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments import queries as payments
from server.payments import rules as payment_rules
from server.write_offs.models import Line, WriteOff
from server.write_offs.rules import Status as WriteOffStatus


class NoSuchPromise(NotFound):
    """There is no such promise in this case."""

    code = "promise_not_found"


def get_promise(session: Session, case_id: str, promise_id: str) -> Promise:
    """Return a promise of this case. Raises NoSuchPromise."""
    found = session.get(Promise, promise_id)
    if found is None or found.case_id != case_id:
        raise NoSuchPromise
    return found


def list_promises(session: Session, case_id: str) -> list[Promise]:
    """Return the promises of a case, the latest first."""
    wanted = select(Promise).where(Promise.case_id == case_id)
    return list(session.scalars(wanted.order_by(Promise.made_at.desc(), Promise.id)))


def list_pending(session: Session) -> list[Promise]:
    """Return the promises that wait for their day."""
    waiting = select(Promise).where(Promise.status == PromiseStatus.PENDING)
    return list(session.scalars(waiting.order_by(Promise.case_id)))


def count_by_customer(session: Session, case: Case) -> int:
    """Return how many promises the customer gave alone in this cycle of a case, however they ended."""
    alone = select(func.count()).where(Promise.case_id == case.id, Promise.cycle == case.cycle)
    return session.execute(alone.where(Promise.source == Source.CUSTOMER)).scalar_one()


def count_broken(session: Session, cases: Collection[Case]) -> dict[str, int]:
    """Return how many words were broken in the present cycle of each of these cases, by case id: promises that were not
    kept in any part, and payment plans a part of which was missed."""
    ids = [case.id for case in cases]
    broken: Counter[str] = Counter()
    for given, status in ((Promise, PromiseStatus.BROKEN), (PaymentPlan, PlanStatus.BROKEN)):
        counted = (
            select(given.case_id, func.count())
            .join(Case, (Case.id == given.case_id) & (Case.cycle == given.cycle))
            .where(among(given.case_id, ids), given.status == status)
            .group_by(given.case_id)
        )
        broken.update({row[0]: row[1] for row in session.execute(counted)})
    return broken


def list_let_down(session: Session, cases: Collection[Case]) -> set[str]:
    """Return which of these cases had so many words broken that a person should decide about a referral."""
    broken = count_broken(session, cases)
    let_down = [case for case in cases if case.id in broken]
    plans, bears = get_plans(session, {case.plan_id for case in let_down}), business.get_profile(session)
    return {
        case.id
        for case in let_down
        if rules.lets_down(
            broken=broken[case.id],
            max_broken=rules.patience(plans[case.plan_id], case.risk_class, of_business=bears.max_broken_promises),
        )
    }


def demanded_of(session: Session, case: Case, invoice_ids: Collection[str] = ()) -> dict[str, int]:
    """Return what may be demanded of these open invoices of a case, or of all, in minor units by id."""
    debtor = (case.customer_id, case.currency)
    unpaid = list_open(session, of_debtors([debtor])).get(debtor, [])
    wanted = [each for each in unpaid if not invoice_ids or each.invoice_id in invoice_ids]
    return {each.invoice_id: each.demanded_minor for each in wanted if each.demanded_minor}


def balances(session: Session, owed: Collection[Mapping[str, int]], currency: str) -> dict[str, int]:
    """Return what the invoices of these owe now, by id."""
    held = ledger.balances(session, Kind.RECEIVABLE, {invoice_id for each in owed for invoice_id in each})
    return {invoice_id: by_currency.get(currency, 0) for invoice_id, by_currency in held.items()}


def owed_then(session: Session, words: Collection[PaymentPlan]) -> dict[str, dict[str, int]]:
    """Return what the invoices of plans owed when these were drawn up, by their id: without what was disputed then and
    came off since, which nobody promised and nobody paid."""
    invoice_ids = {invoice_id for given in words for invoice_id in given.owed}
    upheld = select(Dispute).where(among(Dispute.invoice_id, invoice_ids), Dispute.status == DisputeStatus.UPHELD)
    credited = list(session.scalars(upheld))
    found = {}
    for given in words:
        owed = dict(given.owed)
        for each in credited:
            if each.invoice_id in owed and each.opened_at <= given.made_at < (each.decided_at or given.made_at):
                owed[each.invoice_id] -= each.credited_minor
        found[given.id] = owed
    return found


def list_taken_off(session: Session, invoice_ids: Collection[str]) -> list[TakenOff]:
    """Return what came off these invoices without being paid: objections that were right, and debts let go."""
    upheld = select(Dispute).where(among(Dispute.invoice_id, invoice_ids), Dispute.status == DisputeStatus.UPHELD)
    found = [
        TakenOff(invoice_id=each.invoice_id, amount_minor=each.credited_minor, at=each.decided_at, is_let_go=False)
        for each in session.scalars(upheld)
        if each.decided_at is not None
    ]
    lines = (
        select(Line.invoice_id, Line.amount_minor, WriteOff.decided_at)
        .join(WriteOff, WriteOff.id == Line.write_off_id)
        .where(among(Line.invoice_id, invoice_ids), WriteOff.status == WriteOffStatus.BOOKED)
        .where(Line.reinstated_at.is_(None))
    )
    return found + [
        TakenOff(invoice_id=invoice_id, amount_minor=minor, at=at, is_let_go=True)
        for invoice_id, minor, at in session.execute(lines)
        if at is not None
    ]


def end_of(day: date, *, time_zone: str) -> datetime:
    """Return the last moment of a day of the business."""
    return day_bounds(day, time_zone)[1] - timedelta(microseconds=1)


def received_by(session: Session, owed: Mapping[str, int], currency: str, *, at: datetime) -> int | None:
    """Return what had come towards invoices by a moment since they owed `owed`, in minor units; None while money that
    was on its way then has not arrived and not failed either (law 5)."""
    on_its_way = [each for each in payments.list_for_invoices(session, list(owed)) if each.created_at <= at]
    if any(each.status in MOVING for each in on_its_way):
        return None
    then = ledger.balances(session, Kind.RECEIVABLE, list(owed), at=at)
    had = rules.received(owed=owed, balances={key: then.get(key, {}).get(currency, 0) for key in owed})
    arrived = [
        each
        for each in on_its_way
        if each.status is payment_rules.Status.SUCCEEDED and each.settled_at and each.settled_at > at
    ]
    return had + sum(minor for each in arrived for key, minor in each.parts.items() if key in owed)


MOVING = (payment_rules.Status.PROCESSING, payment_rules.Status.UNKNOWN)


def today_in(session: Session, *, now: datetime) -> tuple[date, str]:
    """Return the business's day and its time zone. Raises BusinessMissing."""
    time_zone = business.get_profile(session).time_zone
    return clock.local_date(now, time_zone), time_zone
