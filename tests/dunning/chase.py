"""Invoices left unpaid, and the days that pass: what tests of dunning do and look at."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.dunning import operations, queries, tasks
from server.dunning.models import Action, Case
from server.dunning.rules import QUESTIONS_OF_OURS, ActionStatus, Before, Reason
from server.invoices import operations as invoices
from server.invoices.models import Invoice
from server.jobs import operations as jobs
from server.messages import operations as operations_of_messages
from server.messages import rules as messages
from server.messages.models import Message
from server.payments import operations as payments
from server.payments.rules import Method
from tests import quebec

DUE = date(2026, 4, 1)
TOTAL = 21845
assert tasks.plan.name == "dunning.plan"  # its tasks are known once it is imported


def moment(day: date) -> datetime:
    """Return the middle of the morning of a day, in Quebec."""
    return quebec.NOW + (day - quebec.NOW.date())


class Chase:
    """A business whose invoices of 218.45 CAD, of 2 March 2026, fall due on 1 April. Days count from there."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._numbers = itertools.count(1)
        quebec.open_business(session)
        quebec.add_customer(session)
        quebec.start_chasing(session)

    def invoice(self, *, customer_id: str = "cus_1", due: int = 0, **job: Any) -> Invoice:
        """Issue an invoice that falls due that many days after the first ones."""
        number = next(self._numbers)
        now = quebec.NOW + timedelta(days=due)
        planned = quebec.plan_job(self.session, f"job_{number}", customer_id=customer_id, **job)
        done, _ = jobs.complete(
            self.session, job_id=planned.id, completion_id=f"cmp_{number}", completed_at=now, now=now
        )
        return invoices.issue(self.session, job=done, invoice_id=f"inv_{number}", now=now)

    def pay(self, invoice: Invoice, *, day: int, amount_minor: int = TOTAL) -> None:
        """Pay in cash."""
        payments.open_payment(
            self.session,
            payment_id=f"pay_{next(self._numbers)}",
            invoice=invoice,
            method=Method.CASH,
            amount_minor=amount_minor,
            reader_id=None,
            reference=None,
            taken_by="test",
            now=self.at(day),
        )

    def at(self, day: int) -> datetime:
        """The moment that many days after the due date."""
        return moment(DUE + timedelta(days=day))

    def run(self, *, day: int, checks: bool = True) -> list[Reason | None]:
        """Let what was written on earlier days arrive, then the planner run and the steps it deferred; return what
        became of each case. Somebody looks at our own side before a final demand, unless told otherwise."""
        self.deliver(day=day)
        found = operations.plan(self.session, today=self.at(day).date(), now=self.at(day))
        due: list[Reason | None] = [None, Reason.NO_ADDRESS]
        for look in found:
            if checks and look.reason is Reason.CHECK_OPEN:
                self.check(look.case, day=day)
                due.append(Reason.CHECK_OPEN)
        return [
            operations.take_step(self.session, case_id=look.case.id, now=self.at(day)).reason
            if look.reason in due
            else look.reason
            for look in found
        ]

    def check(self, case: Case, *, day: int, before: Before = Before.FINAL_DEMAND, **said: bool) -> None:
        """Say how it stands with our own side; all is well but what is told otherwise."""
        operations.answer_checks(
            self.session,
            case_id=case.id,
            before=before,
            answers={**dict.fromkeys(QUESTIONS_OF_OURS, True), **said},
            note=None,
            answered_by="staff:anne",
            now=self.at(day),
        )

    def deliver(self, *, day: int) -> None:
        """Learn that the messages written before a day went when they were written."""
        for message in self.session.scalars(select(Message).where(Message.status == "written")):
            if message.created_at < self.at(day):
                operations_of_messages.claim(self.session, message_id=message.id, now=message.created_at)
                operations_of_messages.record_outcome(
                    self.session, message_id=message.id, outcome=messages.Status.SENT, now=message.created_at
                )
        operations.learn_outcomes(self.session, now=self.at(day))

    def cases(self) -> list[Case]:
        """Every case, in the order of opening."""
        return list(self.session.scalars(select(Case).order_by(Case.created_at, Case.id)))

    def case(self, *, day: int) -> dict[str, Any]:
        """The only case, as the wire shows it on a day."""
        (case,) = self.cases()
        return queries.get_sheet(self.session, case.id, today=self.at(day).date())

    def actions(self) -> list[Action]:
        """Every step that was due, whatever became of it."""
        due = select(Action).where(Action.status != ActionStatus.MISSED)
        return list(self.session.scalars(due.order_by(Action.acted_at, Action.step)))

    def reminders(self) -> list[Message]:
        """Every reminder written."""
        written = select(Message).where(Message.kind == "reminder").order_by(Message.created_at)
        return list(self.session.scalars(written))
