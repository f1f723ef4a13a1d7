"""Take the step that is due, and write down what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from server.business import queries as business
from server.core import ids, queue, words
from server.customers import queries as customers
from server.dunning import queries, rules
from server.dunning.models import Action, RunLine
from server.dunning.operations import log
from server.dunning.operations.cases import close_settled, open_cases
from server.dunning.queries import Look, Open
from server.dunning.rules import ActionStatus, LineStatus, Reason
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices import rules as invoice_rules
from server.invoices.rules import Subject
from server.messages import operations as messages
from server.messages.models import Message
from server.messages.rules import TONES, OpenInvoice, Reminder


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
    action = session.merge(
        Action(
            id=_action_id(look),
            case_id=look.case.id,
            plan_id=look.case.plan_id,
            cycle=look.case.cycle,
            step=look.step,
            channel=look.channel,
            template=look.template,
            status=ActionStatus.DONE if look.reason is None else ActionStatus.SKIPPED,
            skipped_because=look.reason,
            message_id=message_id,
            acted_at=now,
        )
    )
    log.note_action(session, look.case, action, now=now)


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
            tone=TONES[look.template or ""],
            pay_by=today + rules.PAY_WITHIN,
            customer_name=customer.name,
            invoices=tuple(
                OpenInvoice(
                    number=invoice.number,
                    due_on=invoice.due_on,
                    days_late=max((today - invoice.due_on).days, 0),
                    balance_minor=invoice.demanded_minor,
                )
                for invoice in unpaid
                if invoice.demanded_minor
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
