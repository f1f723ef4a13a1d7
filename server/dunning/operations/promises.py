"""Take a customer's word, and hold it against the books."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from functools import partial

from sqlalchemy.orm import Session

from server.business import queries as business
from server.contacts.rules import Kind
from server.core.errors import Conflict, Unacceptable
from server.dunning import queries, rules
from server.dunning.models import Case, Promise
from server.dunning.operations.cases import CaseClosed
from server.dunning.operations.log import note
from server.dunning.operations.proposals import propose
from server.dunning.operations.telling import tell
from server.dunning.rules import PromiseStatus, ProposalKind, Source, Status


class PromiseExists(Conflict):
    """There already is another promise with this id."""

    code = "promise_exists"


class PromisePending(Conflict):
    """A promise in this case waits for its day already. Cancel it first, or wait."""

    code = "promise_pending"


class PromiseTooFar(Unacceptable):
    """This day is over, or further ahead than a promise may reach."""

    code = "promise_too_far"


class PromisesUsedUp(Conflict):
    """The customer gave their word as often as they may alone. Talk with them."""

    code = "promises_used_up"


class PromiseTooHigh(Unacceptable):
    """This is more than the invoices it is for owe."""

    code = "promise_too_high"


class NothingToPromise(Conflict):
    """None of these invoices is open in this case."""

    code = "nothing_to_promise"


def promise(
    session: Session,
    *,
    case_id: str,
    promise_id: str,
    amount_minor: int | None,
    due_on: date,
    invoice_ids: Collection[str] = (),
    source: Source,
    made_by: str,
    now: datetime,
) -> Promise:
    """Write down that a customer will pay an amount (all that is not disputed, where None) by the end of a day, on some
    invoices of a case or on all, and confirm it to them; the case rests meanwhile. The same promise again changes
    nothing.

    Raises NoSuchCase, CaseClosed, PromiseExists, PromisePending, NothingToPromise, PromiseTooHigh, PromiseTooFar,
    PromisesUsedUp.
    """
    case = queries.get_case(session, case_id, lock=True)
    known = session.get(Promise, promise_id)
    if known is not None:
        if (known.case_id, known.due_on) != (case_id, due_on) or amount_minor not in (None, known.amount_minor):
            raise PromiseExists
        return known
    if case.closed_at is not None:
        raise CaseClosed
    if any(each.status is PromiseStatus.PENDING for each in queries.list_promises(session, case_id)):
        raise PromisePending
    owed = queries.demanded_of(session, case, invoice_ids)
    if not owed:
        raise NothingToPromise
    if amount_minor is not None and amount_minor > sum(owed.values()):
        raise PromiseTooHigh(open_minor=sum(owed.values()))
    _require_open(session, case, source=source, due_on=due_on, now=now)
    given = Promise(
        id=promise_id,
        case_id=case_id,
        cycle=case.cycle,
        status=PromiseStatus.PENDING,
        source=source,
        amount_minor=amount_minor or sum(owed.values()),
        currency=case.currency,
        due_on=due_on,
        owed=queries.balances(session, [owed], case.currency),
        received_minor=0,
        made_by=made_by,
        made_at=now,
    )
    session.add(given)
    session.flush()
    _note(session, case, given, Kind.PROMISE_MADE, by=made_by, now=now)
    tell(session, case.customer_id, key=f"promise:{promise_id}", letter=partial(rules.promise_letter, given), now=now)
    return given


def _require_open(session: Session, case: Case, *, source: Source, due_on: date, now: datetime) -> None:
    profile = business.get_profile(session)
    by_customer = queries.count_by_customer(session, case)
    if source is Source.CUSTOMER and (
        by_customer >= profile.customer_promises or queries.list_let_down(session, [case])
    ):
        raise PromisesUsedUp
    if not rules.is_open_to(
        source,
        due_on=due_on,
        today=queries.today_of(session, now=now),
        customer_days=profile.customer_promise_days,
        made_by_customer=by_customer,
        customer_promises=profile.customer_promises,
    ):
        raise PromiseTooFar


def cancel_promise(session: Session, *, case_id: str, promise_id: str, now: datetime) -> None:
    """Take a promise as not given; one that was decided stays as it is. Raises NoSuchCase, NoSuchPromise."""
    case = queries.get_case(session, case_id, lock=True)
    given = queries.get_promise(session, case_id, promise_id)
    if given.status is PromiseStatus.PENDING:
        given.status, given.decided_at = PromiseStatus.CANCELLED, now
        session.flush()
        _note(session, case, given, Kind.PROMISE_CANCELED, by="", now=now)


def decide_promises(session: Session, *, now: datetime) -> None:
    """Hold every promise that waits against the books: kept as soon as it is paid, by whatever means, else decided
    when its day is over by what had come until then."""
    waiting = queries.list_pending(session)
    if not waiting:
        return
    today, time_zone = queries.today_in(session, now=now)
    by_currency = {
        currency: queries.balances(session, [each.owed for each in waiting if each.currency == currency], currency)
        for currency in {each.currency for each in waiting}
    }
    taken_off = queries.list_taken_off(session, {key for each in waiting for key in each.owed})
    for each in waiting:
        held = {key: by_currency[each.currency].get(key, 0) for key in each.owed}
        is_over = each.due_on < today
        ended_at = queries.end_of(each.due_on, time_zone=time_zone) if is_over else None
        owed, credited_minor, let_go_minor = rules.taken_off(
            taken_off, owed=each.owed, since=each.made_at, until=ended_at
        )
        # What was credited since should not have been asked for, nor promised.
        amount_minor = min(each.amount_minor, sum(each.owed.values()) - credited_minor)
        received_minor: int | None = rules.received(owed=owed, balances=held)
        if ended_at is not None:
            received_minor = queries.received_by(session, owed, each.currency, at=ended_at)
        if received_minor is None:
            continue
        status = rules.decide(
            amount_minor=amount_minor,
            received_minor=received_minor,
            still_owed_minor=each.amount_minor if is_over else sum(held.values()),
            let_go_minor=let_go_minor,
            is_over=is_over,
        )
        if status is not PromiseStatus.PENDING:
            _settle(session, each, status, received_minor=received_minor, now=now)


def _settle(session: Session, given: Promise, status: PromiseStatus, *, received_minor: int, now: datetime) -> None:
    """Write down what a promise became; while somebody is at its case it is left to the next turn. So many broken that
    the business asks for a person's decision go to one."""
    case = queries.find_free(session, given.case_id)
    if case is None:
        return
    session.refresh(given)
    if given.status is not PromiseStatus.PENDING:
        return
    given.status, given.received_minor, given.decided_at = status, received_minor, now
    session.flush()
    _note(session, case, given, _DECIDED[status], by=rules.PLANNER, now=now)
    if status is PromiseStatus.BROKEN:
        refer_if_let_down(session, case, now=now)


def refer_if_let_down(session: Session, case: Case, *, now: datetime) -> None:
    """Let a person decide about a locked case whose customer broke their word as often as the business bears."""
    if case.id in queries.list_let_down(session, [case]) and rules.may_become(case.status, Status.REFERRAL_PENDING):
        kind, because = ProposalKind.REFERRAL, "promises_broken"
        propose(session, case, kind=kind, because=because, proposed_by=rules.PLANNER, now=now)


_DECIDED = {
    PromiseStatus.KEPT: Kind.PROMISE_KEPT,
    PromiseStatus.PARTLY_KEPT: Kind.PROMISE_PARTLY_KEPT,
    PromiseStatus.BROKEN: Kind.PROMISE_BROKEN,
    PromiseStatus.CANCELLED: Kind.PROMISE_CANCELED,
}


def _note(session: Session, case: Case, given: Promise, kind: Kind, *, by: str, now: datetime) -> None:
    note(
        session,
        case,
        kind,
        subject_id=given.id,
        by=by,
        facts={
            "amount_minor": given.amount_minor,
            "due_on": given.due_on.isoformat(),
            "received_minor": given.received_minor,
        },
        now=now,
    )
