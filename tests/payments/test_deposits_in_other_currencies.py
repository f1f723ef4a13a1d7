"""A deposit in a currency with no or three decimals, from the contract to the invoice of the work."""

from __future__ import annotations

import pytest

from server.core.database import transaction
from server.gateway.amounts import AmountNotChargeable
from server.invoices import operations as invoicing
from server.invoices import queries as invoices
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments import flows
from server.payments.rules import Method, Status
from tests import quebec
from tests.payments.test_currencies import captured, issue
from tests.payments.test_deposits import ask, assert_books_agree, finish, plan
from tests.shop import Shop


def deposits_of(currency: str) -> int:
    with transaction() as session:
        return ledger.totals(session, Kind.DEPOSITS).get(currency, 0)


@pytest.mark.parametrize(
    ("currency", "total_minor", "share_minor"), [("JPY", 1_235, 371), ("KWD", 12_345, 3_704), ("KWD", 12_300, 3_690)]
)
def test_a_share_is_rounded_to_the_currencys_unit_and_the_rest_makes_the_total(
    shop: Shop, currency: str, total_minor: int, share_minor: int
) -> None:
    lines = [quebec.line(quantity="1", unit_price_minor=total_minor, tax_code="none")]
    schedule = [{"label": "Commande", "percent": "30", "when": "on_signature"}]
    plan(shop, currency=currency, lines=lines, schedule=schedule)
    deposit = ask(shop, 1)
    assert (deposit.total_minor, deposit.currency) == (share_minor, currency)
    odd = currency == "KWD" and share_minor % 10
    if odd:
        with pytest.raises(AmountNotChargeable):
            shop.collect(deposit, "pay_1")
        shop.collect(deposit, "pay_1", method=Method.CASH)
    else:
        shop.collect(deposit, "pay_1")
        shop.press("tap")
        assert shop.ask("pay_1").status is Status.SUCCEEDED
    assert deposits_of(currency) == share_minor
    final = finish(shop)
    with transaction() as session:
        assert invoices.balance_of(session, invoices.get_invoice(session, final.id)) == total_minor - share_minor
    assert deposits_of(currency) == 0
    shop.collect(final, "pay_2", method=Method.CASH, amount_minor=total_minor - share_minor)
    assert shop.status(final) == "paid"
    assert_books_agree()


def test_of_what_is_held_a_card_is_charged_what_it_can_be_and_the_odd_rest_stays_owed(shop: Shop) -> None:
    invoice = issue(shop, "KWD", 12_340)
    shop.collect(invoice, "pay_1", capture_later=True)
    shop.press("tap")
    shop.ask("pay_1")
    with transaction() as session:
        credited = invoices.get_invoice(session, invoice.id, lock=True)
        invoicing.credit(session, credited, credit_note_id="crn_1", amount_minor=5, reason="Late", now=shop.now())
    with pytest.raises(AmountNotChargeable):
        flows.capture(payment_id="pay_1", amount_minor=12_335, now=shop.now())
    taken = flows.capture(payment_id="pay_1", now=shop.now())
    assert (taken.status, taken.amount_minor, captured(shop, "KWD")) == (Status.SUCCEEDED, 12_330, 12_330)
    assert shop.balance(invoice) == 5
    shop.collect(invoice, "pay_2", method=Method.CASH, amount_minor=5)
    assert shop.status(invoice) == "paid"
