"""Two channels that both succeed, and the customer's credit: used or given back by an act, never more than there is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from server.access.rules import Role
from server.business import operations as business
from server.core.database import transaction
from server.core.errors import Problem
from server.invoices.models import Invoice
from server.invoices.queries import NoSuchInvoice
from server.ledger.rules import Kind
from server.payments import flows, operations
from server.payments.models import CreditApplication, Refund
from server.payments.operations import AmountTooHigh, ApplicationExists, CreditTooHigh, PaymentInFlight, RefundTooHigh
from server.payments.rules import Method, RefundStatus, Status
from tests.shop import Shop


def keep_as_credit() -> None:
    with transaction() as session:
        business.change_settings(session, {"second_payment": "credit"})


def pay_twice(shop: Shop, invoice: Invoice, *, cash_minor: int = Shop.TOTAL, name: str = "twice") -> str:
    """A card that was given up pays all the same, after cash did."""
    payment_id = f"pay_{name}"
    shop.collect(invoice, payment_id)
    assert flows.cancel(payment_id=payment_id, now=shop.now()).status is Status.CANCELED
    shop.collect(invoice, f"{payment_id}_cash", method=Method.CASH, amount_minor=cash_minor)
    shop.process_late(payment_id)
    shop.press("tap")
    assert shop.ask(payment_id).status is Status.SUCCEEDED
    return payment_id


def use(shop: Shop, invoice: Invoice, amount_minor: int, application_id: str = "app_1") -> CreditApplication:
    return flows.apply_credit(
        customer_id="cus_1",
        application_id=application_id,
        invoice_id=invoice.id,
        amount_minor=amount_minor,
        applied_by="staff:anne",
        now=shop.now(),
    )


def give_back(shop: Shop, payment_id: str, amount_minor: int, refund_id: str = "ref_1", **more: Any) -> Refund:
    return shop.refund(payment_id, refund_id, amount_minor, from_credit=True, **more)


def sources(shop: Shop) -> dict[str, int]:
    with transaction() as session:
        return {each.payment.id: each.left_minor for each in operations.list_sources(session, "cus_1")}


def test_a_second_payment_goes_back_to_the_card_by_itself(shop: Shop) -> None:
    invoice = shop.invoice()
    payment_id = pay_twice(shop, invoice, cash_minor=20000)
    assert shop.payment(payment_id).beyond_minor == 20000
    assert shop.books(Kind.CUSTOMER_CREDIT) == 20000
    shop.work()
    assert (shop.books(Kind.CUSTOMER_CREDIT), shop.balance(invoice)) == (0, 0)
    assert shop.refunded() == 20000
    assert shop.at_stripe() == shop.captured() - shop.refunded()
    assert len(shop.written("refund")) == 1


def test_the_receipt_says_what_was_too_much_and_where_it_goes(shop: Shop) -> None:
    pay_twice(shop, shop.invoice())
    assert "revient de lui-même sur votre carte" in shop.text_of("receipt")


def test_without_the_worker_it_goes_back_when_its_moment_comes(shop: Shop) -> None:
    pay_twice(shop, shop.invoice())
    shop.pass_time(minutes=5)
    shop.resolve_open()
    assert shop.refunded() == Shop.TOTAL


def test_a_business_may_keep_it_as_credit(shop: Shop) -> None:
    keep_as_credit()
    payment_id = pay_twice(shop, shop.invoice())
    shop.work()
    assert (shop.refunded(), shop.books(Kind.CUSTOMER_CREDIT)) == (0, Shop.TOTAL)
    assert sources(shop) == {payment_id: Shop.TOTAL}


def test_a_cheque_for_more_than_is_owed_leaves_credit_which_it_takes_along_when_it_bounces(shop: Shop) -> None:
    invoice, other = shop.invoice(), shop.invoice()
    cheque: dict[str, Any] = {"method": Method.CHEQUE, "amount_minor": Shop.TOTAL + 8000, "reference": "4471"}
    with pytest.raises(AmountTooHigh):
        shop.collect(invoice, "pay_1", **cheque)
    for _twice in range(2):
        assert shop.collect(invoice, "pay_1", keep_beyond=True, **cheque).beyond_minor == 8000
    assert (shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT), shop.books(Kind.CHEQUES)) == (0, 8000, 29845)
    use(shop, other, 5000)
    with transaction() as session:
        said: dict[str, Any] = {"reversal_id": "rev_1", "reason": "NSF", "reversed_by": "staff:anne"}
        operations.reverse_payment(session, payment_id="pay_1", now=shop.now(), **said)
    owed = (shop.balance(invoice), shop.balance(other), shop.books(Kind.CUSTOMER_CREDIT))
    assert owed == (Shop.TOTAL + 5000, Shop.TOTAL - 5000, 0), "what was used of it is owed as well"


def test_cash_in_hand_for_what_was_paid_meanwhile_is_credit_and_asks_for_nothing_unknown(shop: Shop) -> None:
    invoice, other = shop.invoice(), shop.invoice()
    shop.collect(invoice, "pay_1", method=Method.CASH)
    cash: dict[str, Any] = {"method": Method.CASH, "keep_beyond": True}
    shop.collect(invoice, "pay_2", amount_minor=Shop.TOTAL, **cash)
    assert (shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT), shop.books(Kind.CASH)) == (0, 21845, 43690)
    both: dict[str, Any] = {"invoice_ids": [invoice.id, other.id], "taken_by": "test", "now": shop.now()}
    flows.collect(payment_id="pay_3", amount_minor=Shop.TOTAL + 100, **cash, **both)
    assert (shop.balance(other), shop.books(Kind.CUSTOMER_CREDIT)) == (0, 21945)
    lit = shop.invoice()
    shop.collect(lit, "pay_4")
    with pytest.raises(PaymentInFlight):
        shop.collect(lit, "pay_5", amount_minor=Shop.TOTAL + 100, **cash)


def test_credit_pays_another_invoice_once(shop: Shop) -> None:
    keep_as_credit()
    pay_twice(shop, shop.invoice())
    other = shop.invoice()
    for _ in range(3):
        assert use(shop, other, 20000).amount_minor == 20000
    with pytest.raises(ApplicationExists):
        use(shop, other, 20001)
    assert (shop.balance(other), shop.status(other)) == (1845, "partly_paid")
    assert shop.books(Kind.CUSTOMER_CREDIT) == 1845
    with pytest.raises(CreditTooHigh):
        use(shop, shop.invoice(), 1846, "app_2")
    use(shop, other, 1845, "app_3")
    assert shop.status(other) == "paid"


def test_credit_pays_no_more_than_is_owed_and_only_its_own_customers_invoices(shop: Shop) -> None:
    keep_as_credit()
    pay_twice(shop, shop.invoice())
    other = shop.invoice()
    shop.collect(other, "pay_2", method=Method.CASH, amount_minor=20000)
    with pytest.raises(AmountTooHigh):
        use(shop, other, 1846)
    with pytest.raises(NoSuchInvoice):
        flows.apply_credit(
            customer_id="cus_2",
            application_id="app_1",
            invoice_id=other.id,
            amount_minor=1,
            applied_by="staff:anne",
            now=shop.now(),
        )


def test_credit_is_not_used_while_a_card_is_being_asked_for_and_closes_an_open_page(shop: Shop) -> None:
    keep_as_credit()
    pay_twice(shop, shop.invoice())
    other = shop.invoice()
    page = shop.collect(other, "pay_2", method=Method.PAY_LINK)
    use(shop, other, 5000)
    assert not shop.pay_page(page)
    shop.collect(other, "pay_3")
    with pytest.raises(PaymentInFlight):
        use(shop, other, 5000, "app_2")


def test_credit_goes_back_to_the_card_it_came_from_and_reopens_nothing(shop: Shop) -> None:
    keep_as_credit()
    invoice = shop.invoice()
    payment_id = pay_twice(shop, invoice, cash_minor=20000)
    with pytest.raises(RefundTooHigh):
        give_back(shop, payment_id, 20001)
    assert give_back(shop, payment_id, 20000).status is RefundStatus.SUCCEEDED
    assert (shop.refunded(), shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT)) == (20000, 0, 0)


@pytest.mark.parametrize(("by_hand", "account"), [(Method.CASH, Kind.CASH), (Method.BANK_TRANSFER, Kind.BANK)])
def test_credit_goes_back_by_hand(shop: Shop, by_hand: Method, account: Kind) -> None:
    keep_as_credit()
    payment_id = pay_twice(shop, shop.invoice())
    before = shop.books(account)
    given = give_back(shop, payment_id, 5000, by_hand=by_hand, reference="V-7")
    assert (given.status, given.by_hand, given.reference) == (RefundStatus.SUCCEEDED, by_hand, "V-7")
    assert shop.books(account) == before - 5000
    assert (shop.refunded(), shop.books(Kind.CUSTOMER_CREDIT)) == (0, Shop.TOTAL - 5000)
    shop.pass_time(days=2)
    shop.resolve_open()
    assert shop.refunded() == 0


def test_above_the_limit_a_second_person_agrees_to_credit_as_well(shop: Shop) -> None:
    keep_as_credit()
    payment_id = pay_twice(shop, shop.invoice())
    with transaction() as session:
        business.change_settings(session, {"office_refund_limit_minor": 1000})
    waiting = give_back(shop, payment_id, Shop.TOTAL, by_hand=Method.CASH)
    assert waiting.status is RefundStatus.AWAITING_APPROVAL
    with pytest.raises(CreditTooHigh):
        use(shop, shop.invoice(), 1)
    flows.approve_refund(refund_id="ref_1", approved_by="staff:paul", now=shop.now())
    assert shop.books(Kind.CUSTOMER_CREDIT) == 0


def test_credit_that_was_spent_does_not_go_back_as_well(shop: Shop) -> None:
    keep_as_credit()
    invoice = shop.invoice()
    payment_id = pay_twice(shop, invoice, cash_minor=20000)
    use(shop, shop.invoice(), 15000)
    with pytest.raises(RefundTooHigh):
        shop.refund(payment_id, "ref_1", Shop.TOTAL - 14999)
    assert sources(shop) == {payment_id: 5000}
    shop.refund(payment_id, "ref_2", Shop.TOTAL - 15000)
    assert (shop.books(Kind.CUSTOMER_CREDIT), shop.balance(invoice)) == (0, 1845)


def test_many_uses_and_refunds_at_once_never_spend_more_than_there_is(shop: Shop) -> None:
    keep_as_credit()
    payment_id = pay_twice(shop, shop.invoice())
    others = [shop.invoice() for _ in range(4)]

    def spend(number: int) -> int:
        try:
            if number % 3:
                use(shop, others[number % 4], 4000, f"app_{number}")
            else:
                give_back(shop, payment_id, 4000, f"ref_{number}", by_hand=Method.CASH, role=Role.OFFICE)
        except Problem:
            return 0
        return 4000

    with ThreadPoolExecutor(8) as desks:
        spent = sum(desks.map(spend, range(15)))
    assert spent == 5 * 4000
    assert shop.books(Kind.CUSTOMER_CREDIT) == Shop.TOTAL - spent
