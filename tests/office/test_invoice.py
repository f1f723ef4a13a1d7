"""An invoice at the desk: its story, money by hand, its link."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.ledger.rules import Kind
from server.payments.rules import Method
from tests.office.conftest import Desk, hidden
from tests.poison import unwritable
from tests.shop import Shop


def record(desk: Desk, payment_id: str = "pay_1", **said: str) -> TestResponse:
    form = {"payment_id": payment_id, "method": "cash", "amount": "100", "reference": "", **said}
    return desk.post("/invoices/inv_1/payments", form, on="/invoices/inv_1")


def test_cash_is_recorded_as_it_is_typed_in_french_or_english(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    assert record(desk, "pay_1", amount="100,50").status_code == 303
    assert record(desk, "pay_2", amount="10.25").status_code == 303
    assert shop.balance(invoice) == Shop.TOTAL - 10050 - 1025


def test_a_form_sent_twice_is_counted_once(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    payment_id = hidden(desk.get("/invoices/inv_1"), "payment_id")
    assert record(desk, payment_id).status_code == 303
    assert record(desk, payment_id).status_code == 303
    assert shop.balance(invoice) == Shop.TOTAL - 10000


def test_asking_about_what_we_fail_over_says_that_the_fault_is_ours(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    with unwritable("payments", "status = 'succeeded'"):
        assert desk.post("/payments/pay_1/check", {}, on="/invoices/inv_1").status_code == 303
        assert "Something is wrong on our side" in desk.get("/invoices/inv_1")
    assert desk.post("/payments/pay_1/check", {}, on="/invoices/inv_1").status_code == 303
    assert shop.balance(invoice) == 0


def test_more_than_is_owed_is_refused_in_words(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    refused = record(desk, amount="218.46")
    assert refused.status_code == 422
    assert "The amount is more than the invoice still owes." in refused.text
    assert 'value="218.46"' in refused.text
    assert shop.balance(invoice) == Shop.TOTAL


def test_more_than_is_owed_is_credit_where_the_desk_says_so(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    said = {"amount": "300", "keep_beyond": "on"}
    assert 'name="keep_beyond" checked' in record(desk, method="cheque", **said).text, "it wants its number"
    assert record(desk, method="cheque", **said, reference="0042").status_code == 303
    assert (shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT)) == (0, 30000 - Shop.TOTAL)


def test_what_is_no_amount_is_refused(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    for text in ("", "ten", "1.2.3", "-5", "0", "10.005", "1e3"):
        refused = record(desk, amount=text)
        assert refused.status_code == 422, text
        assert "This is not an amount." in refused.text
    assert shop.balance(invoice) == Shop.TOTAL


def test_a_cheque_needs_its_number(desk: Desk, shop: Shop) -> None:
    shop.invoice()
    refused = record(desk, method="cheque")
    assert refused.status_code == 422
    assert "A cheque or a transfer needs its number or reference." in refused.text
    assert record(desk, method="cheque", reference="000123").status_code == 303
    assert "000123" in desk.get("/invoices/inv_1")


def test_the_desk_cannot_pretend_that_a_card_paid(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    assert record(desk, method="pay_link").status_code == 422
    assert shop.balance(invoice) == Shop.TOTAL


def test_the_story_tells_every_attempt_and_message(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("decline")
    shop.ask("pay_1")
    shop.collect(invoice, "pay_2")
    shop.press("tap")
    shop.ask("pay_2")
    page = desk.get("/invoices/inv_1")
    for told in ("Invoice issued", "Invoice by e-mail", "The card was declined.", "Received", "Receipt by e-mail"):
        assert told in page, told
    assert page.index("Received") < page.index("The card was declined.") < page.index("Invoice issued")


def test_the_desk_can_ask_what_became_of_a_payment(desk: Desk, shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1")
    assert "Ask the card service now" in desk.get("/invoices/inv_1")
    shop.press("tap")
    assert desk.post("/payments/pay_1/check", {}, on="/invoices/inv_1").status_code == 303
    assert "Received" in desk.get("/invoices/inv_1")


@pytest.mark.parametrize("here", ["/invoices/inv_1", "/customers/cus_1"])
def test_a_renewed_link_ends_the_one_before_and_the_log_tells_of_it(
    desk: Desk, shop: Shop, app: Flask, here: str
) -> None:
    number = shop.invoice().number
    desk.post("/customers/cus_1/link", {}, on="/customers/cus_1")
    customer = app.test_client()

    def link() -> str:
        found = re.search(r'href="http://[^/]+(/p/\w+)"', desk.get(here))
        assert found
        return found[1]

    first = link()
    assert customer.get(first).status_code == 200
    desk.post(f"{here}/link", {"change": "renew"}, on=here)
    assert "There is a new link." in desk.get(here)
    second = link()
    assert customer.get(first).status_code == 404
    assert customer.get(second).status_code == 200
    desk.post(f"{here}/link", {"change": "revoke"}, on=here)
    assert customer.get(second).status_code == 404
    page = desk.get(here)
    assert ("The link was revoked" in page, "Revoke it" in page, "Make the link" in page) == (True, False, False)
    desk.post(f"{here}/link", {"change": "renew"}, on=here)
    assert customer.get(link()).status_code == 200
    log = desk.get("/customers/cus_1/log")
    told = [log.count(words) for words in ("Link to pay renewed", "Link to pay revoked", "· Anne Roy")]
    assert told == [2, 1, 3]
    which = f"Invoice {number}" if "inv_1" in here else "To everything the customer owes"
    assert log.count(f"<span>{which}</span>") == 3


@pytest.mark.parametrize("here", ["/invoices/inv_1", "/customers/cus_1"])
def test_nothing_may_be_done_to_a_link_but_what_is_named(desk: Desk, shop: Shop, here: str) -> None:
    shop.invoice()
    assert desk.post(f"{here}/link", {"change": "print"}, on=here).status_code == 400


def test_the_pdf_is_the_customers(desk: Desk, shop: Shop) -> None:
    shop.invoice()
    answer = desk.client.get("/office/invoices/inv_1.pdf")
    assert answer.content_type == "application/pdf"
    assert answer.data.startswith(b"%PDF")


def test_an_unknown_invoice_is_a_page_that_says_so(desk: Desk) -> None:
    assert "There is no such invoice." in desk.get("/invoices/inv_none", 404)


def test_paid_in_full_takes_the_form_away(desk: Desk, shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1", method=Method.CASH)
    page = desk.get("/invoices/inv_1")
    assert "Record the payment" not in page
    assert "Paid" in page
