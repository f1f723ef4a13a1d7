"""What Stripe captured is found however many PaymentIntents came after it."""

from __future__ import annotations

from datetime import timedelta

from server.core import clock
from server.gateway import intents
from tests.shop import Shop


def test_money_behind_the_first_page_of_a_hundred_is_found(shop: Shop) -> None:
    began = clock.now() - timedelta(minutes=1)
    invoice = shop.invoice()
    paid = shop.collect(invoice, "pay_1")
    shop.press("tap")
    for number in range(100):
        intents.create_intent(
            key=f"idle:{number}",
            payment_id=f"pay_idle{number}",
            invoice_id=invoice.id,
            amount_minor=100,
            currency="CAD",
            words="idle",
        )
    (found,) = intents.list_succeeded(began)
    assert (found.id, found.received_minor, found.currency) == (
        shop.payment(paid.id).stripe_intent_id,
        Shop.TOTAL,
        "CAD",
    )
    assert list(intents.list_succeeded(clock.now() + timedelta(minutes=1))) == []
