"""What other products get wrong when they chase: each of their defects by its name."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from server.core import clock, queue
from server.core.database import transaction
from server.dunning import operations, queries, tasks
from server.dunning.models import Case
from server.dunning.rules import Reason
from server.messages import operations as messages
from server.messages import rules as message_rules
from tests import quebec
from tests.dunning.chase import DUE, Chase
from tests.dunning.test_working import at_once, reminders
from tests.shop import Shop


def test_two_runners_at_once_mail_nobody_twice(shop: Shop) -> None:
    """gdx: two runners mailed 544 of 600 customers twice."""
    shop.invoice()
    shop.pass_time(days=36)
    at_once(2, tasks.plan)
    with transaction() as session:
        case_ids = list(session.scalars(select(Case.id)))

    def work() -> None:
        for case_id in case_ids:
            with transaction() as session:
                operations.take_step(session, case_id=case_id, now=clock.now())

    at_once(2, work)
    assert reminders() == len(case_ids) == 1


def test_a_backlog_of_sixty_days_sends_one_message_and_jumps_over_nothing(chase: Chase) -> None:
    """Tryton: after an outage all five levels went out on one day."""
    chase.invoice()
    first, *again = (chase.run(day=60) for _ in range(5))
    assert (first, set(map(tuple, again))) == ([None], {(Reason.MESSAGE_UNDER_WAY,)})
    assert [action.step for action in chase.actions()] == [1]
    assert len(chase.reminders()) == 1


def test_what_rests_is_not_mailed(chase: Chase) -> None:
    """Tryton: blocked items were mailed anyway, 2,000 of 2,000."""
    chase.invoice()
    (look,) = operations.plan(chase.session, today=chase.at(5).date(), now=chase.at(5))
    held: dict[str, Any] = {"reason": "Waits", "until_on": None, "owner": "staff:stf_1"}
    operations.place_hold(chase.session, case_id=look.case.id, hold_id="hld_1", now=chase.at(5), **held)
    assert operations.take_step(chase.session, case_id=look.case.id, now=chase.at(5)).reason is Reason.PAUSED
    assert chase.reminders() == []


def test_a_job_without_an_invoice_is_not_chased(chase: Chase) -> None:
    """Tryton: drafts were dunned, 10,000 of 10,000."""
    quebec.plan_job(chase.session, "job_draft")
    assert chase.run(day=60) == []


def test_the_rest_is_asked_for_not_the_whole(chase: Chase) -> None:
    """Tryton and Lago: 100 was asked for after 40 of it was paid."""
    chase.pay(chase.invoice(), day=1, amount_minor=8738)
    chase.run(day=5)
    (reminder,) = chase.reminders()
    assert re.search(r"131[.,]07", reminder.text)
    assert not re.search(r"218[.,]45", reminder.text)


def test_what_is_not_due_yet_is_shown_and_not_demanded(chase: Chase) -> None:
    """A running account: everything open is demanded by one day, although a part of it falls due after that."""
    chase.invoice()
    later = chase.invoice(due=20)
    chase.run(day=5)
    (reminder,) = chase.reminders()
    assert re.search(r"218[.,]45", reminder.subject)
    assert not re.search(r"436[.,]90", reminder.text)
    asked, shown = reminder.text.split("Pas encore échu")
    assert later.number not in asked
    assert later.number in shown


def test_what_falls_due_before_a_message_goes_is_asked_for_in_it(chase: Chase) -> None:
    chase.invoice()
    chase.invoice(due=5)
    chase.run(day=5)
    (reminder,) = chase.reminders()
    assert operations.stands(chase.session, message_id=reminder.id, now=chase.at(5))
    assert not operations.stands(chase.session, message_id=reminder.id, now=chase.at(6))
    chase.run(day=6)
    (again,) = (each for each in chase.reminders() if each.status == "written")
    assert re.search(r"436[.,]90", again.subject)


@pytest.mark.parametrize("day", [6, 9, 17])
def test_a_missed_day_is_made_up_for(chase: Chase, day: int) -> None:
    """Akaunting, Dolibarr, Invoice Ninja: a reminder due on a day without a run is never sent."""
    chase.invoice()
    assert chase.run(day=day) == [None]
    assert chase.actions()[0].window_missed is (day > 10)


def test_paying_the_oldest_invoice_skips_no_stage(chase: Chase) -> None:
    """Kill Bill #2297: the account went straight to blocked."""
    oldest = chase.invoice()
    chase.invoice(due=9)
    for day in (5, 15):
        chase.run(day=day)
    chase.pay(oldest, day=16)
    taken = [day for day in range(17, 90) if chase.run(day=day) == [None]]
    assert [action.step for action in chase.actions()] == [1, 2, 3, 4, 5]
    assert taken[0] == 9 + 25


def test_nobody_is_reminded_on_the_due_date_itself(chase: Chase) -> None:
    """iDempiere-5793: dunned on the due date, a day too early."""
    chase.invoice()
    chase.run(day=0)
    assert chase.case(day=0)["status"] == "pre_due"
    assert chase.reminders() == []


def test_the_same_batch_again_mails_nobody_again(chase: Chase) -> None:
    """Tryton: processing a batch twice sent 2,000 mails again; Invoice Ninja: 22 reminders in a day."""
    chase.invoice()
    (look,) = operations.plan(chase.session, today=chase.at(5).date(), now=chase.at(5))
    for hour in range(24):
        later = chase.at(5) + timedelta(minutes=hour)
        operations.take_step(chase.session, case_id=look.case.id, now=later)
    assert len(chase.reminders()) == 1


def test_five_invoices_are_one_message(chase: Chase) -> None:
    """gdx and Tryton: five messages to a customer with five invoices."""
    for due in range(5):
        chase.invoice(due=due)
    chase.run(day=5)
    (reminder,) = chase.reminders()
    assert len(set(re.findall(r"F-00000\d", reminder.text))) == 5


def test_a_failed_send_does_not_consume_the_step(chase: Chase) -> None:
    """gdx and Lago: a send that failed counted as an attempt."""
    chase.invoice()
    chase.run(day=5)
    (reminder,) = chase.reminders()
    settle(chase, reminder.id, message_rules.Status.BOUNCED)
    (action,) = chase.actions()
    assert (action.status, chase.case(day=5)["step"]) == ("failed", 0)
    assert chase.run(day=6) == [None]  # by post, as the address refuses
    chase.session.refresh(action)
    assert (action.channel, action.status, len(chase.reminders())) == ("letter", "claimed", 1)
    chase.run(day=7)  # what became of the mail is no news of the letter
    chase.session.refresh(action)
    assert action.status == "claimed"


def test_a_send_that_may_have_happened_is_shown_and_not_repeated(chase: Chase) -> None:
    """A killed sender: gdx sent 601 mails for 600."""
    chase.invoice()
    chase.run(day=5)
    (reminder,) = chase.reminders()
    settle(chase, reminder.id, message_rules.Status.UNKNOWN)
    (action,) = chase.actions()
    assert (action.status, action.outcome) == ("done", "uncertain")
    for day in range(6, 15):
        chase.run(day=day)
    assert len(chase.reminders()) == 1
    today = DUE + timedelta(days=6)
    work = queries.worklist(chase.session, today=today, now=chase.at(6))
    assert work["uncertain"] == [action.case_id]


def test_a_stale_payment_feed_stops_everything_and_says_so(chase: Chase) -> None:
    """Nobody is chased by old news."""
    chase.invoice()
    chase.run(day=1)
    done_at = chase.at(5) - timedelta(minutes=16)
    late = text("INSERT INTO scheduled_runs (task_name, due_at, done_at) VALUES ('payments.resolve_open', :at, :at)")
    chase.session.execute(late, {"at": done_at})
    assert chase.run(day=5) == [Reason.FEED_STALE]
    work = queries.worklist(chase.session, today=chase.at(5).date(), now=chase.at(5))
    assert work["feed_stale_since"] == done_at
    queue.note_done(chase.session, "payments.resolve_open", at=chase.at(5))
    assert chase.run(day=5) == [None]


def settle(chase: Chase, message_id: str, became: message_rules.Status) -> None:
    """Let the mail server say what became of a message."""
    messages.claim(chase.session, message_id=message_id, now=chase.at(5))
    messages.record_outcome(chase.session, message_id=message_id, outcome=became, now=chase.at(5))
    operations.learn_outcomes(chase.session, now=chase.at(5))
