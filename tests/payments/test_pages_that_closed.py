"""A page that closed while its money was on its way: the PaymentIntent is the truth, and no money is lost."""

from __future__ import annotations

import pytest

from server.audit import flows as audit
from server.ledger.rules import Kind
from server.payments import flows
from server.payments.models import Payment
from server.payments.operations import CannotCancel
from server.payments.rules import Method, Status
from tests.payments.test_debits import debit, notices
from tests.shop import Shop


def close(shop: Shop, payment: Payment, *, back_to: str | None = None) -> None:
    """Let Stripe show the page as expired and unpaid, whatever became of its PaymentIntent."""
    state = shop.sandbox.state
    with state.lock:
        page = state.get("checkout.session", payment.stripe_session_id or "")
        page.update(status="expired", payment_status="unpaid", url=None)
        if back_to is not None:
            state.get("payment_intent", page["payment_intent"])["status"] = back_to


def test_what_a_card_paid_counts_though_its_page_is_shown_as_expired(shop: Shop) -> None:
    invoice = shop.invoice()
    page = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    assert shop.pay_page(page)
    close(shop, page)
    for _ in range(2):
        assert shop.ask("pay_1").status is Status.SUCCEEDED
    assert shop.balance(invoice) == 0
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL
    assert list(audit.check(now=shop.now())) == []


@pytest.mark.parametrize("fails", [False, True])
def test_a_debit_on_its_way_is_waited_for_though_its_page_is_shown_as_expired(shop: Shop, fails: bool) -> None:
    invoice = shop.invoice()
    page = debit(shop, invoice, fails=fails)
    close(shop, page)
    assert shop.ask("pay_1").status is Status.PROCESSING
    with pytest.raises(CannotCancel):
        flows.cancel(payment_id="pay_1", now=shop.now())
    shop.pass_time(days=4)
    shop.resolve_open()
    ended = shop.payment("pay_1")
    assert (ended.status, ended.failure_code) == (
        (Status.FAILED, "debit_insufficient_funds") if fails else (Status.SUCCEEDED, None)
    )
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL - shop.balance(invoice) == (0 if fails else Shop.TOTAL)
    assert len(notices(invoice)) == fails


def test_a_page_that_closed_unpaid_is_canceled_and_takes_no_other_way_with_it(shop: Shop) -> None:
    invoice = shop.invoice()
    page = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    shop.pass_time(hours=13)
    assert shop.ask("pay_1").status is Status.CANCELED
    assert not shop.pay_page(page)
    assert shop.collect(invoice, "pay_2").status is Status.WAITING


def test_a_card_that_a_bank_lets_through_after_its_page_was_given_up_is_found(shop: Shop) -> None:
    """Its holder was asked to confirm while the page closed; the event that tells of it is lost."""
    invoice = shop.invoice()
    page = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    assert shop.pay_page(page)
    close(shop, page, back_to="requires_action")
    assert shop.ask("pay_1").status is Status.CANCELED
    shop.collect(invoice, "pay_2", method=Method.CASH)
    close(shop, page, back_to="succeeded")
    for _ in range(2):
        flows.look_for_untold(now=shop.now())
    assert shop.payment("pay_1").status is Status.SUCCEEDED
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL
    assert (shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT)) == (0, Shop.TOTAL)
    assert list(audit.check(now=shop.now())) == []
