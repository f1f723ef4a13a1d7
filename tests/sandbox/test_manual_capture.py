"""Manual capture: a card holds the amount for two days, until it is captured, canceled or lost."""

from typing import Any

import pytest

from tests.sandbox.bench import Bench

PREFERRED = {"payment_method_options": {"card_present": {"capture_method": "manual_preferred"}}}
INTERAC = "4506445006931933"


@pytest.mark.parametrize("params", [{"capture_method": "manual"}, PREFERRED])
def test_a_card_holds_the_amount_until_it_is_captured(bench: Bench, params: dict[str, Any]) -> None:
    held = bench.paid(10_000, **params)
    charge = held.latest_charge
    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 10_000, 0)
    assert (charge.status, charge.captured, charge.amount_captured) == ("succeeded", False, 0)
    assert charge.payment_method_details.card_present.capture_before - charge.created == 2 * 24 * 3600
    assert bench.control("GET", "totals")["captured_minor"] == {}
    assert bench.events()[-3:] == [
        "charge.succeeded", "payment_intent.amount_capturable_updated", "terminal.reader.action_succeeded",
    ]  # fmt: skip
    taken = bench.stripe.payment_intents.capture(held.id)
    assert (taken.status, taken.amount_capturable, taken.amount_received) == ("succeeded", 0, 10_000)
    assert bench.events()[-2:] == ["charge.captured", "payment_intent.succeeded"]
    bench.advance(5)
    assert bench.retrieve(held.id).latest_charge.balance_transaction.amount == 10_000
    bench.advance(3 * 24 * 3600)
    assert bench.retrieve(held.id).status == "succeeded"


def test_a_part_is_captured_and_the_rest_let_go(bench: Bench) -> None:
    held = bench.paid(10_000, capture_method="manual")
    taken = bench.stripe.payment_intents.capture(held.id, {"amount_to_capture": 6_000, "metadata": {"a": "1"}})
    assert (taken.amount, taken.amount_received, taken.metadata.to_dict()) == (10_000, 6_000, {"a": "1"})
    bench.advance(5)
    entry = bench.retrieve(held.id).latest_charge.balance_transaction
    assert (entry.amount, entry.fee) == (6_000, 167)
    assert bench.stripe.refunds.create({"payment_intent": held.id}).amount == 6_000
    assert bench.retrieve(held.id).latest_charge.refunded is True


@pytest.mark.parametrize(("amount", "code"), [(10_001, "amount_too_large"), (0, "parameter_invalid_integer")])
def test_no_more_is_captured_than_is_held(bench: Bench, amount: int, code: str) -> None:
    held = bench.paid(10_000, capture_method="manual")
    error = bench.refused(bench.stripe.payment_intents.capture, held.id, {"amount_to_capture": amount})
    assert (error.code, error.param) == (code, "amount_to_capture")
    assert bench.retrieve(held.id).status == "requires_capture"


def test_an_amount_is_captured_once(bench: Bench) -> None:
    held = bench.paid(capture_method="manual")
    capture = bench.stripe.payment_intents.capture
    capture(held.id)
    for intent in (held.id, bench.intent().id, bench.paid().id):
        assert bench.refused(capture, intent).code == "payment_intent_unexpected_state"
    assert bench.control("GET", "totals")["captured_minor"] == {"cad": 20_000}


def test_a_held_amount_is_let_go_by_canceling(bench: Bench) -> None:
    held = bench.paid(capture_method="manual")
    gone = bench.stripe.payment_intents.cancel(held.id, {"cancellation_reason": "requested_by_customer"})
    assert (gone.status, gone.amount_capturable, gone.amount_received) == ("canceled", 0, 0)
    charge = bench.retrieve(held.id).latest_charge
    assert (charge.captured, charge.refunded) == (False, True)
    assert bench.events()[-2:] == ["charge.refunded", "payment_intent.canceled"]
    assert bench.refused(bench.stripe.payment_intents.capture, held.id).code == "payment_intent_unexpected_state"
    bench.advance(3 * 24 * 3600)
    assert bench.events().count("payment_intent.canceled") == 1


def test_a_held_amount_is_lost_after_two_days(bench: Bench) -> None:
    held = bench.paid(capture_method="manual")
    bench.advance(2 * 24 * 3600 - 60)
    assert bench.retrieve(held.id).status == "requires_capture"
    bench.advance(60)
    lost = bench.retrieve(held.id)
    assert (lost.status, lost.cancellation_reason) == ("canceled", "automatic")
    assert bench.events()[-2:] == ["charge.expired", "payment_intent.canceled"]
    assert bench.refused(bench.stripe.payment_intents.capture, held.id).code == "payment_intent_unexpected_state"
    assert bench.refused(bench.stripe.refunds.create, {"charge": lost.latest_charge.id}).http_status == 400


@pytest.mark.parametrize(("params", "status"), [({"capture_method": "manual"}, "requires_payment_method"),
                                                 (PREFERRED, "succeeded")])  # fmt: skip
def test_interac_is_captured_at_once_or_not_at_all(bench: Bench, params: dict[str, Any], status: str) -> None:
    both = ["card_present", "interac_present"]
    paid = bench.paid(number=INTERAC, allowed_payment_method_types=both, **params)
    assert paid.status == status
    assert bench.refused(bench.stripe.payment_intents.capture, paid.id).code == "payment_intent_unexpected_state"
