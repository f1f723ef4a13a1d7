"""What Stripe holds is what the books say, whatever happened in between; broken on purpose, the audit names it."""

from __future__ import annotations

from server.audit import flows
from server.audit.rules import Check
from server.chargebacks import flows as chargebacks
from server.core import clock
from server.payments import tasks as payment_tasks
from server.payouts import flows as payouts
from tests.audit.conftest import Break
from tests.shop import Shop


def wrong() -> dict[str, list[str]]:
    """Audit; return the rows that are wrong, by check. Nobody delivers mail or seals the log here."""
    found: dict[str, list[str]] = {}
    for finding in flows.check(now=clock.now()):
        if finding.check in (Check.MESSAGE_ON_ITS_WAY, Check.LOG_IS_SEALED):
            continue
        found.setdefault(finding.check.value, []).append(finding.subject_id)
    return found


def pay(shop: Shop, payment_id: str) -> None:
    shop.collect(shop.invoice(), payment_id)
    shop.press("tap")
    shop.ask(payment_id)


def settle(shop: Shop, **span: float) -> None:
    """Let time pass and the worker learn every fee."""
    shop.pass_time(seconds=5)
    shop.pass_time(minutes=5, **span)
    payment_tasks.learn_fees()


def test_what_stripe_holds_is_in_the_books_at_every_step(shop: Shop) -> None:
    pay(shop, "pay_1")
    assert wrong() == {}, "counted, and Stripe has no line of it yet"
    shop.pass_time(seconds=5)
    assert wrong() == {}, "Stripe has a line of it, and we have not learnt of it yet"
    settle(shop)
    assert wrong() == {}
    shop.refund("pay_1", amount_minor=1000)
    assert wrong() == {}
    settle(shop)
    pay(shop, "pay_2")
    settle(shop)
    begun = shop.control("POST", "disputes", {"charge": shop.payment("pay_2").stripe_charge_id})["id"]
    assert wrong() == {}
    chargebacks.ask(chargeback_id=begun, now=clock.now())
    assert wrong() == {}
    settle(shop, days=2)
    payout_id = shop.control("POST", "payouts", {"ends": "failed"})["id"]
    assert wrong() == {}
    payouts.ask(payout_id=payout_id, now=clock.now())
    assert wrong() == {}, "it is on its way"
    settle(shop, days=1)
    assert wrong() == {}, "the bank sent it back, and we have not learnt of it yet"
    payouts.ask(payout_id=payout_id, now=clock.now())
    assert wrong() == {}
    again = shop.control("POST", "payouts", {})["id"]
    shop.control("POST", f"disputes/{begun}/won")
    chargebacks.ask(chargeback_id=begun, now=clock.now())
    settle(shop, days=1)
    payouts.ask(payout_id=again, now=clock.now())
    assert wrong() == {}


def test_a_fee_that_nobody_learnt_is_found(shop: Shop) -> None:
    pay(shop, "pay_1")
    shop.pass_time(seconds=5)
    shop.pass_time(hours=2)
    assert wrong() == {"stripe_balance": ["CAD"]}
    payment_tasks.learn_fees()
    assert wrong() == {}


def test_money_that_nothing_explains_is_found_once_it_was_paid_out(shop: Shop) -> None:
    pay(shop, "pay_1")
    shop.collect(shop.invoice(), "pay_2")
    shop.press("tap")
    settle(shop, days=2)
    payout_id = shop.control("POST", "payouts", {})["id"]
    payouts.ask(payout_id=payout_id, now=clock.now())
    shop.pass_time(hours=2)
    assert "payout_line_explained" in wrong()
    shop.ask("pay_2")
    payouts.ask(payout_id=payout_id, now=clock.now())
    assert wrong() == {}


def test_a_payout_that_is_not_its_lines_and_a_chargeback_that_is_not_booked_are_found(
    shop: Shop, break_it: Break
) -> None:
    pay(shop, "pay_1")
    settle(shop, days=2)
    payout_id = shop.control("POST", "payouts", {})["id"]
    payouts.ask(payout_id=payout_id, now=clock.now())
    break_it("UPDATE payout_lines SET amount_minor = amount_minor + 1")
    assert wrong() == {"payout_adds_up": [payout_id]}
    break_it("UPDATE payout_lines SET amount_minor = amount_minor - 1")
    begun = shop.control("POST", "disputes", {"charge": shop.payment("pay_1").stripe_charge_id})["id"]
    chargebacks.ask(chargeback_id=begun, now=clock.now())
    break_it("UPDATE chargeback_moves SET amount_minor = amount_minor + 1")
    assert wrong() == {"chargeback_in_books": ["pay_1"]}
