"""Cases open, take one step at a time, and close, as the books say."""

from __future__ import annotations

import re
from dataclasses import asdict

from sqlalchemy import text

from server.dunning import operations, queries
from server.dunning.rules import Reason
from server.invoices import operations as invoices
from server.invoices import queries as invoice_queries
from server.invoices.rules import Subject
from server.messages import rules as messages
from tests import quebec
from tests.dunning.chase import DUE, TOTAL, Chase


def test_a_case_is_past_due_the_day_after_the_due_date_never_on_it(chase: Chase) -> None:
    chase.invoice()
    assert chase.run(day=-11) == []
    chase.run(day=0)
    assert chase.case(day=0)["status"] == "pre_due"
    chase.run(day=1)
    (case,) = chase.cases()
    assert (case.customer_id, case.currency, case.closed_at, case.step) == ("cus_1", "CAD", None, None)
    assert case.status == "active"


def test_the_first_reminder_goes_out_when_its_window_opens(chase: Chase) -> None:
    chase.invoice()
    for day in range(1, 5):
        assert chase.run(day=day) == [Reason.NOT_YET]
    assert chase.reminders() == []
    assert chase.run(day=5) == [None]
    (action,) = chase.actions()
    assert (action.step, action.channel, action.status) == (1, "email", "claimed")
    (reminder,) = chase.reminders()
    assert reminder.id == action.message_id
    assert (reminder.recipient, reminder.status) == ("marie@example.com", "written")


def test_one_reminder_says_everything_open_with_one_link(chase: Chase) -> None:
    chase.invoice()
    chase.invoice(due=3)
    chase.invoice(due=40)
    chase.run(day=5)
    (reminder,) = chase.reminders()
    assert [number in reminder.text for number in ("F-000001", "F-000002", "F-000003")] == [True] * 3
    assert re.search(r"436[.,]90", reminder.subject)  # the third falls due later
    links = invoice_queries.pay_urls(chase.session, Subject.CUSTOMER, ["cus_1"])
    assert re.findall(r"http://\S+/p/\S+", reminder.text) == [links["cus_1"]]


def test_running_again_the_same_day_does_nothing(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=5)
    assert [chase.run(day=5) for _ in range(3)] == [[Reason.MESSAGE_UNDER_WAY]] * 3
    (case,) = chase.cases()
    assert operations.take_step(chase.session, case_id=case.id, now=chase.at(5)).reason is Reason.MESSAGE_UNDER_WAY
    assert (len(chase.reminders()), len(chase.actions())) == (1, 1)


def test_forty_five_days_without_a_run_send_one_reminder(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=45)
    assert len(chase.reminders()) == 1


def test_each_step_is_firmer_and_who_decides_about_the_last_is_a_person(chase: Chase) -> None:
    chase.invoice()
    for day in (5, 15, 25, 35):
        assert chase.run(day=day) == [None]
    assert [reminder.subject.partition(":")[0].rstrip() for reminder in chase.reminders()] == [
        "Rappel",
        "Deuxième rappel",
        "Troisième rappel",
        "Demande finale",
    ]
    assert chase.run(day=49) == [Reason.NOT_YET]
    assert chase.case(day=49)["status"] == "final_demand"
    assert chase.run(day=50) == [None]
    assert chase.run(day=90) == [Reason.AWAITS_DECISION]
    assert (chase.case(day=90)["step"], chase.case(day=90)["status"]) == (5, "referral_pending")


def test_a_backlog_is_made_up_one_step_at_a_time_and_no_formal_step_is_skipped(chase: Chase) -> None:
    chase.invoice()
    sent = [day for day in range(60, 90) if chase.run(day=day) == [None]]
    # The last is a proposal, for a person to decide, once the day that the final demand named is over.
    assert sent == [60, 65, 70, 75, 85]
    assert chase.reminders()[-1].subject.startswith("Demande finale")


def test_paying_closes_the_case_and_nothing_more_is_sent(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=5)
    chase.pay(invoice, day=6)
    assert chase.run(day=6) == []
    (case,) = chase.cases()
    assert (case.closed_at, case.closed_because) == (chase.at(6), "paid")
    for day in range(7, 60):
        chase.run(day=day)
    assert len(chase.reminders()) == len(chase.cases()) == 1


def test_a_step_deferred_before_the_payment_looks_again_and_sends_nothing(chase: Chase) -> None:
    invoice = chase.invoice()
    (look,) = operations.plan(chase.session, today=chase.at(5).date(), now=chase.at(5))
    assert look.reason is None
    chase.pay(invoice, day=5)
    assert operations.take_step(chase.session, case_id=look.case.id, now=chase.at(5)).reason is Reason.NOTHING_OPEN
    assert (chase.reminders(), chase.actions()) == ([], [])


def test_a_reminder_that_nobody_began_to_send_is_taken_back_when_the_case_closes(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=5)
    chase.pay(invoice, day=5)
    chase.run(day=5)
    (reminder,) = chase.reminders()
    chase.session.refresh(reminder)
    assert reminder.status == messages.Status.WITHDRAWN


def test_a_part_payment_leaves_the_rest_to_be_chased(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.pay(invoice, day=2, amount_minor=10000)
    chase.run(day=5)
    (reminder,) = chase.reminders()
    assert re.search(r"118[.,]45", reminder.text)
    assert not re.search(r"218[.,]45", reminder.text)


def test_each_currency_is_its_own_case(chase: Chase) -> None:
    chase.invoice()
    chase.invoice(currency="EUR")
    chase.run(day=5)
    assert sorted(case.currency for case in chase.cases()) == ["CAD", "EUR"]
    assert len(chase.reminders()) == 2


def test_paying_the_oldest_invoice_skips_no_step_of_the_next(chase: Chase) -> None:
    oldest = chase.invoice()
    chase.invoice(due=4)
    chase.run(day=5)
    chase.pay(oldest, day=8)
    assert chase.run(day=15) == [Reason.NOT_YET]
    assert chase.case(day=15)["next_step_on"].isoformat() == "2026-04-20"
    assert chase.run(day=19) == [None]
    assert chase.reminders()[-1].subject.startswith("Deuxième rappel")


def test_an_invoice_not_yet_due_keeps_no_case_open(chase: Chase) -> None:
    late = chase.invoice()
    chase.invoice(due=30)
    chase.run(day=5)
    chase.pay(late, day=6)
    chase.run(day=6)
    assert [case.closed_because for case in chase.cases()] == ["paid"]
    chase.run(day=35)
    first, second = chase.cases()
    assert (first.closed_because, second.closed_at, second.cycle) == ("paid", None, 1)
    assert len(chase.reminders()) == 2


def test_a_debt_that_comes_back_opens_its_case_again_where_it_stopped(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.run(day=5)
    chase.pay(invoice, day=6)
    chase.run(day=6)
    move_back = (
        "INSERT INTO ledger_transfers (entry_id, debit_account_id, credit_account_id, amount_minor, currency)"
        " SELECT t.entry_id, t.credit_account_id, t.debit_account_id, t.amount_minor, t.currency"
        " FROM ledger_transfers t JOIN ledger_entries e ON e.id = t.entry_id WHERE e.reason = 'payment_received'"
    )
    chase.session.execute(text(move_back))
    assert invoices.settle_status(chase.session, invoice) == TOTAL
    chase.session.flush()
    assert chase.run(day=9) == [Reason.NOT_YET]
    case = chase.case(day=9)
    assert (case["cycle"], case["step"], case["status"]) == (2, 1, "active")
    assert len(chase.reminders()) == 1


def test_a_customer_without_an_address_is_shown_and_reminded_once_there_is_one(chase: Chase) -> None:
    quebec.add_customer(chase.session, "cus_2", email=None, addresses=[])
    chase.invoice(customer_id="cus_2")
    assert chase.run(day=5) == chase.run(day=6) == [Reason.NO_ADDRESS]
    (action,) = chase.actions()
    assert (action.status, action.skipped_because, action.acted_at) == ("skipped", "no_address", chase.at(5))
    chase.session.execute(text("UPDATE customers SET email = 'marie@example.com' WHERE id = 'cus_2'"))
    chase.session.expire_all()
    assert chase.run(day=7) == [None]
    (action,) = chase.actions()
    chase.session.refresh(action)
    assert (action.status, action.skipped_because) == ("claimed", None)
    assert len(chase.reminders()) == 1


def test_nobody_is_reminded_while_their_money_may_be_on_its_way(chase: Chase) -> None:
    invoice = chase.invoice()
    chase.session.execute(
        text(
            "INSERT INTO payments (id, invoice_id, method, status, amount_minor, currency, taken_by, created_at)"
            " VALUES ('pay_u', :invoice, 'card_reader', 'unknown', 100, 'CAD', 'test', :now)"
        ),
        {"invoice": invoice.id, "now": chase.at(5)},
    )
    assert chase.run(day=5) == [Reason.PAYMENT_UNDER_WAY]
    assert chase.case(day=5)["status"] == "active"


def test_a_case_is_shown_with_what_is_open_and_what_comes_next(chase: Chase) -> None:
    chase.invoice()
    chase.invoice(due=3)
    chase.run(day=1)
    case = chase.case(day=1)
    assert (case["open_minor"], case["plan_name"], case["step"]) == (2 * TOTAL, "abc_amega_due", None)
    assert [invoice.number for invoice in case["invoices"]] == ["F-000001", "F-000002"]
    assert case["next_step_on"] == DUE.replace(day=6)


def test_the_plan_a_case_began_with_stays_its_plan(chase: Chase) -> None:
    chase.invoice()
    chase.run(day=1)
    (plan, *_) = queries.list_plans(chase.session)
    second = asdict(queries.read_plan(plan).steps[2])
    later = asdict(queries.read_plan(plan)) | {"steps": [second], "modifiers": []}
    row = operations.write_version(chase.session, written=later, written_by="staff:stf_1", now=chase.at(2))
    operations.ask_for_run(chase.session, run_id="run_1", as_of=None, dry_run=True, plan_id=row.id, now=chase.at(2))
    operations.run(chase.session, run_id="run_1", now=chase.at(2))
    operations.switch_on(chase.session, plan_id=row.id, switched_by="staff:stf_1", now=chase.at(2))
    quebec.add_customer(chase.session, "cus_2")
    chase.invoice(customer_id="cus_2")
    assert sorted(map(str, chase.run(day=5))) == ["None", "not_yet"]
    assert len(chase.reminders()) == 1
