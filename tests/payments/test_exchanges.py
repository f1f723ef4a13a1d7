"""Charged in one currency, held and paid out by Stripe in another: the books follow in both, and balance in each."""

from __future__ import annotations

from typing import Any

import pytest

from server.audit import flows as audit
from server.audit.rules import Finding
from server.chargebacks import flows as chargebacks
from server.core import clock
from server.core.database import transaction
from server.invoices.models import Invoice
from server.ledger import queries as ledger
from server.ledger.rules import Kind
from server.payments import flows
from server.payouts import flows as payouts
from server.payouts import queries as payout_queries
from tests.payments.test_currencies import issue
from tests.shop import Shop

TOTAL = 20000
FEE = 818  # 2.7 % of 200.00 EUR, and 5 cents, at 1.5


@pytest.fixture
def invoice(shop: Shop) -> Invoice:
    """An invoice in euros that a card paid; Stripe makes Canadian dollars of them."""
    settle(shop, 1.5)
    due = issue(shop, "EUR", TOTAL)
    shop.collect(due, "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    shop.pass_time(seconds=5)
    return due


def settle(shop: Shop, rate: float) -> None:
    shop.control("PUT", "settlement", {"eur": ["cad", rate]})


def held(kind: Kind) -> dict[str, int]:
    with transaction() as session:
        return {currency: minor for currency, minor in ledger.totals(session, kind).items() if minor}


def wrong() -> list[Finding]:
    """What the audit finds about money: nobody sends the messages here."""
    about_messages = ("message_", "contact_", "log_")
    return [finding for finding in audit.check(now=clock.now()) if not finding.check.startswith(about_messages)]


def learn() -> None:
    for _ in range(2):
        flows.learn_fees(payment_id="pay_1", now=clock.now())


def pay_out(shop: Shop) -> dict[str, Any]:
    """Let Stripe pay out, before anything was learnt by an event."""
    shop.pass_time(days=2)
    payout_id = shop.control("POST", "payouts", {})["id"]
    shop.pass_time(days=1)
    for _ in range(2):
        payouts.ask(payout_id=payout_id, now=clock.now())
    with transaction() as session:
        return payout_queries.get_sheet(session, payout_id)


def test_what_stripe_made_of_a_charge_is_what_it_holds(shop: Shop, invoice: Invoice) -> None:
    assert held(Kind.STRIPE) == {"EUR": TOTAL}
    learn()
    assert held(Kind.STRIPE) == {"CAD": 30000 - FEE}
    assert held(Kind.EXCHANGE) == {"EUR": TOTAL, "CAD": -30000}
    assert held(Kind.FEES) == {"CAD": FEE}
    assert shop.balance(invoice) == 0
    assert wrong() == []


def test_a_refund_is_exchanged_back_at_the_rate_of_its_own_day(shop: Shop, invoice: Invoice) -> None:
    settle(shop, 1.6)
    shop.refund("pay_1", amount_minor=5000)
    flows.approve_refund(refund_id="ref_1", approved_by="staff:paul", now=clock.now())
    learn()
    assert held(Kind.STRIPE) == {"CAD": 30000 - FEE - 8000}
    assert held(Kind.EXCHANGE) == {"EUR": TOTAL - 5000, "CAD": -30000 + 8000}
    assert shop.balance(invoice) == 5000
    assert wrong() == []


@pytest.mark.parametrize("told_before", [True, False])
def test_its_payout_is_reconciled_whether_or_not_an_event_told_first(
    shop: Shop, invoice: Invoice, *, told_before: bool
) -> None:
    if told_before:
        learn()
    sheet = pay_out(shop)
    assert (sheet["currency"], sheet["gross_minor"], sheet["net_minor"]) == ("CAD", 30000, 30000 - FEE)
    assert (sheet["adds_up"], sheet["unexplained_count"]) == (True, 0)
    assert (held(Kind.STRIPE), held(Kind.BANK)) == ({}, {"CAD": 30000 - FEE})
    assert wrong() == []


def test_a_bank_takes_back_what_was_charged(shop: Shop, invoice: Invoice) -> None:
    settle(shop, 1.4)
    charge = shop.payment("pay_1").stripe_charge_id
    dispute = shop.control("POST", "disputes", {"charge": charge})["id"]
    chargebacks.ask(chargeback_id=dispute, now=clock.now())
    assert held(Kind.CHARGEBACKS) == {"EUR": TOTAL}
    learn()
    assert held(Kind.STRIPE) == {"CAD": 30000 - FEE - 28000 - 2100}
    shop.control("POST", f"disputes/{dispute}/lost")
    chargebacks.ask(chargeback_id=dispute, now=clock.now())
    assert (held(Kind.CHARGEBACKS), shop.balance(invoice)) == ({}, TOTAL)
    assert wrong() == []
