"""Bank debits through Checkout: complete and unpaid at once, paid or refused days later, taken back later still."""

import pytest
import requests

from tests.sandbox.bench import Bench


@pytest.mark.parametrize(("fails", "outcome"), [(False, "succeeded"), (True, "failed")])
def test_a_bank_answers_days_later(bench: Bench, outcome: str, *, fails: bool) -> None:
    session = bench.session(allowed_payment_method_types=["card", "acss_debit"])
    assert "compte bancaire" in requests.get(f"{session.url}?lang=fr", timeout=5).text
    bench.control("POST", f"checkout/{session.id}", {"outcome": "debit", "fails": fails})
    done = bench.stripe.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status) == ("complete", "unpaid")
    assert bench.retrieve(done.payment_intent).status == "processing"
    assert bench.control("GET", "totals")["captured_minor"] == {}
    bench.advance(4 * 24 * 3600)
    assert bench.events(session.id) == ["checkout.session.completed", f"checkout.session.async_payment_{outcome}"]
    intent = bench.retrieve(done.payment_intent)
    status = bench.stripe.checkout.sessions.retrieve(session.id).payment_status
    assert (intent.status, status) == (("requires_payment_method", "unpaid") if fails else ("succeeded", "paid"))
    assert intent.latest_charge.payment_method_details.acss_debit.last4 == "6789"


def test_a_debit_may_be_taken_back_after_it_was_paid(bench: Bench) -> None:
    session = bench.session()
    answer = bench.control("POST", f"checkout/{session.id}", {"outcome": "debit"})
    bench.control("POST", f"checkout/{session.id}", {"outcome": "return"}, status=409)
    bench.advance(4 * 24 * 3600)
    bench.advance(5)
    charge = bench.retrieve(answer["payment_intent"]).latest_charge
    assert charge.balance_transaction.fee == 90
    assert "takes the debit back" in requests.get(f"{session.url}?lang=en", timeout=5).text
    bench.control("POST", f"checkout/{session.id}", {"outcome": "return", "reason": "insufficient_funds"})
    dispute = bench.stripe.disputes.list({"payment_intent": answer["payment_intent"]}).data[0]
    assert (dispute.status, dispute.reason, dispute.amount) == ("lost", "insufficient_funds", charge.amount)
    assert dispute.payment_method_details is None
    told = ["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed"]
    assert bench.events(dispute.id) == told
    assert bench.retrieve(answer["payment_intent"]).status == "succeeded"


def test_a_session_for_cards_debits_no_account(bench: Bench) -> None:
    card_only = bench.session(allowed_payment_method_types=["card"])
    bench.control("POST", f"checkout/{card_only.id}", {"outcome": "debit"}, status=409)
    error = bench.refused(lambda: bench.session(allowed_payment_method_types=["us_bank_account"]))
    assert error.param == "allowed_payment_method_types"
