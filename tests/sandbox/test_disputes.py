"""Disputes: money taken back, evidence staged and handed in, won or lost."""

import io
from typing import Any

import pytest

from tests.sandbox.bench import Bench


def _disputed(bench: Bench, **more: Any) -> Any:
    charge = bench.paid(10_000).latest_charge
    made = bench.control("POST", "disputes", {"charge": charge.id} | more, status=201)
    return bench.stripe.disputes.retrieve(made["id"])


def test_a_test_card_is_disputed_by_itself(bench: Bench) -> None:
    paid = bench.paid(10_000, number="4000000000000259")
    bench.advance(10)
    dispute = bench.stripe.disputes.list({"payment_intent": paid.id}).data[0]
    assert (dispute.status, dispute.amount, dispute.reason) == ("needs_response", 10_000, "fraudulent")
    assert dispute.evidence_details.due_by - dispute.created == 7 * 24 * 3600
    assert bench.events(dispute.id) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert (dispute.balance_transactions[0].amount, dispute.balance_transactions[0].net) == (-10_000, -11_500)
    assert bench.retrieve(paid.id).latest_charge.disputed is True
    assert bench.refused(bench.stripe.refunds.create, {"payment_intent": paid.id}).code == "charge_disputed"


@pytest.mark.parametrize("status", ["won", "lost"])
def test_evidence_is_staged_then_handed_in_and_decided(bench: Bench, status: str) -> None:
    dispute = _disputed(bench)
    receipt = io.BytesIO(b"%PDF-1.7")
    receipt.name = "receipt.pdf"
    file = bench.stripe.files.create({"purpose": "dispute_evidence", "file": receipt})
    staged = bench.stripe.disputes.update(dispute.id, {"evidence": {"receipt": file.id}, "submit": False})
    assert (staged.status, staged.evidence.receipt) == ("needs_response", file.id)
    assert (staged.evidence_details.has_evidence, staged.evidence_details.submission_count) == (True, 0)
    word = {"won": "winning_evidence", "lost": "losing_evidence"}[status]
    sent = bench.stripe.disputes.update(dispute.id, {"evidence": {"uncategorized_text": word}, "submit": True})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    bench.advance(5)
    decided = bench.stripe.disputes.retrieve(dispute.id)
    assert (decided.status, len(decided.balance_transactions)) == (status, 2 if status == "won" else 1)
    back = ["charge.dispute.funds_reinstated"] if status == "won" else []
    assert bench.events(dispute.id)[2:] == ["charge.dispute.updated"] * 2 + ["charge.dispute.closed", *back]
    assert bench.refused(bench.stripe.disputes.update, dispute.id, {"evidence": {}}).http_status == 400


@pytest.mark.parametrize("how", ["given in", "by hand", "past due"])
def test_a_dispute_is_lost(bench: Bench, how: str) -> None:
    dispute = _disputed(bench, amount=4_000, reason="product_not_received")
    assert (dispute.amount, dispute.reason) == (4_000, "product_not_received")
    if how == "given in":
        bench.stripe.disputes.close(dispute.id)
    elif how == "by hand":
        bench.control("POST", f"disputes/{dispute.id}/lost")
    bench.advance(7 * 24 * 3600)
    lost = bench.stripe.disputes.retrieve(dispute.id)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", how == "past due")
    bench.control("POST", f"disputes/{dispute.id}/won", status=409)
    assert bench.events(dispute.id).count("charge.dispute.closed") == 1


def test_only_what_was_paid_is_disputed_and_only_with_files_that_exist(bench: Bench) -> None:
    dispute = _disputed(bench)
    bench.control("POST", "disputes", {"charge": dispute.charge}, status=400)
    error = bench.refused(bench.stripe.disputes.update, dispute.id, {"evidence": {"receipt": "file_none"}})
    assert error.param == "evidence[receipt]"
    bench.control("POST", f"disputes/{dispute.id}/drawn", status=400)


def test_an_inquiry_moves_no_money_and_is_closed_or_escalated(bench: Bench) -> None:
    paid = bench.paid(10_000, number="4000000000001976")
    bench.advance(10)
    inquiry = bench.stripe.disputes.list({"payment_intent": paid.id}).data[0]
    assert (inquiry.status, inquiry.balance_transactions) == ("warning_needs_response", [])
    assert bench.refused(bench.stripe.disputes.close, inquiry.id).http_status == 400
    asked = bench.stripe.disputes.update(inquiry.id, {"evidence": {"uncategorized_text": "It was us."}})
    assert asked.status == "warning_under_review"
    bench.control("POST", f"disputes/{inquiry.id}/won", status=409)
    taken = bench.control("POST", f"disputes/{inquiry.id}/escalated")
    assert (taken["status"], len(taken["balance_transactions"])) == ("needs_response", 1)
    bench.control("POST", f"disputes/{inquiry.id}/escalated", status=409)
    other = _disputed(bench, inquiry=True)
    bench.advance(7 * 24 * 3600)
    closed = bench.stripe.disputes.retrieve(other.id)
    assert (closed.status, closed.balance_transactions) == ("warning_closed", [])


def test_an_inquiry_that_was_closed_stays_so_when_its_week_is_over(bench: Bench) -> None:
    inquiry = _disputed(bench, inquiry=True)
    bench.control("POST", f"disputes/{inquiry.id}/closed")
    bench.control("POST", f"disputes/{inquiry.id}/escalated", status=409)
    bench.advance(7 * 24 * 3600)
    assert bench.stripe.disputes.retrieve(inquiry.id).status == "warning_closed"


def test_evidence_is_made_of_files_for_it_that_are_not_too_large(bench: Bench) -> None:
    dispute = _disputed(bench)

    def upload(size: int, purpose: str = "dispute_evidence") -> str:
        file = io.BytesIO(b"x" * size)
        file.name = "proof.pdf"
        wanted: Any = {"purpose": purpose, "file": file}
        return str(bench.stripe.files.create(wanted).id)

    logo = {"evidence": {"receipt": upload(10, "business_logo")}, "submit": False}
    assert bench.refused(bench.stripe.disputes.update, dispute.id, logo).param == "evidence[receipt]"
    large = {"receipt": upload(4_000_000), "customer_signature": upload(600_000)}
    refused = bench.refused(bench.stripe.disputes.update, dispute.id, {"evidence": large, "submit": False})
    assert refused.param == "evidence"
