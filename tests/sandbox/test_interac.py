"""Interac: one message that pays, and money that goes back only to the card at the reader."""

from typing import Any

import pytest
import requests

from tests.sandbox.bench import Bench

INTERAC = "4506445006931933"


def _refunding(bench: Bench, **asked: Any) -> tuple[Any, Any]:
    """A paid Interac PaymentIntent, and a reader that waits for its card to refund it."""
    paid = bench.paid(allowed_payment_method_types=["card_present", "interac_present"], number=INTERAC)
    reader = bench.reader()
    return bench.stripe.terminal.readers.refund_payment(reader.id, {"payment_intent": paid.id} | asked), paid


def test_the_card_that_paid_gets_its_money_back_at_the_reader(bench: Bench) -> None:
    reader, paid = _refunding(bench, metadata={"refund_id": "ref_1"})
    asked = reader.action.refund_payment
    assert (reader.action.status, asked.amount, asked.charge) == ("in_progress", 10_000, paid.latest_charge.id)
    page = requests.get(f"{bench.url}/_sandbox/readers/{reader.id}?lang=fr", timeout=5).text
    assert "rembourser" in page
    done = bench.present(reader.id).action
    refund = bench.stripe.refunds.retrieve(done.refund_payment.refund)
    assert (done.status, refund.status, refund.amount) == ("succeeded", "succeeded", 10_000)
    assert refund.metadata.to_dict() == {"refund_id": "ref_1"}
    assert bench.events()[-3:] == ["refund.created", "charge.refunded", "terminal.reader.action_succeeded"]
    again = bench.refused(bench.stripe.terminal.readers.refund_payment, reader.id, {"payment_intent": paid.id})
    assert again.code == "charge_already_refunded"


def test_a_part_goes_back(bench: Bench) -> None:
    reader, paid = _refunding(bench)
    bench.stripe.terminal.readers.refund_payment(reader.id, {"charge": paid.latest_charge.id, "amount": 2_500})
    bench.press(reader.id, "insert", number=INTERAC)
    assert bench.retrieve(paid.id).latest_charge.amount_refunded == 2_500
    too_much = {"payment_intent": paid.id, "amount": 7_501}
    error = bench.refused(bench.stripe.terminal.readers.refund_payment, reader.id, too_much)
    assert "greater than unrefunded" in str(error)


def test_interac_is_refunded_at_a_reader_only_and_the_others_never(bench: Bench) -> None:
    reader, paid = _refunding(bench)
    assert "in person" in str(bench.refused(bench.stripe.refunds.create, {"payment_intent": paid.id}))
    visa = bench.paid()
    error = bench.refused(bench.stripe.terminal.readers.refund_payment, reader.id, {"payment_intent": visa.id})
    assert "Refunds API" in str(error)


@pytest.mark.parametrize(
    ("ending", "decline_code"),
    [
        (1, "call_issuer"),
        (5, "generic_decline"),
        (55, "incorrect_pin"),
        (65, "withdrawal_count_limit_exceeded"),
        (75, "pin_try_exceeded"),
    ],
)
def test_the_amount_decides_whether_a_refund_is_declined(bench: Bench, ending: int, decline_code: str) -> None:
    reader, paid = _refunding(bench)
    bench.stripe.terminal.readers.refund_payment(reader.id, {"payment_intent": paid.id, "amount": 5_000 + ending})
    action = bench.present(reader.id).action
    assert (action.status, action.api_error.decline_code) == ("failed", decline_code)
    assert bench.stripe.refunds.list().data == []
    assert bench.events()[-1] == "terminal.reader.action_failed"


def test_another_card_gets_nothing_back(bench: Bench) -> None:
    reader, _ = _refunding(bench)
    assert bench.present(reader.id, "4242424242424242").action.failure_code == "card_declined"
    assert bench.control("GET", "totals")["refunded_minor"] == {"cad": 0}


def test_two_readers_give_back_once(bench: Bench) -> None:
    first, paid = _refunding(bench)
    second = bench.reader()
    bench.stripe.terminal.readers.refund_payment(second.id, {"payment_intent": paid.id})
    bench.present(first.id)
    assert bench.present(second.id).action.failure_code == "charge_already_refunded"
    assert bench.control("GET", "totals")["refunded_minor"] == {"cad": 10_000}


@pytest.mark.parametrize(
    ("kind", "status", "refunded"),
    [("stuck_in_progress", "in_progress", 0), ("connection_error_authorized", "failed", 10_000)],
)
def test_a_refund_at_the_reader_may_end_in_doubt(bench: Bench, kind: str, status: str, refunded: int) -> None:
    bench.faults({"kind": kind, "path": "*/refund_payment"})
    reader, _ = _refunding(bench)
    assert bench.present(reader.id).action.status == status
    assert bench.control("GET", "totals")["refunded_minor"] == {"cad": refunded}


@pytest.mark.parametrize("in_person", [True, False])
def test_any_refund_may_come_back(bench: Bench, *, in_person: bool) -> None:
    bench.faults({"kind": "refund_fails"} | ({"path": "*/refund_payment"} if in_person else {}))
    if in_person:
        reader, paid = _refunding(bench)
        bench.present(reader.id)
    else:
        paid = bench.paid()
        bench.stripe.refunds.create({"payment_intent": paid.id})
    bench.advance(5)
    assert bench.stripe.refunds.list().data[0].status == "failed"
    assert bench.retrieve(paid.id).latest_charge.amount_refunded == 0
