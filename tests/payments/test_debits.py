"""Bank debits through the page: days on their way, refused, or taken back weeks after they were paid."""

from __future__ import annotations

from datetime import date

import pytest

from server.business import operations as business
from server.core.database import transaction
from server.invoices.models import Invoice
from server.ledger.rules import Kind
from server.messages import queries as messages
from server.messages.rules import Kind as MessageKind
from server.payments import flows, queries, rules
from server.payments.models import Payment
from server.payments.operations import CannotCancel, NothingToRefund, OfficeDecides, PaymentInFlight, RefundTooHigh
from server.payments.rules import Method, Status
from tests.shop import Shop


def debit(shop: Shop, invoice: Invoice, payment_id: str = "pay_1", **said: object) -> Payment:
    """Let the customer have their account debited on the page."""
    page = shop.collect(invoice, payment_id, method=Method.PAY_LINK)
    shop.control("POST", f"checkout/{page.stripe_session_id}", {"outcome": "debit", **said})
    return shop.ask(payment_id)


def take_back(shop: Shop, payment_id: str = "pay_1", reason: str = "insufficient_funds") -> str:
    """Let the bank take a debit back; return its PaymentIntent."""
    payment = shop.payment(payment_id)
    body = {"outcome": "return", "reason": reason}
    shop.control("POST", f"checkout/{payment.stripe_session_id}", body)
    return payment.stripe_intent_id or ""


def notices(invoice: Invoice, kind: MessageKind = MessageKind.DEBIT) -> list[str]:
    with transaction() as session:
        return [one.text for one in messages.list_for_invoice(session, invoice.id) if one.kind == kind]


def test_a_debit_is_on_its_way_for_days_and_nothing_is_paid_yet(shop: Shop) -> None:
    invoice = shop.invoice()
    payment = debit(shop, invoice)
    assert (payment.status, payment.expected_on) == (Status.PROCESSING, rules.debit_expected_on(shop.now().date()))
    assert (shop.status(invoice), shop.balance(invoice)) == ("issued", Shop.TOTAL)
    shop.pass_time(days=4)
    shop.resolve_open()
    assert shop.payment("pay_1").status is Status.SUCCEEDED
    assert (shop.status(invoice), shop.balance(invoice)) == ("paid", 0)
    assert shop.at_stripe() == shop.captured() == Shop.TOTAL
    assert "6789" in notices(invoice, MessageKind.RECEIPT)[0]
    assert notices(invoice) == []


def test_no_second_attempt_is_made_on_money_that_a_bank_is_sending(shop: Shop) -> None:
    invoice = shop.invoice()
    debit(shop, invoice)
    for method in (Method.CARD_READER, Method.PAY_LINK, Method.CASH):
        with pytest.raises(PaymentInFlight):
            shop.collect(invoice, f"pay_{method}", method=method)
    with pytest.raises(CannotCancel):
        flows.cancel(payment_id="pay_1", now=shop.now())
    assert shop.payment("pay_1").status is Status.PROCESSING


def test_the_office_may_take_the_money_another_way_and_the_debit_becomes_credit(shop: Shop) -> None:
    invoice = shop.invoice()
    debit(shop, invoice)
    with pytest.raises(OfficeDecides):
        shop.collect(invoice, "pay_2", method=Method.CASH, beside_debit=True, technician_id=shop.technician.id)
    shop.collect(invoice, "pay_2", method=Method.CASH, beside_debit=True)
    assert shop.balance(invoice) == 0
    shop.pass_time(days=4)
    shop.resolve_open()
    assert shop.books(Kind.CUSTOMER_CREDIT) == Shop.TOTAL == shop.at_stripe()
    intent_id = take_back(shop)
    flows.look_for_return(intent_id=intent_id, now=shop.now())
    assert (shop.books(Kind.CUSTOMER_CREDIT), shop.balance(invoice)) == (0, 0)


def test_credit_of_a_debit_that_came_back_is_not_paid_out_by_who_agrees_too_late(shop: Shop) -> None:
    invoice = shop.invoice()
    debit(shop, invoice)
    shop.collect(invoice, "pay_2", method=Method.CASH, beside_debit=True)
    shop.pass_time(days=4)
    shop.resolve_open()
    with transaction() as session:
        business.change_settings(session, {"office_refund_limit_minor": 1000})
    shop.refund("pay_1", "ref_1", Shop.TOTAL, from_credit=True, by_hand=Method.BANK_TRANSFER)
    flows.look_for_return(intent_id=take_back(shop), now=shop.now())
    with pytest.raises(RefundTooHigh):
        flows.approve_refund(refund_id="ref_1", approved_by="staff:paul", now=shop.now())
    assert (shop.books(Kind.BANK), shop.balance(invoice)) == (0, 0)


def test_the_office_may_take_a_card_beside_a_debit_and_one_alone(shop: Shop) -> None:
    invoice = shop.invoice()
    debit(shop, invoice)
    assert shop.collect(invoice, "pay_2", beside_debit=True).status is Status.WAITING
    with pytest.raises(PaymentInFlight):
        shop.collect(invoice, "pay_3", method=Method.PAY_LINK, beside_debit=True)
    shop.press("tap")
    assert shop.ask("pay_2").status is Status.SUCCEEDED
    shop.pass_time(days=4)
    shop.resolve_open()
    assert (shop.balance(invoice), shop.books(Kind.CUSTOMER_CREDIT)) == (0, Shop.TOTAL)
    assert shop.at_stripe() == shop.captured() == 2 * Shop.TOTAL


def test_a_debit_that_the_bank_refuses_leaves_the_balance_open_and_tells_the_customer(shop: Shop) -> None:
    invoice = shop.invoice()
    debit(shop, invoice, fails=True)
    shop.pass_time(days=4)
    shop.resolve_open()
    failed = shop.ask("pay_1")
    assert (failed.status, failed.failure_code) == (Status.FAILED, "debit_insufficient_funds")
    assert (shop.balance(invoice), shop.at_stripe()) == (Shop.TOTAL, 0)
    assert len(notices(invoice)) == 1
    assert shop.collect(invoice, "pay_2").status is Status.WAITING


@pytest.mark.parametrize("heard", ["by event", "by looking"])
def test_a_debit_that_comes_back_weeks_later_is_owed_again_once(shop: Shop, heard: str) -> None:
    invoice = shop.invoice()
    debit(shop, invoice)
    shop.pass_time(days=4)
    shop.resolve_open()
    shop.pass_time(days=20)
    intent_id = take_back(shop)
    for _ in range(2):
        if heard == "by event":
            flows.look_for_return(intent_id=intent_id, now=shop.now())
        else:
            flows.look_for_returns(now=shop.now())
    returned = shop.payment("pay_1")
    assert (returned.status, returned.reversed_by) == (Status.SUCCEEDED, "bank")
    assert (shop.status(invoice), shop.balance(invoice), shop.at_stripe()) == ("issued", Shop.TOTAL, 0)
    told = notices(invoice, MessageKind.REVERSAL)
    assert len(told) == 1
    assert "pas assez d’argent" in told[0]
    with transaction() as session:
        sheet = queries.sheets(session, [returned], locale="fr_CA")[0]
    assert sheet["failure"]["code"] == "debit_insufficient_funds"
    with pytest.raises(NothingToRefund):
        shop.refund("pay_1")
    assert shop.collect(invoice, "pay_2").status is Status.WAITING


def test_a_debit_first_heard_of_when_it_was_over_is_no_card(shop: Shop) -> None:
    invoice = shop.invoice()
    page = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    shop.control("POST", f"checkout/{page.stripe_session_id}", {"outcome": "debit"})
    shop.pass_time(days=4)
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    assert "Prélèvement bancaire" in notices(invoice, MessageKind.RECEIPT)[0]
    take_back(shop)
    flows.look_for_returns(now=shop.now())
    assert shop.balance(invoice) == Shop.TOTAL
    assert "prélèvement bancaire" in notices(invoice, MessageKind.REVERSAL)[0].lower()


def test_a_debit_first_heard_of_when_the_bank_had_refused_is_told_to_the_customer(shop: Shop) -> None:
    invoice = shop.invoice()
    page = shop.collect(invoice, "pay_1", method=Method.PAY_LINK)
    shop.control("POST", f"checkout/{page.stripe_session_id}", {"outcome": "debit", "fails": True})
    shop.pass_time(days=4)
    shop.resolve_open()
    shop.ask("pay_1")
    assert shop.payment("pay_1").failure_code == "debit_insufficient_funds"
    assert len(notices(invoice)) == 1


def test_a_customer_who_got_a_refund_and_the_whole_debit_back_owes_both(shop: Shop) -> None:
    invoice = shop.invoice()
    debit(shop, invoice)
    shop.pass_time(days=4)
    shop.resolve_open()
    shop.refund("pay_1", amount_minor=1000)
    intent_id = take_back(shop)
    flows.look_for_return(intent_id=intent_id, now=shop.now())
    assert (shop.balance(invoice), shop.at_stripe()) == (Shop.TOTAL + 1000, -1000)


def test_a_dispute_about_a_card_is_no_debit_that_came_back(shop: Shop) -> None:
    invoice = shop.invoice()
    shop.collect(invoice, "pay_1")
    shop.press("tap")
    paid = shop.ask("pay_1")
    dispute = shop.control("POST", "disputes", {"charge": paid.stripe_charge_id})
    shop.control("POST", f"disputes/{dispute['id']}/lost")
    flows.look_for_returns(now=shop.now())
    assert shop.payment("pay_1").reversed_at is None


@pytest.mark.parametrize(
    ("asked_on", "expected_on"),
    [
        (date(2026, 11, 23), date(2026, 11, 30)),
        (date(2026, 11, 20), date(2026, 11, 27)),
        (date(2026, 11, 21), date(2026, 11, 27)),
    ],
)
def test_a_bank_has_five_business_days(asked_on: date, expected_on: date) -> None:
    assert rules.debit_expected_on(asked_on) == expected_on
