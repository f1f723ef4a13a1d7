"""What the law forbids waits, says by which rule and until when, and goes by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server.access import operations as access
from server.access.rules import Role
from server.dunning import operations, queries
from server.dunning.models import Action, RunLine, TreatmentPlan
from server.dunning.operations.calls import CallUnlawfulNow
from server.dunning.operations.limitation import ActExists, ActInFuture, note_act
from server.dunning.queries import lawful, limitation
from server.dunning.rules import ActionStatus, Reason
from server.law import operations as law
from server.law import rules as law_rules
from server.law.rules import Interruption
from server.messages import operations as messages
from server.messages.models import Message
from server.messages.rules import Status
from tests import quebec
from tests.dunning.chase import DUE, Chase

EVENING = timedelta(hours=11)  # 21:00 by the clock of Quebec, as `Chase.at` is 10:00


def _switch_on(chase: Chase, key: str) -> None:
    said: dict[str, Any] = {"switched_on": True, "name": "Guy Roy", "reviewed_by": "staff:guy", "now": quebec.NOW}
    law.review(chase.session, review_id=f"lrv_{key}", key=key, version=law_rules.rows()[key].version, **said)


def _plan(chase: Chase, at: datetime) -> queries.Look:
    (found,) = operations.plan(chase.session, today=at.date(), now=at)
    return found


def test_a_step_waits_for_the_morning_and_says_by_which_rule(chase: Chase) -> None:
    chase.invoice()
    night = chase.at(5) + EVENING
    found = operations.plan(chase.session, today=chase.at(5).date(), now=night)[0]
    assert (found.reason, found.why) == (Reason.LAW, "law:house:hours")
    assert found.block is not None
    assert found.block.may_go_at == datetime(2026, 4, 7, 12, tzinfo=UTC)
    (case,) = chase.cases()
    assert operations.take_step(chase.session, case_id=case.id, now=night).reason is Reason.LAW
    assert chase.reminders() == []
    assert operations.take_step(chase.session, case_id=case.id, now=found.block.may_go_at).reason is None
    assert len(chase.reminders()) == 1


def test_a_run_says_which_rule_held_a_step_back(chase: Chase) -> None:
    chase.invoice()
    night = chase.at(5) + EVENING
    run_id = operations.ask_for_run(chase.session, run_id=None, as_of=None, dry_run=False, now=night)
    operations.run(chase.session, run_id=run_id, now=night)
    line = chase.session.scalars(select(RunLine)).one()
    assert (line.status, line.reason) == ("skipped", "law:house:hours")


def test_on_a_holiday_of_the_customer_s_place_nobody_is_reminded_once_its_rules_were_read(chase: Chase) -> None:
    chase.invoice()
    easter_monday = chase.at(5)
    assert _plan(chase, easter_monday).reason is None
    _switch_on(chase, "ca-qc")
    found = _plan(chase, easter_monday)
    assert found.why == "law:ca-qc:hours"
    assert chase.run(day=6) == [None]


def test_the_hours_are_those_of_where_the_customer_is(chase: Chase) -> None:
    quebec.add_customer(chase.session, "cus_2", name="Ann Lee", country="CA", region="BC")
    chase.invoice(customer_id="cus_2")
    morning_in_quebec = chase.at(5) - timedelta(hours=1)  # 7:00 in Vancouver
    found = _plan(chase, morning_in_quebec)
    assert found.block is not None
    assert found.block.may_go_at == morning_in_quebec + timedelta(hours=1)


def test_a_call_that_needs_a_notice_first_is_written(chase: Chase) -> None:
    quebec.add_customer(chase.session, "cus_2", name="Ann Lee", country="CA", region="ON")
    for plan in chase.session.scalars(select(TreatmentPlan)):
        plan.large_accounts = [{"currency": "CAD", "above_minor": 100}]
    chase.session.flush()
    chase.invoice(customer_id="cus_2")
    assert _plan(chase, chase.at(6)).channel == "call"
    _switch_on(chase, "ca-on")
    found = _plan(chase, chase.at(6))
    assert (found.reason, found.channel, found.template) == (None, "email", "reminder_1")
    assert chase.run(day=6) == [None]
    assert len(chase.reminders()) == 1


@pytest.mark.parametrize(
    ("said", "allowed"),
    [({"represented_by": "Me Roy"}, ["letter"]), ({"written_only": True}, ["email", "text", "letter"])],
)
def test_who_is_represented_or_asked_for_writing(chase: Chase, said: dict[str, Any], allowed: list[str]) -> None:
    quebec.add_customer(chase.session, "cus_2", name="Ann Lee", **said)
    chase.invoice(customer_id="cus_2")
    chase.run(day=5)
    (case,) = chase.cases()
    sheet = lawful.case_law(chase.session, case, at=chase.at(5))
    assert [each["channel"] for each in sheet["channels"] if each["allowed"]] == allowed
    stopped = next(each for each in sheet["channels"] if each["channel"] == "call")
    assert (stopped["rule"], stopped["may_go_at"]) == ("stops", None)


def test_a_call_is_not_taken_up_when_it_may_not_be_made(chase: Chase) -> None:
    for plan in chase.session.scalars(select(TreatmentPlan)):
        plan.large_accounts = [{"currency": "CAD", "above_minor": 100}]
    chase.session.flush()
    chase.invoice()
    chase.run(day=6)
    action = chase.session.scalars(select(Action).where(Action.status == ActionStatus.PLANNED)).one()
    wanted: dict[str, Any] = {"action_id": action.id, "role": Role.OFFICE, "claimed_by": "staff:anne"}
    with pytest.raises(CallUnlawfulNow) as refused:
        operations.claim_task(chase.session, now=chase.at(6) + EVENING, **wanted)
    assert (refused.value.facts["row"], refused.value.facts["rule"]) == ("house", "hours")
    assert operations.claim_task(chase.session, now=chase.at(6), **wanted).claimed_by == "staff:anne"


def test_a_message_that_was_late_to_leave_waits_for_the_morning(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=5)
    (reminder,) = chase.reminders()
    night = chase.at(5) + EVENING
    assert messages.claim(chase.session, message_id=reminder.id, now=night) is None
    assert (reminder.status, reminder.due_at) == (Status.WRITTEN, datetime(2026, 4, 7, 12, tzinfo=UTC))
    assert messages.claim(chase.session, message_id=reminder.id, now=reminder.due_at) is not None


def test_a_message_that_missed_every_window_is_not_sent_and_its_step_is_taken_again(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=5)
    (reminder,) = chase.reminders()
    assert messages.claim(chase.session, message_id=reminder.id, now=chase.at(40)) is None
    assert (reminder.status, reminder.last_error_code) == (Status.FAILED, "no_window_left")
    operations.learn_outcomes(chase.session, now=chase.at(40))
    action = chase.session.scalars(select(Action).where(Action.message_id == reminder.id)).one()
    assert action.status is ActionStatus.FAILED


def _note(chase: Chase, invoice_id: str, act_id: str = "act_1", **said: Any) -> None:
    wanted = {"kind": Interruption.ACKNOWLEDGEMENT, "happened_on": date(2028, 3, 1), **said}
    note_act(chase.session, act_id=act_id, invoice_id=invoice_id, noted_by="staff:anne", now=chase.at(720), **wanted)


def test_a_debt_is_limited_by_its_place_and_begun_again_by_what_was_noted_or_paid(chase: Chase) -> None:
    invoice = chase.invoice()
    found = limitation.limitation_of(chase.session, invoice.id, now=chase.at(1))
    assert (found["row"], found["began_by"], found["ends_on"]) == ("ca-qc", "due_on", date(2029, 4, 1))
    chase.pay(invoice, day=100, amount_minor=100)
    paid = limitation.limitation_of(chase.session, invoice.id, now=chase.at(101))
    assert (paid["began_by"], paid["began_on"]) == ("payment", DUE + timedelta(days=100))
    _note(chase, invoice.id, "act_0", kind=Interruption.DEMAND)
    _note(chase, invoice.id)
    _note(chase, invoice.id)
    noted = limitation.limitation_of(chase.session, invoice.id, now=chase.at(720))
    assert (noted["began_by"], noted["ends_on"], len(noted["acts"])) == ("acknowledgement", date(2031, 3, 1), 2)
    with pytest.raises(ActExists):
        _note(chase, invoice.id, happened_on=date(2028, 1, 1))
    with pytest.raises(ActInFuture):
        _note(chase, invoice.id, "act_2", happened_on=date(2030, 1, 1))


def test_an_alarm_rings_before_the_end_and_only_then(chase: Chase) -> None:
    invoice = chase.invoice()
    years = 3 * 365 + 1  # 2028 has one day more
    assert limitation.list_alarms(chase.session, now=chase.at(years - 181)) == []
    for before, rings in ((180, 180), (60, 60), (14, 14), (-1, 0)):
        (alarm,) = limitation.list_alarms(chase.session, now=chase.at(years - before))
        assert (alarm["invoice_id"], alarm["alarm"]) == (invoice.id, rings)
    chase.pay(invoice, day=1000)
    assert limitation.list_alarms(chase.session, now=chase.at(years)) == []


def test_the_office_is_told_of_each_alarm_once(chase: Chase) -> None:
    invoice = chase.invoice()
    for name, role in (("Guy Roy", Role.ADMIN), ("Anne Roy", Role.OFFICE)):
        email = f"{name.split()[0].lower()}@example.com"
        access.add_staff(
            chase.session, name=name, email=email, password="correct horse 1", role=role, language="fr", now=quebec.NOW
        )

    def told() -> list[tuple[str, str]]:
        written = select(Message).where(Message.kind == "limitation_alarm").order_by(Message.created_at)
        return [(message.recipient or "", message.subject) for message in chase.session.scalars(written)]

    years = 3 * 365 + 1
    for before in (181, 180, 179, 60, 60, -1, -2):
        operations.tell_alarms(chase.session, now=chase.at(years - before))
    assert [to for to, _ in told()] == ["guy@example.com"] * 3
    assert all(invoice.number in subject for _, subject in told())
    assert told()[-1][1].endswith("ne peut plus être réclamée en justice")
