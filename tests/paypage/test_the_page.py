"""What the customer's page says, to whom, and to nobody else."""

from __future__ import annotations

from typing import Any

from server.core.database import transaction
from server.invoices import operations as invoices
from server.invoices import queries
from server.invoices.rules import Subject
from server.payments.rules import Method
from tests.paypage.conftest import Customer
from tests.shop import Shop


def test_the_page_says_who_asks_for_what_how_much_and_until_when(customer: Customer, shop: Shop) -> None:
    page = customer.look(customer.link(shop.invoice()))
    for said in (
        "Plomberie Roy inc.",
        "100, chemin Sainte-Foy",
        "+1 418-555-0100",
        "TPS 123456789 RT0001",
        "Chauffe-eau",
        "Main-d’œuvre",
        "$218.45",
        "Due on",
        "F-000001",
    ):
        assert said in page, said


def test_the_page_speaks_the_customers_language_until_they_choose_another(customer: Customer, shop: Shop) -> None:
    path = customer.link(shop.invoice())
    assert "Payer 218,45\xa0$" in customer.look(path, "")
    assert "Pay $218.45" in customer.look(path, "lang=en")
    assert "Pay $218.45" in customer.look(path, "")


def test_the_page_is_light_private_and_loads_nothing_from_elsewhere(customer: Customer, shop: Shop) -> None:
    path = customer.link(shop.invoice())
    answer = customer.client.get(path)
    size = len(answer.data)
    for name in ("tokens.css", "pages.css", "live.js", "mark.svg"):
        with customer.client.get(f"/look/{name}") as part:
            size += len(part.data)
    assert size < 30_000
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'content="noindex, nofollow"' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert f"form-action 'self' {shop.sandbox.url}" in policy
    assert "unsafe" not in policy
    assert "https://" not in answer.text


def test_a_link_to_everything_lets_one_invoice_be_chosen(customer: Customer, shop: Shop) -> None:
    first, second = shop.invoice(), shop.invoice()
    path = customer.link_to_everything()
    page = customer.look(path)
    assert first.number in page
    assert second.number in page
    customer.do("pay", customer.press_pay(path, invoice_id=second.id))
    customer.look(path, "from=checkout")
    assert shop.balance(second) == 0
    assert shop.balance(first) == Shop.TOTAL
    customer.do("pay", customer.press_pay(path))
    assert "Everything is paid" in customer.look(path, "lang=en&from=checkout")


def test_a_link_opens_no_other_invoice(customer: Customer, shop: Shop) -> None:
    mine, other = shop.invoice(), shop.invoice()
    path = customer.link(mine)
    assert customer.press_pay(path, invoice_id=other.id).status_code == 404
    assert customer.client.get(f"{path}/invoice.pdf?invoice={other.id}").status_code == 404
    assert shop.balance(other) == Shop.TOTAL


def test_the_invoice_can_be_taken_along(customer: Customer, shop: Shop) -> None:
    answer = customer.client.get(f"{customer.link(shop.invoice())}/invoice.pdf")
    assert answer.content_type == "application/pdf"
    assert answer.data.startswith(b"%PDF")


def test_a_dead_link_is_a_friendly_page(customer: Customer, shop: Shop) -> None:
    invoice = shop.invoice()
    path = customer.link(invoice)
    with transaction() as session:
        invoices.revoke_link(session, subject=Subject.INVOICE, subject_id=invoice.id, by="staff:anne", now=shop.now())
    page = customer.look(path, "lang=fr", 404)
    assert "Ce lien de paiement n’est plus valide." in page
    assert customer.client.post(f"{path}/checkout").status_code == 404
    assert "There is nothing here" in customer.look("/p/guessed", "lang=en", 404)


def test_what_is_paid_says_thank_you(customer: Customer, shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.CASH)
    page = customer.look(customer.link(invoice))
    assert "Paid. Thank you!" in page
    assert "http-equiv" not in page


def test_what_was_credited_is_not_said_to_be_paid(customer: Customer, shop: Shop) -> None:
    part, whole = shop.invoice(), shop.invoice()
    shop.collect(part, "pay_1", method=Method.CASH, amount_minor=Shop.TOTAL - 5000)
    for invoice, minor in ((part, 5000), (whole, Shop.TOTAL)):
        with transaction() as session:
            known = queries.get_invoice(session, invoice.id, lock=True)
            credit: dict[str, Any] = {"credit_note_id": f"crn_{known.id}", "reason": None}
            invoices.credit(session, known, amount_minor=minor, **credit, now=shop.now())
    page = customer.look(customer.link(part))
    assert "Paid. Thank you!" in page
    assert "$168.45 for" in page
    page = customer.look(customer.link(whole))
    assert "Paid. Thank you!" not in page
    assert "Nothing to pay" in page
