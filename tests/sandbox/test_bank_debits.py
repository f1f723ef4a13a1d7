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
    session = bench.session(allowed_payment_method_types=["acss_debit"])
    answer = bench.control("POST", f"checkout/{session.id}", {"outcome": "debit"})
    bench.advance(4 * 24 * 3600)
    bench.advance(5)
    charge = bench.retrieve(answer["payment_intent"]).latest_charge
    assert charge.balance_transaction.fee == 90
    wanted = {"charge": charge.id, "reason": "debit_not_authorized"}
    dispute = bench.control("POST", "disputes", wanted, status=201)
    bench.control("POST", f"disputes/{dispute['id']}/lost")
    assert bench.events(dispute["id"])[-1] == "charge.dispute.closed"


def test_a_session_for_cards_debits_no_account(bench: Bench) -> None:
    bench.control("POST", f"checkout/{bench.session().id}", {"outcome": "debit"}, status=409)
    error = bench.refused(lambda: bench.session(allowed_payment_method_types=["us_bank_account"]))
    assert error.param == "allowed_payment_method_types"
