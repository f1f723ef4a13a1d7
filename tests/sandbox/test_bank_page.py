"""A person who is the banks: every button of their page does what its words say."""

from __future__ import annotations

import requests

from tests.sandbox.bench import Bench


def press(bench: Bench, act: str, id: str, *, refused: bool = False) -> str:
    """Press a button; return the page one comes back to."""
    answer = requests.post(f"{bench.url}/_sandbox/bank", data={"act": act, "id": id}, timeout=10)
    assert (answer.status_code, "refused" in answer.url) == (200, refused)
    assert ("cannot do that" in answer.text) is refused
    return answer.text


def test_a_bank_takes_back_asks_and_decides(bench: Bench) -> None:
    taken, asked = bench.paid().latest_charge, bench.paid(5_000).latest_charge
    press(bench, "dispute", taken.id)
    press(bench, "inquire", asked.id)
    found = {each.charge: each for each in bench.stripe.disputes.list().data}
    press(bench, "escalated", found[taken.id].id, refused=True)
    press(bench, "escalated", found[asked.id].id)
    press(bench, "won", found[taken.id].id)
    page = press(bench, "lost", found[asked.id].id)
    assert {each.status for each in bench.stripe.disputes.list().data} == {"won", "lost"}
    assert ("disputed, won" in page, "disputed, lost" in page) == (True, True)


def test_a_payout_is_made_arrives_or_comes_back_before_its_day(bench: Bench) -> None:
    bench.paid(10_000)
    bench.advance(10)
    press(bench, "pay_out", "cad", refused=True)
    press(bench, "hasten", "cad")
    press(bench, "pay_out", "cad")
    first = bench.stripe.payouts.list().data[0]
    press(bench, "sends_back", first.id)
    press(bench, "pay_out", "cad")
    second = bench.stripe.payouts.list().data[0]
    press(bench, "arrives", second.id)
    bench.advance(2 * 24 * 3600)
    assert [bench.events(each.id).count(f"payout.{each.status}") for each in bench.stripe.payouts.list().data] == [1, 1]
    assert [each.status for each in bench.stripe.payouts.list().data] == ["paid", "failed"]


def test_a_bank_answers_a_debit_and_a_refund_when_asked(bench: Bench) -> None:
    sessions = [bench.session(allowed_payment_method_types=["acss_debit"]) for _ in range(2)]
    for session, act in zip(sessions, ("debit_pays", "debit_fails"), strict=True):
        bench.control("POST", f"checkout/{session.id}", {"outcome": "debit"})
        press(bench, act, session.id)
    bench.advance(5 * 24 * 3600)
    after = [bench.stripe.checkout.sessions.retrieve(session.id) for session in sessions]
    assert [each.payment_status for each in after] == ["paid", "unpaid"]
    refund = bench.stripe.refunds.create({"payment_intent": after[0].payment_intent, "amount": 100})
    press(bench, "refund_back", refund.id)
    press(bench, "refund_back", refund.id, refused=True)
    press(bench, "debit_back", sessions[0].id)
    press(bench, "debit_back", sessions[1].id, refused=True)
    assert bench.stripe.refunds.retrieve(refund.id).status == "failed"
    assert bench.stripe.disputes.list().data[0].status == "lost"
