"""Currencies with 0, 2 and 3 decimals from the invoice to the receipt, on the reader, by link, by hand and back."""

from __future__ import annotations

import pytest

from server.core.database import transaction
from server.gateway.amounts import AmountNotChargeable
from server.invoices import operations as invoices
from server.invoices.models import Invoice
from server.jobs import operations as jobs
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments import flows
from server.payments.rules import Method, RefundStatus, Status
from tests import quebec
from tests.payments.test_saved_cards import charge, save_by_tap
from tests.shop import Shop

CURRENCIES = [
    ("JPY", 18_500, 18_500, "18 500"),
    ("ISK", 18_500, 1_850_000, "18 500"),
    ("KWD", 12_340, 12_340, "12,340"),
    ("CAD", 12_345, 12_345, "123,45"),
]


def issue(shop: Shop, currency: str, total_minor: int) -> Invoice:
    lines = [quebec.line(quantity="1", unit_price_minor=total_minor, tax_code="none")]
    now = shop.now()
    with transaction() as session:
        quebec.plan_job(session, "job_x", technician_id=shop.technician.id, currency=currency, lines=lines)
        job, _ = jobs.complete(session, job_id="job_x", completion_id="cmp_x", completed_at=now, now=now)
        return invoices.issue(session, job=job, invoice_id="inv_x", now=now)


def held(currency: str) -> int:
    with transaction() as session:
        return ledger.totals(session, Kind.STRIPE).get(currency, 0)


def captured(shop: Shop, currency: str) -> int:
    return int(shop.control("GET", "totals")["captured_minor"].get(currency.lower(), 0))


@pytest.mark.parametrize(("currency", "total_minor", "at_stripe", "shown"), CURRENCIES)
@pytest.mark.parametrize("method", [Method.CARD_READER, Method.PAY_LINK])
def test_a_card_pays_to_the_last_unit_gets_a_receipt_and_all_of_it_back(
    shop: Shop, method: Method, currency: str, total_minor: int, at_stripe: int, shown: str
) -> None:
    invoice = issue(shop, currency, total_minor)
    payment = shop.collect(invoice, "pay_1", method=method)
    assert payment.status is Status.WAITING, payment.failure_code
    if method is Method.PAY_LINK:
        assert shop.pay_page(payment)
    else:
        shop.press("tap")
    assert shop.ask("pay_1").status is Status.SUCCEEDED
    assert (captured(shop, currency), held(currency), shop.balance(invoice)) == (at_stripe, total_minor, 0)
    assert shown in shop.text_of("receipt").replace("\u202f", " ").replace("\xa0", " ")
    if shop.refund("pay_1", "ref_1", total_minor).status is RefundStatus.AWAITING_APPROVAL:
        flows.approve_refund(refund_id="ref_1", approved_by="staff:paul", now=shop.now())  # limits are in CAD
    assert (held(currency), shop.balance(invoice)) == (0, total_minor)


def test_dinars_a_card_cannot_be_charged_are_refused_and_taken_in_two_parts(shop: Shop) -> None:
    invoice = issue(shop, "KWD", 12_345)
    with pytest.raises(AmountNotChargeable):
        shop.collect(invoice, "pay_1")
    assert shop.find_payment("pay_1") is None
    shop.collect(invoice, "pay_2", method=Method.CASH, amount_minor=5)
    shop.collect(invoice, "pay_3")
    shop.press("tap")
    assert shop.ask("pay_3").status is Status.SUCCEEDED
    assert shop.status(invoice) == "paid"


def test_a_kept_card_is_not_charged_dinars_that_no_card_can_be_charged(shop: Shop) -> None:
    card = save_by_tap(shop)
    invoice = issue(shop, "KWD", 12_345)
    with pytest.raises(AmountNotChargeable):
        charge(shop, card, invoice, amount_minor=12_345)
    assert shop.find_payment("pay_1") is None
    assert charge(shop, card, invoice, amount_minor=12_340).status is Status.SUCCEEDED
    assert (captured(shop, "KWD"), shop.balance(invoice)) == (12_340, 5)
