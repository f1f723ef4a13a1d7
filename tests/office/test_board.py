"""Who has not paid yet."""

from __future__ import annotations

from sqlalchemy import text

from server.core.database import transaction
from server.dunning import operations as dunning
from server.dunning import queries as cases
from server.payments.rules import Method
from tests import quebec
from tests.office.conftest import Desk
from tests.shop import Shop


def test_nobody_owes_anything(desk: Desk) -> None:
    page = desk.get("/")
    assert "Everybody has paid." in page
    assert "$0.00" in page


def test_the_board_says_who_owes_how_much_how_late_and_since_when(desk: Desk, shop: Shop) -> None:
    shop.invoice()
    shop.pass_time(days=38)
    page = desk.get("/")
    assert "Marie Tremblay" in page
    assert ">F-000001<" in page
    assert page.count("$218.45") == 3  # owed in all, late in all, this invoice
    assert "8 days late" in page
    assert "The chase begins" in page


def test_the_longest_overdue_comes_first(desk: Desk, shop: Shop) -> None:
    shop.invoice()
    shop.pass_time(days=1)
    shop.invoice()
    page = desk.get("/")
    assert page.index("F-000001") < page.index("F-000002")


def test_money_that_came_leaves_the_board_and_heads_the_newest_payments(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.CASH)
    page = desk.get("/")
    assert "Everybody has paid." in page
    newest = page[page.index("Newest payments") :]
    assert "Marie Tremblay" in newest
    assert "$218.45" in newest
    assert "Received today" in page


def test_currencies_are_never_added_up(desk: Desk, shop: Shop) -> None:
    shop.invoice()
    with transaction() as session:
        quebec.add_customer(session, "cus_2", name="Café Paris")
    desk.client.get("/office/")
    with transaction() as session:
        from server.invoices import operations as invoices
        from server.jobs import operations as jobs

        quebec.plan_job(session, "job_eur", customer_id="cus_2", currency="EUR", lines=[quebec.line(tax_code="none")])
        now = shop.now()
        job, _ = jobs.complete(session, job_id="job_eur", completion_id="cmp_eur", completed_at=now, now=now)
        invoices.issue(session, job=job, invoice_id="inv_eur", now=now)
    page = desk.get("/")
    assert "€190.00" in page
    assert "$218.45" in page
    assert "408.45" not in page


def test_an_unknown_outcome_is_seen_at_once(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    shop.fault("drop_after", "/v1/terminal/readers/*/process_payment_intent", nth=1, times=3)
    shop.collect(invoice, "pay_1")
    page = desk.get("/")
    assert "The outcome of 1 payment is unknown." in page
    assert "Being checked; do not charge again" in page


def test_a_payment_under_way_is_shown_instead_of_a_reminder(desk: Desk, shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1")
    assert "Payment under way" in desk.get("/")


def test_what_is_next_follows_the_chase(desk: Desk, shop: Shop) -> None:
    shop.invoice()
    shop.pass_time(days=36)
    with transaction() as session:
        quebec.start_chasing(session, now=shop.now())
        [look] = dunning.plan(session, today=cases.today_of(session, now=shop.now()), now=shop.now())
    assert "Reminder by e-mail" in desk.get("/")
    page = f"/chase/cases/{look.case.id}"
    clear = {"before": "final_demand", "invoice_right": "on", "delivered": "on", "nothing_unread": "on"}
    for step in (1, 2, 3, 4):
        if step == 4:
            assert desk.post(f"{page}/checks", clear, on=page).status_code == 303
        with transaction() as session:
            dunning.take_step(session, case_id=look.case.id, now=shop.now())
            session.execute(text("UPDATE messages SET status = 'sent', sent_at = now() WHERE kind = 'reminder'"))
            dunning.learn_outcomes(session, now=shop.now())
        assert f"Step {step} of the chase" in desk.get("/invoices/inv_1")
        shop.pass_time(days=10)
    assert "Referral" in desk.get("/"), "what is next is for a person to decide"
    with transaction() as session:
        dunning.place_hold(
            session,
            case_id=look.case.id,
            hold_id="hld_1",
            reason="Waits for the insurer",
            until_on=None,
            owner="Anne",
            now=shop.now(),
        )
    page = desk.get("/")
    assert "Paused" in page
    assert "held by the office" in page
