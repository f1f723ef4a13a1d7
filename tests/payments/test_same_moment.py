"""Two people in the same moment: what is being begun while it is given up is never left open to a card."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from server.payments import flows
from server.payments.models import Payment
from server.payments.rules import Method, Status
from tests.shop import Shop

PROCESS = "/v1/terminal/readers/*/process_payment_intent"
SESSIONS = "/v1/checkout/sessions"
PATIENCE = 20_000


@contextmanager
def under_way(shop: Shop, path: str, call: Callable[[], Payment]) -> Iterator[list[Payment]]:
    """Make a call whose request to Stripe takes an hour of the sandbox's clock; inside, it is under way.

    The list holds the answer afterwards.
    """
    shop.fault("latency", path, seconds=3600)
    answers: list[Payment] = []
    calling = threading.Thread(target=lambda: answers.append(call()))
    calling.start()
    for _ in range(PATIENCE):
        if any("latency" in request["faults"] for request in shop.control("GET", "journal")["items"]):
            break
    yield answers
    shop.pass_time(hours=1)
    calling.join()


def test_a_reader_lit_after_its_payment_was_canceled_is_put_out(shop: Shop) -> None:
    invoice = shop.invoice()
    with under_way(shop, PROCESS, lambda: shop.collect(invoice, "pay_1")) as answers:
        assert flows.cancel(payment_id="pay_1", now=shop.now()).status is Status.CANCELED
    assert [payment.status for payment in answers] == [Status.CANCELED]
    assert not shop.can_tap()
    assert shop.captured() == 0


def test_a_page_opened_after_it_was_given_up_for_the_reader_is_closed(shop: Shop) -> None:
    invoice = shop.invoice()
    with under_way(shop, SESSIONS, lambda: shop.collect(invoice, "pay_1", method=Method.PAY_LINK)) as answers:
        assert shop.collect(invoice, "pay_2").status is Status.WAITING
    assert [payment.status for payment in answers] == [Status.CANCELED]
    assert not shop.pay_page(shop.payment("pay_1"))
    shop.press("tap")
    assert shop.ask("pay_2").status is Status.SUCCEEDED
    assert shop.captured() == Shop.TOTAL
