"""Whoever paid twice reads on their page what becomes of the second payment, how much it is, and when to expect it."""

from __future__ import annotations

from typing import Any

from server.access.rules import Role
from server.business import operations as business
from server.core.database import transaction
from server.invoices import queries
from server.invoices.models import Invoice
from server.ledger.rules import Kind
from server.payments import flows, operations, tasks
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


def test_what_came_beyond_by_a_cheque_that_bounced_is_not_said_to_be_credit(customer: Customer, shop: Shop) -> None:
    invoice = shop.invoice()
    for payment_id in ("pay_1", "pay_2"):
        with transaction() as session:
            operations.open_payment(
                session,
                payment_id=payment_id,
                invoice=queries.get_invoice(session, invoice.id, lock=True),
                method=Method.CHEQUE,
                amount_minor=Shop.TOTAL + 5000 if payment_id == "pay_1" else 5000,
                reader_id=None,
                reference=None,
                keep_beyond=True,
                taken_by="test",
                now=shop.now(),
            )
    link = customer.link(invoice)
    assert customer.look(link).count("$50.00 came beyond what was owed. We keep it as your credit") == 2
    with transaction() as session:
        about: dict[str, Any] = {"payment_id": "pay_2", "reversal_id": "rev_1", "reason": "NSF"}
        operations.reverse_payment(session, **about, reversed_by="staff:anne", now=shop.now())
    assert shop.books(Kind.CUSTOMER_CREDIT) == 5000
    assert customer.look(link).count("$50.00 came beyond what was owed. We keep it as your credit") == 1
    with transaction() as session:
        about = {"refund_id": "ref_1", "payment_id": "pay_1", "amount_minor": 5000, "reason": "Too much"}
        who: dict[str, Any] = {"requested_by": "staff:anne", "role": Role.OFFICE}
        operations.open_refund(session, **about, **who, from_credit=True, reader_id=None, now=shop.now())
    assert "beyond what was owed" not in customer.look(link)
    again = shop.invoice()
    with transaction() as session:
        operations.open_payment(
            session,
            payment_id="pay_3",
            invoice=queries.get_invoice(session, again.id, lock=True),
            method=Method.CHEQUE,
            amount_minor=Shop.TOTAL + 5000,
            reader_id=None,
            reference=None,
            keep_beyond=True,
            taken_by="test",
            now=shop.now(),
        )
    assert "beyond what was owed" not in customer.look(link)
