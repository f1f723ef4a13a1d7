"""Open and close cases, take the step that is due, hold a case, run the plan.

A step looks again at the books, under the case's lock, in the transaction that writes its message. In this version the
first reminder is the only one with a text: a case then waits at its next step, and runs say that its channel is not
available yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import exists, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import ids, queue, words
from server.core.errors import Conflict, Unacceptable
from server.customers import queries as customers
from server.dunning import queries, rules
from server.dunning.models import Action, Case, Hold, Run, RunLine, TreatmentPlan
from server.dunning.queries import Look, Open
from server.dunning.rules import ActionStatus, LineStatus, Reason
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.models import Invoice
from server.invoices.rules import Subject
from server.messages import operations as messages
from server.messages.models import Message
from server.messages.rules import OpenInvoice, Reminder


class CaseClosed(Conflict):
    """This case is closed: there is nothing to hold."""

    code = "case_closed"


class HoldExists(Conflict):
    """There already is another hold with this id."""

    code = "hold_exists"


class HoldOver(Unacceptable):
    """This hold would already be over. Choose a later day."""

    code = "hold_over"


class RunExists(Conflict):
    """There already is another run with this id."""

    code = "run_exists"


class DryRunOnly(Unacceptable):
    """Only a dry run may look at another day than today."""

    code = "dry_run_only"


def install_plans(session: Session, *, now: datetime) -> None:
    """Make sure that every plan of ours is there. A version that is there stays as it is."""
    for plan in rules.plans():
        installed = {"id": ids.derived("pln", plan.name, str(plan.version)), "installed_at": now}
        session.execute(insert(TreatmentPlan).values(**asdict(plan), **installed).on_conflict_do_nothing())


def open_cases(session: Session, *, today: date, now: datetime) -> None:
    """Open a case for everyone past due who has none, from the day after the due date.

    A debt that comes back opens the case it was chased in, as the next cycle, at the step where it had stopped.
    """
    install_plans(session, now=now)
    plan_id = queries.get_default_plan(session).id
    time_zone = business.get_profile(session).time_zone
    fresh, back = [], []
    for customer_id, currency, due_on, last_case_id, closed_at in queries.list_uncased(session, today=today):
        if last_case_id and closed_at and rules.came_back(due_on, closed_at=closed_at, time_zone=time_zone):
            back.append(last_case_id)
        else:
            debtor = {"customer_id": customer_id, "currency": currency}
            fresh.append({"id": ids.new("cas", now=now), "plan_id": plan_id, "cycle": 1, "created_at": now, **debtor})
    if fresh:
        # The planner of another worker may have opened the same ones: theirs stand.
        session.execute(insert(Case).on_conflict_do_nothing(), fresh)
    if back:
        again = update(Case).where(Case.id.in_(back), Case.closed_at.is_not(None))
        session.execute(again.values(closed_at=None, closed_because=None, cycle=Case.cycle + 1))


def close_settled(session: Session, *, today: date, now: datetime) -> None:
    """Close the cases of those who are past due on nothing any more, and take back what nobody began to send them."""
    still_late = exists().where(
        Invoice.customer_id == Case.customer_id,
        Invoice.currency == Case.currency,
        Invoice.status.in_(invoice_rules.UNPAID),
        Invoice.due_on < today,
    )
    settled = update(Case).where(Case.closed_at.is_(None), ~still_late).returning(Case.id)
    closed = list(session.scalars(settled.values(closed_at=now, closed_because=rules.PAID)))
    for key in queries.list_unsent(session, closed):
        messages.withdraw(session, key=key)


def plan(session: Session, *, today: date, run_id: str | None = None, now: datetime) -> list[Look]:
    """Bring the cases up to date and defer the step of each that is due; return what looking at them found."""
    close_settled(session, today=today, now=now)
    open_cases(session, today=today, now=now)
    found = queries.look_at_all(session, today=today)
    due = [look.case.id for look in found if look.reason in (None, Reason.NO_ADDRESS)]
    queue.defer_each(session, "dunning.take_step", [{"case_id": case_id, "run_id": run_id} for case_id in due])
    return found


def take_step(session: Session, *, case_id: str, run_id: str | None = None, now: datetime) -> Look:
    """Look at the case again and, where a step is due, write its action and its message: both or neither.

    Payments on its invoices wait until the caller's transaction ends, so that nothing is written about a debt that is
    paid by then. A customer without an address gets no message; the action says so, and is done once there is one.
    """
    case = queries.get_case(session, case_id, lock=True)
    debtor = (case.customer_id, case.currency)
    today = queries.today_of(session, now=now)
    unpaid: dict[queries.Debtor, list[Open]] = {}
    if case.closed_at is None:
        unpaid = queries.list_open(session, queries.of_debtors([debtor]), for_share=True)
    (look,) = queries.look(session, unpaid, {debtor: case}, today=today)
    if look.reason is None:
        message = _remind(session, look, unpaid[debtor], today=today, now=now)
        _record(session, look, message_id=message.id, now=now)
        case.step = look.step
        case.last_contact_on = today
    elif look.reason is Reason.NO_ADDRESS and session.get(Action, _action_id(look)) is None:
        _record(session, look, message_id=None, now=now)
    if run_id is not None:
        _settle_line(session, run_id, look, now=now)
    return look


def _settle_line(session: Session, run_id: str, look: Look, *, now: datetime) -> None:
    """Write down in the run what became of what it planned; told again, the first word stands."""
    line = session.get_one(RunLine, (run_id, look.case.customer_id, look.case.currency))
    if line.status is LineStatus.PLANNED:
        line.status = LineStatus.SKIPPED if look.reason else LineStatus.SENT
        line.reason = look.reason
        line.written_at = now


def _action_id(look: Look) -> str:
    return ids.derived("act", look.case.id, look.case.plan_id, str(look.case.cycle), str(look.step))


def _record(session: Session, look: Look, *, message_id: str | None, now: datetime) -> None:
    session.merge(
        Action(
            id=_action_id(look),
            case_id=look.case.id,
            plan_id=look.case.plan_id,
            cycle=look.case.cycle,
            step=look.step,
            channel=look.channel,
            status=ActionStatus.DONE if look.reason is None else ActionStatus.SKIPPED,
            skipped_because=look.reason,
            message_id=message_id,
            acted_at=now,
        )
    )


def _remind(session: Session, look: Look, unpaid: Sequence[Open], *, today: date, now: datetime) -> Message:
    """Write the reminder: everything open in the case's currency, and the customer's one link."""
    profile = business.get_profile(session)
    customer = customers.get_customer(session, look.case.customer_id)
    invoice_operations.open_link(session, subject=Subject.CUSTOMER, subject_id=customer.id)
    links = invoices.pay_urls(session, Subject.CUSTOMER, [customer.id])
    return messages.write(
        session,
        key=f"{_action_id(look)}:{customer.id}",
        content=Reminder(
            customer_name=customer.name,
            invoices=tuple(
                OpenInvoice(
                    number=invoice.number,
                    due_on=invoice.due_on,
                    days_late=max((today - invoice.due_on).days, 0),
                    balance_minor=invoice.balance_minor,
                )
                for invoice in unpaid
            ),
            total_minor=look.open_minor,
            currency=look.case.currency,
            pay_url=links.get(customer.id),
        ),
        sender=invoice_rules.sender(profile.seller),
        to=customer.email,
        locale=words.locale_for(customer.language, profile.country),
        customer_id=customer.id,
        now=now,
    )


def place_hold(
    session: Session, *, case_id: str, hold_id: str, reason: str, until_on: date | None, owner: str, now: datetime
) -> None:
    """Make a case rest until a day, or until its owner releases it; the same hold again changes nothing.

    Raises NoSuchCase, CaseClosed, HoldExists, HoldOver.
    """
    case = queries.get_case(session, case_id, lock=True)
    known = session.get(Hold, hold_id)
    if known is not None:
        if (known.case_id, known.reason, known.until_on) != (case_id, reason, until_on):
            raise HoldExists
        return
    if case.closed_at is not None:
        raise CaseClosed
    if not rules.in_force(until_on=until_on, released_at=None, today=queries.today_of(session, now=now)):
        raise HoldOver
    session.add(Hold(id=hold_id, case_id=case_id, reason=reason, until_on=until_on, owner=owner, placed_at=now))
    session.flush()


def release_hold(session: Session, *, case_id: str, hold_id: str, now: datetime) -> None:
    """End a hold now; one that was released stays as it was. Raises NoSuchCase, NoSuchHold."""
    queries.get_case(session, case_id, lock=True)
    hold = queries.get_hold(session, case_id, hold_id)
    hold.released_at = hold.released_at or now
    session.flush()


def ask_for_run(session: Session, *, run_id: str | None, as_of: date | None, dry_run: bool, now: datetime) -> str:
    """Write down that the plan is to be run, today or dry for any day, and the task that does it; return its id.

    The same run again is the one there is. Raises RunExists, DryRunOnly.
    """
    known = session.get(Run, run_id) if run_id else None
    if known is not None:
        if (as_of or known.as_of, dry_run) != (known.as_of, known.dry_run):
            raise RunExists
        return known.id
    today = queries.today_of(session, now=now)
    if as_of not in (None, today) and not dry_run:
        raise DryRunOnly
    run = Run(id=run_id or ids.new("run", now=now), as_of=as_of or today, dry_run=dry_run, created_at=now)
    session.add(run)
    session.flush()
    queue.defer(session, "dunning.run", run_id=run.id)
    return run.id


def run(session: Session, *, run_id: str, now: datetime) -> None:
    """Do a run that was asked for, once. A dry one does the same as another and then takes it back.

    A dry run of another day sees the books as they are now.
    """
    asked = session.get_one(Run, run_id, with_for_update=True)
    if asked.started_at is not None:
        return
    if asked.dry_run:
        with session.begin_nested() as tried:
            open_cases(session, today=asked.as_of, now=now)
            lines = [_line(run_id, look, now=now) for look in queries.look_at_all(session, today=asked.as_of)]
            tried.rollback()
    else:
        found = plan(session, today=asked.as_of, run_id=run_id, now=now)
        lines = [_line(run_id, look, now=now) for look in found]
    session.add_all(lines)
    asked.started_at = now
    session.flush()


def _line(run_id: str, look: Look, *, now: datetime) -> RunLine:
    return RunLine(
        run_id=run_id,
        customer_id=look.case.customer_id,
        currency=look.case.currency,
        status=LineStatus.SKIPPED if look.reason else LineStatus.PLANNED,
        step=look.step,
        channel=look.channel,
        open_minor=look.open_minor,
        reason=look.reason,
        written_at=now,
    )
