"""A customer's account at the desk: one cheque for several invoices."""

from __future__ import annotations

import re

from server.ledger.rules import Kind
from tests.office.conftest import Desk, hidden
from tests.payments.test_credit import keep_as_credit, pay_twice
from tests.shop import Shop

PATH = "/customers/cus_1"


def test_one_cheque_is_recorded_for_what_is_ticked(desk: Desk, shop: Shop) -> None:
    first, second, third = (shop.invoice() for _ in range(3))
    page = desk.get(PATH)
    said = {
        "payment_id": hidden(page, "payment_id"),
        "invoice_id": [first.id, third.id],
        "method": "cheque",
        "amount": "300",
        "reference": "0042",
    }
    for _ in range(2):
        assert desk.post(f"{PATH}/payments", said, on=PATH).status_code == 303
    assert shop.books(Kind.CHEQUES) == 30000
    assert [shop.balance(each) for each in (first, second, third)] == [0, Shop.TOTAL, 2 * Shop.TOTAL - 30000]
    offered = [re.findall(r'<option value="(\w+)"', desk.get(where)) for where in (PATH, f"/invoices/{second.id}")]
    assert [methods[0] for methods in offered] == ["cheque", "cheque"], "as they paid the last time"
    assert "Paid the last time by" in desk.get(PATH)


def test_the_desk_makes_the_link_to_everything_a_customer_owes_once(desk: Desk, shop: Shop) -> None:
    shop.invoice()
    assert "Make the link" in desk.get(PATH)
    for _ in range(2):
        assert desk.post(f"{PATH}/link", {}, on=PATH).status_code == 303
    assert len(set(re.findall(r'href="(http\S+/p/[^"]+)"', desk.get(PATH)))) == 1
    assert desk.post("/customers/cus_none/link", {}, on=PATH).status_code == 404


def test_without_a_tick_or_an_amount_nothing_is_recorded_and_the_page_says_why(desk: Desk, shop: Shop) -> None:
    invoice = shop.invoice()
    said = {"payment_id": "pay_x", "method": "cash", "amount": "10"}
    assert "Tick at least one invoice." in desk.post(f"{PATH}/payments", said, on=PATH).text
    for wrong, sentence in (("ten", "This is not an amount."), ("999", "more than the invoice still owes")):
        answer = desk.post(f"{PATH}/payments", {**said, "amount": wrong, "invoice_id": invoice.id}, on=PATH)
        assert answer.status_code == 422
        assert sentence in answer.text
    assert shop.books(Kind.CASH) == 0


def test_credit_is_shown_used_and_given_back_at_the_desk(desk: Desk, shop: Shop) -> None:
    keep_as_credit()
    payment_id = pay_twice(shop, shop.invoice())
    other = shop.invoice()
    page = desk.get(PATH)
    assert "Credit we hold for them" in page
    use = {"application_id": hidden(page, "application_id"), "invoice_id": other.id, "amount": "200"}
    for _ in range(2):
        assert desk.post(f"{PATH}/credit/applications", use, on=PATH).status_code == 303
    assert shop.balance(other) == Shop.TOTAL - 20000
    assert "paid out of the customer's credit" in desk.get(f"/invoices/{other.id}")
    assert "Used for invoices" in desk.get(PATH)
    for _ in range(2):
        withdrawn = desk.post(f"{PATH}/credit/applications/{use['application_id']}/withdrawal", {}, on=PATH)
        assert withdrawn.status_code == 303
    assert shop.balance(other) == Shop.TOTAL
    assert "$200.00 is the customer's credit again" in desk.get(f"/invoices/{other.id}")
    page = desk.get(PATH)
    assert "Used for invoices" not in page
    again = {**use, "application_id": hidden(page, "application_id")}
    assert desk.post(f"{PATH}/credit/applications", again, on=PATH).status_code == 303
    back = {
        "refund_id": hidden(page, "refund_id"),
        "payment_id": payment_id,
        "amount": "18.45",
        "by_hand": "bank_transfer",
    }
    unsaid = desk.post(f"{PATH}/credit/refunds", {**back, "reason": "Asked for it"}, on=PATH)
    assert "needs its number or reference" in unsaid.text
    said = {**back, "reason": "Asked for it", "reference": "V-9"}
    assert desk.post(f"{PATH}/credit/refunds", said, on=PATH).status_code == 303
    assert shop.books(Kind.CUSTOMER_CREDIT) == 0
    assert "Credit we hold for them" not in desk.get(PATH)
