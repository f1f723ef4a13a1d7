"""Whoever paid twice reads on their page what becomes of the second payment, how much it is, and when to expect it."""

from __future__ import annotations

from server.business import operations as business
from server.core.database import transaction
from server.invoices.models import Invoice
from server.payments import flows, tasks
from server.payments.rules import Method
from tests.paypage.conftest import Customer
from tests.shop import Shop

FAILING_CARD = "4000000000005126"


def pay_twice(shop: Shop, **card: str) -> Invoice:
    """Cash is taken instead of the card, and the reader is sent the card's payment all the same."""
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    flows.cancel(payment_id="pay_1", now=shop.now())
    shop.collect(invoice, "pay_2", method=Method.CASH)
    shop.process_late("pay_1")
    shop.press("tap", **card)
    shop.ask("pay_1")
    return invoice


def test_what_goes_back_to_the_card_says_so_and_by_when(customer: Customer, shop: Shop) -> None:
    link = customer.link(pay_twice(shop))
    said = customer.look(link)
    assert "$218.45 came beyond what was owed. It goes back to your card by itself: its statement shows it by" in said
    tasks.resolve_refunds()
    shop.work()
    said = customer.look(link)
    assert "$218.45 came beyond what was owed. We sent it back to your card on" in said
    assert "your credit" not in said
    assert "Nous les avons renvoyés sur votre carte le" in customer.look(link, "lang=fr")


def test_what_is_kept_as_credit_says_so_until_it_is_used(customer: Customer, shop: Shop) -> None:
    with transaction() as session:
        business.change_settings(session, {"second_payment": "credit"})
    invoice = pay_twice(shop)
    link = customer.link(invoice)
    assert "$218.45 came beyond what was owed. We keep it as your credit: ask us" in customer.look(link)
    use_credit(shop, invoice, 20000)
    assert "$18.45 came beyond what was owed. We keep it as your credit" in customer.look(link)
    use_credit(shop, invoice, 1845)
    assert "beyond what was owed" not in customer.look(link)


def use_credit(shop: Shop, earlier: Invoice, amount_minor: int) -> None:
    flows.apply_credit(
        customer_id=earlier.customer_id,
        application_id=f"app_{amount_minor}",
        invoice_id=shop.invoice().id,
        amount_minor=amount_minor,
        applied_by="staff:anne",
        now=shop.now(),
    )


def test_a_refund_that_the_bank_sends_back_is_told_as_credit(customer: Customer, shop: Shop) -> None:
    link = customer.link(pay_twice(shop, number=FAILING_CARD))
    shop.work()
    assert "We sent it back to your card" in customer.look(link)
    shop.pass_time(days=1, seconds=5)
    shop.resolve_open()
    assert "We keep it as your credit" in customer.look(link)
