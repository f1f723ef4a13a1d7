"""A customer pays from a link, and is never asked twice for the same money."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from server.core.database import transaction
from server.payments import operations
from server.payments.rules import Method
from tests.paypage.conftest import Customer
from tests.shop import Shop


def test_pressing_pay_leads_to_stripe_and_coming_back_shows_paid_without_any_webhook(
    customer: Customer, shop: Shop
) -> None:
    path = customer.link(shop.invoice())
    assert "$218.45" in customer.look(path)
    customer.do("pay", customer.press_pay(path))
    page = customer.look(path, "lang=en&from=checkout")
    assert "Paid. Thank you!" in page
    assert "/checkout" not in page
    assert shop.captured() == Shop.TOTAL


def test_a_double_click_leads_to_one_page(customer: Customer, shop: Shop) -> None:
    path = customer.link(shop.invoice())
    page = customer.look(path)
    first, second = customer.press_on(page, path), customer.press_on(page, path)
    assert first.location == second.location
    customer.do("pay", second)
    third = customer.press_on(page, path)
    assert third.status_code == 409
    assert "This is paid already. Thank you!" in third.text
    assert shop.captured() == Shop.TOTAL


def test_giving_up_at_stripe_leaves_everything_as_it_was(customer: Customer, shop: Shop) -> None:
    path = customer.link(shop.invoice())
    customer.do("abandon", customer.press_pay(path))
    assert "Pay $218.45" in customer.look(path)
    customer.do("pay", customer.press_pay(path))
    assert "Paid. Thank you!" in customer.look(path, "lang=en&from=checkout")
    assert shop.captured() == Shop.TOTAL


def test_an_old_form_asks_again(customer: Customer, shop: Shop) -> None:
    invoice = shop.invoice()
    path = customer.link(invoice)
    page = customer.look(path)
    first = customer.press_on(page, path)
    shop.collect(invoice, "pay_reader")
    shop.press("cancel")
    shop.ask("pay_reader")
    second = customer.press_on(page, path)
    assert second.status_code == 303
    assert second.location != first.location
    customer.do("pay", second)
    assert "Paid. Thank you!" in customer.look(path, "lang=en&from=checkout")


def test_a_part_is_paid_and_the_rest_stays_open(customer: Customer, shop: Shop) -> None:
    invoice = shop.invoice()
    path = customer.link(invoice)
    customer.do("pay", customer.press_pay(path, amount="100,45"))
    page = customer.look(path, "lang=en&from=checkout")
    assert "Pay $118.00" in page
    assert "still to pay of $218.45" in page
    assert shop.balance(invoice) == 11800


def test_the_technicians_code_for_a_part_asks_for_that_part(customer: Customer, shop: Shop) -> None:
    path = customer.link(shop.invoice())
    page = customer.look(path, "lang=en&amount_minor=10000")
    assert "Pay $100.00" in page
    assert 'value="100.00"' in page
    for senseless in ("0", "21845", "99999999999999", "-5", "x"):
        assert "Pay $218.45" in customer.look(path, f"amount_minor={senseless}")


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        ("218.46", "This is more than is still owed."),
        ("0", "This is not an amount."),
        ("much", "This is not an amount."),
    ],
)
def test_an_amount_that_cannot_be_is_refused_in_words(customer: Customer, shop: Shop, amount: str, says: str) -> None:
    path = customer.link(shop.invoice())
    refused = customer.press_pay(path, amount=amount)
    assert refused.status_code == 422
    assert says in refused.text
    assert shop.captured() == 0


def test_while_the_reader_waits_the_page_says_so_and_opens_no_second_way(customer: Customer, shop: Shop) -> None:
    invoice = shop.invoice()
    path = customer.link(invoice)
    before = customer.look(path)
    shop.collect(invoice, "pay_reader")
    page = customer.look(path)
    assert "A payment is under way on the technician's card reader." in page
    assert "/checkout" not in page
    assert '<noscript><meta http-equiv="refresh"' in page
    refused = customer.press_on(before, path)
    assert refused.status_code == 409
    assert "A payment is under way" in refused.text


def test_an_unknown_outcome_asks_not_to_pay_again(customer: Customer, shop: Shop) -> None:
    invoice = shop.invoice()
    path = customer.link(invoice)
    before = customer.look(path)
    shop.fault("drop_after", "/v1/terminal/readers/*/process_payment_intent", nth=1, times=3)
    shop.collect(invoice, "pay_reader")
    page = customer.look(path)
    assert "We are checking with the bank." in page
    assert "Please do not pay again" in page
    refused = customer.press_on(before, path)
    assert refused.status_code == 409
    assert "Please do not pay again" in refused.text


def test_who_presses_while_the_money_is_being_taken_back_is_not_asked_for_nothing(
    customer: Customer, shop: Shop
) -> None:
    invoice = shop.invoice()
    path = customer.link(invoice)
    before = customer.look(path)
    shop.collect(invoice, "pay_cheque", method=Method.CHEQUE, reference="1042")
    with ThreadPoolExecutor(1) as somebody:
        with transaction() as session:
            operations.reverse_payment(
                session,
                payment_id="pay_cheque",
                reversal_id="rev_1",
                reason="NSF",
                reversed_by="office",
                now=shop.now(),
            )
            pressing = somebody.submit(customer.press_on, before, path)
            wait([pressing], timeout=2)  # where nothing owed was asked for, it waited for the invoice
        refused = pressing.result()
    assert refused.status_code == 409
    assert "This is paid already. Thank you!" in refused.text
    assert shop.balance(invoice) == Shop.TOTAL


def test_what_was_paid_meanwhile_cannot_be_paid_again(customer: Customer, shop: Shop) -> None:
    invoice = shop.invoice()
    path = customer.link(invoice)
    before = customer.look(path)
    shop.collect(invoice, "pay_cash", method=Method.CASH)
    refused = customer.press_on(before, path)
    assert refused.status_code == 409
    assert "This is paid already. Thank you!" in refused.text


def test_when_stripe_does_not_answer_nothing_is_charged_and_the_customer_may_try_again(
    customer: Customer, shop: Shop
) -> None:
    path = customer.link(shop.invoice())
    shop.fault("error_500", "/v1/checkout/sessions", nth=1, times=3)
    refused = customer.press_pay(path)
    assert refused.status_code == 502
    assert "You were not charged." in refused.text
    customer.do("pay", customer.press_pay(path))
    assert "Paid. Thank you!" in customer.look(path, "lang=en&from=checkout")
    assert shop.captured() == Shop.TOTAL


def test_coming_back_before_stripe_can_tell_waits_and_does_not_ask_for_money(customer: Customer, shop: Shop) -> None:
    path = customer.link(shop.invoice())
    customer.do("pay", customer.press_pay(path))
    shop.fault("error_500", "/v1/checkout/sessions/*", nth=1, times=3)
    page = customer.look(path, "lang=en&from=checkout")
    assert "We are confirming your payment." in page
    assert "/checkout" not in page
    assert "Paid. Thank you!" in customer.look(path, "lang=en&from=checkout")


def test_a_debit_on_its_way_says_when_it_is_expected_and_asks_for_nothing_more(customer: Customer) -> None:
    invoice = customer.shop.invoice()
    path = customer.link(invoice)
    customer.do("debit", customer.press_pay(path))
    page = customer.look(path, "lang=en&from=checkout")
    assert "on its way from your bank" in page
    assert "We expect it by" in page
    assert "<form" not in page.partition("<main")[2]


def test_a_customer_ticks_several_invoices_and_pays_once(customer: Customer, shop: Shop) -> None:
    first, second, third = (shop.invoice() for _ in range(3))
    path = customer.link_to_everything()
    assert "Pay what is ticked" in customer.look(path)
    customer.do("pay", customer.press_pay(path, invoice_id=[first.id, third.id]))
    customer.look(path, "from=checkout")
    assert [shop.balance(each) for each in (first, second, third)] == [0, Shop.TOTAL, 0]
    assert shop.captured() == 2 * Shop.TOTAL
    assert len(shop.written("receipt")) == 1


def test_a_part_of_what_is_ticked_goes_to_the_oldest_first(customer: Customer, shop: Shop) -> None:
    first, second = shop.invoice(), shop.invoice()
    path = customer.link_to_everything()
    customer.do("pay", customer.press_pay(path, invoice_id=[first.id, second.id], amount="300"))
    customer.look(path, "from=checkout")
    assert (shop.balance(first), shop.balance(second)) == (0, 2 * Shop.TOTAL - 30000)


def test_what_was_given_up_once_may_be_asked_for_when_others_are_paid(customer: Customer, shop: Shop) -> None:
    first, second = shop.invoice(), shop.invoice()
    shop.collect(second, "pay_reader")
    shop.press("cancel")
    shop.ask("pay_reader")
    path = customer.link_to_everything()
    customer.press_pay(path, invoice_id=first.id)
    shop.pass_time(hours=13)
    shop.resolve_open()
    shop.collect(second, "pay_cash", method=Method.CASH)
    page = customer.look(path)
    asked = [customer.press_on(page, path, invoice_id=first.id) for _ in range(2)]
    assert len({answer.location for answer in asked}) == 1
    customer.do("pay", asked[0])
    customer.look(path, "from=checkout")
    assert (shop.balance(first), shop.captured()) == (0, Shop.TOTAL)


def test_with_nothing_ticked_the_page_asks_for_a_tick(customer: Customer, shop: Shop) -> None:
    shop.invoice(), shop.invoice()
    path = customer.link_to_everything()
    refused = customer.press_pay(path)
    assert (refused.status_code, "Tick at least one invoice." in refused.text) == (422, True)
    assert customer.press_pay(path, invoice_id=["inv_of_somebody_else"]).status_code == 404
