"""After an outage Stripe is asked first: nobody is chased who paid while no webhook came."""

from __future__ import annotations

from sqlalchemy import select, text

from server import worker
from server.core.database import transaction
from server.invoices.models import Invoice
from server.messages.models import Message
from server.payments.models import Payment
from server.payments.rules import Method
from tests import quebec
from tests.dunning.test_working import cases
from tests.shop import Shop


def turn(shop: Shop) -> None:
    """Let the worker's next turn come, and everything that follows from it."""
    worker.tick()
    shop.work()


def on_page(shop: Shop, invoice: Invoice, payment_id: str) -> Payment:
    """Open a page, and have it paid without anybody telling us."""
    payment = shop.collect(invoice, payment_id, method=Method.PAY_LINK)
    assert shop.pay_page(payment)
    return payment


def test_who_paid_while_no_webhook_came_is_not_chased_after_an_outage(shop: Shop) -> None:
    invoice = shop.invoice()
    turn(shop)
    on_page(shop, invoice, "pay_1")
    shop.pass_time(days=66)
    turn(shop)
    assert (shop.status(invoice), told(), cases()) == ("paid", [], [])


def test_what_stripe_does_not_answer_about_holds_its_customer_up_and_nobody_else(shop: Shop) -> None:
    paid = shop.invoice()
    with transaction() as session:
        quebec.add_customer(session, "cus_2", email="luc@example.com")
    other = shop.invoice(customer_id="cus_2")
    turn(shop)
    on_page(shop, paid, "pay_1")
    shop.pass_time(days=66)
    shop.fault("error_500", "/v1/*", times=500)
    turn(shop)
    assert (shop.status(paid), told()) == ("issued", [other.customer_id])
    shop.control("DELETE", "faults")
    shop.pass_time(hours=7)
    turn(shop)
    assert (shop.status(paid), told()) == ("paid", [other.customer_id])


def test_when_the_look_at_stripe_ends_badly_everybody_rests_and_is_chased_soon_after_one_ends_well(
    shop: Shop,
) -> None:
    shop.invoice()
    turn(shop)
    shop.pass_time(days=36)
    worker.tick()
    with transaction() as session:
        failed = "UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'payments.resolve_open'"
        session.execute(text(failed))
    shop.work()
    assert told() == []
    shop.pass_time(minutes=1)
    turn(shop)
    assert told() == ["cus_1"]


def test_the_planner_takes_its_turn_after_the_look_at_stripe() -> None:
    lane = [schedule.task_name for schedule in worker.SCHEDULES if schedule.lane == "chasing"]
    assert lane == ["payments.resolve_open", "dunning.plan"]


def told() -> list[str | None]:
    """The customers to whom a reminder was written."""
    with transaction() as session:
        return list(session.scalars(select(Message.customer_id).where(Message.kind == "reminder")))
