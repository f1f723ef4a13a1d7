"""Payouts: gross, fee and net add up to what arrives at the bank."""

from tests.sandbox.bench import Bench


def test_a_payout_is_the_sum_of_what_it_holds(bench: Bench) -> None:
    first, second = bench.paid(10_000), bench.paid(5_000)
    bench.control("POST", "payouts", {}, status=400)
    bench.stripe.refunds.create({"payment_intent": second.id, "amount": 1_000})
    bench.advance(5)
    bench.advance(2 * 24 * 3600)
    late = bench.paid(9_000)
    payout = bench.stripe.payouts.retrieve(bench.control("POST", "payouts", {}, status=201)["id"])
    entries = bench.stripe.balance_transactions.list({"payout": payout.id}).data
    own, *parts = entries
    assert (own.type, own.amount, own.id) == ("payout", -payout.amount, payout.balance_transaction)
    assert sum(part.net for part in parts) == payout.amount == 10_000 - 275 + 5_000 - 140 - 1_000
    charges = {part.source for part in parts}
    assert (first.latest_charge.id in charges, late.latest_charge.id in charges) == (True, False)
    assert (payout.status, bench.events(payout.id)) == ("in_transit", ["payout.created"])
    bench.advance(24 * 3600)
    assert [found.status for found in bench.stripe.payouts.list({"status": "paid"}).data] == ["paid"]
    assert bench.events(payout.id) == [
        "payout.created",
        "payout.updated",
        "payout.paid",
        "payout.reconciliation_completed",
    ]


def test_what_a_bank_sends_back_goes_with_the_next_payout(bench: Bench) -> None:
    bench.paid(10_000)
    bench.advance(5)
    bench.advance(2 * 24 * 3600)
    failed = bench.control("POST", "payouts", {"ends": "failed"}, status=201)
    bench.advance(24 * 3600)
    payout = bench.stripe.payouts.retrieve(failed["id"])
    assert (payout.status, payout.failure_code) == ("failed", "account_closed")
    assert bench.events(payout.id) == ["payout.created", "payout.updated", "payout.failed"]
    again = bench.control("POST", "payouts", {"currency": "cad"}, status=201)
    assert again["amount"] == payout.amount
