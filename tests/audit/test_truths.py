"""Each truth, broken on purpose: the audit names the row, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from server.audit import flows, queries, tasks
from server.audit.rules import Check
from server.core import clock, ids
from server.core.database import transaction
from server.gateway import refunds
from server.payments.rules import Method
from tests.audit.conftest import Break
from tests.shop import Shop

HALF = Shop.TOTAL // 2


def wrong() -> dict[str, list[str]]:
    """Audit; return the rows that are wrong, by check."""
    found: dict[str, list[str]] = {}
    for finding in flows.check(now=clock.now()):
        found.setdefault(finding.check.value, []).append(finding.subject_id)
    return found


def one(statement: str, **values: Any) -> str:
    """Return the one value that a statement finds."""
    with transaction() as session:
        return str(session.execute(text(statement), values).scalar_one())


def entry_of(payment_id: str) -> str:
    """Return the ledger entry of a payment."""
    intent = one("SELECT coalesce(stripe_intent_id, id) FROM payments WHERE id = :id", id=payment_id)
    return ids.derived("ent", "received", intent)


def test_a_business_at_work_is_clean(trade: Shop) -> None:
    assert wrong() == {}
    assert trade.captured() == Shop.TOTAL - HALF + Shop.TOTAL


def test_a_transfer_between_two_currencies_is_named(trade: Shop, break_it: Break) -> None:
    entry_id = entry_of("pay_cash")
    break_it("UPDATE ledger_transfers SET currency = 'EUR' WHERE entry_id = :id", id=entry_id)
    assert wrong()["transfers_in_one_currency"] == [entry_id]


def test_an_invoice_whose_amount_is_not_in_the_books_is_named(trade: Shop, break_it: Break) -> None:
    break_it("UPDATE invoices SET total_minor = total_minor + 1 WHERE id = 'inv_2'")
    assert wrong() == {"invoice_in_books": ["inv_2"]}


@pytest.mark.parametrize(("invoice_id", "status"), [("inv_1", "partly_paid"), ("inv_3", "paid")])
def test_an_invoice_whose_status_is_not_its_balance_s_is_named(
    trade: Shop, break_it: Break, invoice_id: str, status: str
) -> None:
    break_it("UPDATE invoices SET status = :status WHERE id = :id", status=status, id=invoice_id)
    assert wrong() == {"invoice_status": [invoice_id]}


def test_a_receivable_of_no_invoice_is_named(trade: Shop, break_it: Break) -> None:
    break_it("UPDATE ledger_accounts SET owner = 'inv_gone' WHERE owner = 'inv_3'")
    missing = {"invoice_in_books": ["inv_3"], "invoice_status": ["inv_3"]}
    assert wrong() == {"receivable_has_invoice": ["inv_gone"], **missing}


def test_a_payment_without_its_entry_is_named(trade: Shop, break_it: Break) -> None:
    entry_id = entry_of("pay_cash")
    break_it("DELETE FROM ledger_transfers WHERE entry_id = :id", id=entry_id)
    break_it("DELETE FROM ledger_entries WHERE id = :id", id=entry_id)
    assert wrong() == {"payment_in_books": ["pay_cash"], "invoice_status": ["inv_1"]}


def test_a_payment_counted_with_another_amount_is_named(trade: Shop, break_it: Break) -> None:
    break_it("UPDATE payments SET amount_minor = amount_minor - 1 WHERE id = 'pay_cash'")
    assert wrong() == {"payment_in_books": ["pay_cash"]}


def test_money_counted_without_a_payment_is_named(trade: Shop, break_it: Break) -> None:
    break_it(
        "INSERT INTO ledger_entries (id, reason, about, happened_at, recorded_at)"
        " VALUES ('ent_odd', 'payment_received', 'inv_3', now(), now())"
    )
    break_it(
        "INSERT INTO ledger_transfers (entry_id, debit_account_id, credit_account_id, amount_minor, currency)"
        " SELECT 'ent_odd', c.id, r.id, 500, 'CAD' FROM ledger_accounts c, ledger_accounts r"
        " WHERE c.kind = 'cash' AND r.owner = 'inv_3'"
    )
    assert wrong() == {"entry_has_payment": ["ent_odd"], "invoice_status": ["inv_3"]}


def test_a_card_payment_that_stripe_does_not_know_is_named(trade: Shop, break_it: Break) -> None:
    entry_id = entry_of("pay_card")
    renamed = ids.derived("ent", "received", "pi_made_up")
    break_it("UPDATE payments SET stripe_intent_id = 'pi_made_up' WHERE id = 'pay_card'")
    break_it("UPDATE ledger_entries SET id = :new WHERE id = :old", new=renamed, old=entry_id)
    break_it("UPDATE ledger_transfers SET entry_id = :new WHERE entry_id = :old", new=renamed, old=entry_id)
    found = wrong()
    assert found["stripe_has_payment"] == ["pay_card"]
    assert len(found["stripe_is_counted"]) == 1


def test_a_card_payment_of_another_amount_than_stripe_s_is_named(trade: Shop, break_it: Break) -> None:
    break_it("UPDATE payments SET amount_minor = amount_minor - 1 WHERE id = 'pay_page'")
    assert wrong() == {"payment_in_books": ["pay_page"], "stripe_has_payment": ["pay_page"]}


def test_money_that_stripe_captured_and_nobody_counted_is_named(trade: Shop, break_it: Break) -> None:
    intent_id = one("SELECT stripe_intent_id FROM payments WHERE id = 'pay_page'")
    break_it("UPDATE payments SET status = 'failed' WHERE id = 'pay_page'")
    found = wrong()
    assert found["stripe_is_counted"] == [intent_id]
    assert found["entry_has_payment"] == [entry_of("pay_page")]


def test_a_business_that_gave_money_back_is_clean(trade: Shop) -> None:
    trade.refund("pay_card", "ref_1", 500)
    trade.refund("pay_cash", "ref_2", 700)
    assert wrong() == {}


def test_a_refund_that_is_not_in_the_books_as_it_stands_is_named(trade: Shop, break_it: Break) -> None:
    trade.refund("pay_card", "ref_1", 500)
    break_it("UPDATE refunds SET status = 'failed' WHERE id = 'ref_1'")
    found = wrong()
    assert found["refund_in_books"] == ["ref_1"]
    assert len(found["stripe_refund_is_counted"]) == 1


def test_a_refund_of_another_amount_than_stripe_s_is_named(trade: Shop, break_it: Break) -> None:
    trade.refund("pay_card", "ref_1", 500)
    break_it("UPDATE refunds SET amount_minor = 501 WHERE id = 'ref_1'")
    assert wrong() == {"refund_in_books": ["ref_1"], "stripe_has_refund": ["ref_1"]}


def test_a_refund_that_stripe_made_and_nobody_booked_is_named(trade: Shop) -> None:
    intent_id = trade.payment("pay_card").stripe_intent_id or ""
    made = refunds.create_refund(key="by-hand", refund_id="", intent_id=intent_id, amount_minor=500, currency="CAD")
    assert wrong() == {"stripe_refund_is_counted": [made.id], "stripe_total": ["CAD"]}


def test_a_refund_that_should_long_be_known_is_named(trade: Shop) -> None:
    trade.fault("drop_before", "/v1/refunds", method="POST", times=3)
    trade.refund("pay_card", "ref_1", 500)
    trade.pass_time(hours=2)
    assert wrong()["refund_resolved"] == ["ref_1"]


def test_a_payment_that_is_just_being_learnt_of_is_not_wrong(trade: Shop) -> None:
    trade.collect(trade.invoice(), "pay_now")
    trade.press("tap")
    assert wrong() == {}


def test_card_money_that_did_not_land_with_stripe_shows_in_its_total(trade: Shop, break_it: Break) -> None:
    break_it(
        "UPDATE ledger_transfers SET debit_account_id = (SELECT id FROM ledger_accounts WHERE kind = 'cash')"
        " WHERE entry_id = :id",
        id=entry_of("pay_card"),
    )
    assert wrong() == {"stripe_total": ["CAD"]}


def test_an_outcome_unknown_for_a_quarter_of_an_hour_is_named(trade: Shop, break_it: Break) -> None:
    trade.collect(trade.invoice(), "pay_open")
    break_it("UPDATE payments SET status = 'unknown', next_check_at = '2999-01-01' WHERE id = 'pay_open'")
    clock.advance(seconds=880)
    assert "payment_resolved" not in wrong()
    clock.advance(seconds=40)
    assert wrong()["payment_resolved"] == ["pay_open"]


def test_an_attempt_that_nobody_asks_about_any_more_is_named(trade: Shop) -> None:
    trade.collect(trade.invoice(), "pay_open")
    clock.advance(seconds=3700)
    assert wrong()["payment_resolved"] == ["pay_open"]


def test_a_gap_and_a_stray_in_the_numbers_are_named(trade: Shop, break_it: Break) -> None:
    break_it("UPDATE invoices SET number = 'F-000009' WHERE id = 'inv_2'")
    assert wrong() == {"numbers_without_gap": ["F-000002", "F-000009"]}


def test_a_contract_whose_text_was_touched_is_named(trade: Shop, break_it: Break) -> None:
    break_it("UPDATE contracts SET text = text || ' ' WHERE id = 'con_1'")
    assert wrong() == {"contract_untouched": ["con_1"]}


def test_a_message_that_never_left_is_named(trade: Shop) -> None:
    clock.advance(seconds=3700)
    stuck = wrong()["message_on_its_way"]
    assert len(stuck) == len([each for each in stuck if each.startswith("msg_")]) > 0


def test_without_an_answer_from_stripe_the_rest_is_still_told(trade: Shop, break_it: Break) -> None:
    break_it("UPDATE contracts SET text = text || ' ' WHERE id = 'con_1'")
    trade.fault("drop_before", "/v1/payment_intents", method="GET", times=9)
    assert wrong() == {"contract_untouched": ["con_1"], "stripe_answers": ["stripe"]}


def test_an_audit_is_kept_for_the_office(trade: Shop, break_it: Break) -> None:
    tasks.check()
    break_it("UPDATE contracts SET text = text || ' ' WHERE id = 'con_1'")
    clock.advance(seconds=1)
    tasks.check()
    with transaction() as session:
        last = queries.find_last(session)
    assert last is not None
    assert [finding["subject_id"] for finding in last.findings] == ["con_1"]
    assert last.findings[0]["check"] == Check.CONTRACT_UNTOUCHED


def test_a_business_without_card_payments_does_not_ask_stripe(shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1", method=Method.CASH)
    shop.fault("drop_before", times=9)
    assert wrong() == {}
