"""Dinars that no card can pay to the last unit: the page says what a card can pay, and how the rest is paid."""

from __future__ import annotations

import pytest

from server.payments.rules import Method
from tests.payments.test_currencies import issue
from tests.paypage.conftest import Customer
from tests.shop import Shop

PART = {
    "en": "A card can pay KWD12.340 of it: in this currency card amounts end in 0. Pay the rest, KWD0.005,",
    "fr": "Une carte peut en payer 12,340\xa0KWD",
}
TOO_LITTLE = {
    "en": "So small an amount cannot be paid by card. Pay it in cash, by cheque or by bank transfer.",
    "fr": "Un si petit montant ne se paie pas par carte. Payez-le comptant, par chèque ou par virement.",
}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_part_that_a_card_can_pay_is_offered_and_the_rest_another_way(
    customer: Customer, shop: Shop, language: str
) -> None:
    invoice = issue(shop, "KWD", 12_345)
    path = customer.link(invoice)
    assert PART[language] in customer.look(path, f"lang={language}")
    customer.do("pay", customer.press_pay(path, amount="12.340"))
    customer.look(path, "lang=en&from=checkout")
    assert shop.balance(invoice) == 5
    left = customer.look(path, f"lang={language}")
    assert TOO_LITTLE[language] in left
    assert 'name="attempt"' not in left
    shop.collect(invoice, "pay_rest", method=Method.CASH)
    assert shop.status(invoice) == "paid"


def test_an_amount_typed_that_no_card_can_pay_is_refused_with_what_to_do(customer: Customer, shop: Shop) -> None:
    invoice = issue(shop, "KWD", 12_345)
    refused = customer.press_pay(customer.link(invoice), amount="12.345")
    assert refused.status_code == 422
    assert "Write a part that ends in 0, and pay the rest in cash, by cheque or by bank transfer." in refused.text


def test_what_a_card_can_pay_says_nothing_of_all_that(customer: Customer, shop: Shop) -> None:
    assert "end in 0" not in customer.look(customer.link(issue(shop, "KWD", 12_340)))
