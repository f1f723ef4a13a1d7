"""The reader: waiting is replaceable, authorizing is busy, and an old prompt never charges."""

from typing import Any

import pytest
import requests

from tests.sandbox.bench import Bench


@pytest.mark.parametrize(
    ("code", "device"),
    [
        ("simulated-wpe", "simulated_wisepos_e"),
        ("simulated-s700", "simulated_stripe_s700"),
        ("simulated-s710", "simulated_stripe_s710"),
    ],
)
def test_a_simulated_reader_is_registered_by_its_code(bench: Bench, code: str, device: str) -> None:
    before = bench.now()
    reader = bench.stripe.terminal.readers.create({"registration_code": code})
    assert (reader.device_type, reader.status, reader.action) == (device, "online", None)
    assert before <= reader.last_seen_at // 1000 <= bench.now()


def test_a_code_no_reader_shows_is_refused(bench: Bench) -> None:
    error = bench.refused(bench.stripe.terminal.readers.create, {"registration_code": "apple-pear-plum"})
    assert (error.http_status, error.error.param) == (400, "registration_code")


def test_an_approved_card_pays_and_tells_three_ways(bench: Bench) -> None:
    reader, intent = bench.waiting(12_345, metadata={"payment_id": "pay_1"}, description="Facture 7")
    assert (reader.action.status, reader.action.process_payment_intent.payment_intent) == ("in_progress", intent.id)
    assert bench.present(reader.id).action.status == "succeeded"
    paid = bench.retrieve(intent.id)
    charge = paid.latest_charge
    assert (paid.status, paid.amount_received, charge.status, charge.amount) == (
        "succeeded",
        12_345,
        "succeeded",
        12_345,
    )
    assert charge.metadata.to_dict() == {"payment_id": "pay_1"}
    details = charge.payment_method_details.card_present
    assert (details.brand, details.last4, details.read_method) == ("visa", "4242", "contactless_emv")
    assert details.receipt.dedicated_file_name == "A0000000031010"
    assert all(details.receipt.to_dict().values())
    assert bench.events()[-3:] == ["charge.succeeded", "payment_intent.succeeded", "terminal.reader.action_succeeded"]


def test_the_fee_is_known_later(bench: Bench) -> None:
    paid = bench.paid(10_000)
    assert paid.latest_charge.balance_transaction is None
    bench.advance(5)
    entry = bench.retrieve(paid.id).latest_charge.balance_transaction
    assert (entry.amount, entry.fee, entry.net, entry.source) == (10_000, 275, 9_725, paid.latest_charge.id)
    assert bench.events(paid.latest_charge.id) == ["charge.succeeded", "charge.updated"]


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000009987", "card_declined", "lost_card"),
        ("4000000000009979", "card_declined", "stolen_card"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000000119", "processing_error", "processing_error"),
    ],
)
def test_a_declined_card_leaves_the_intent_for_the_next(
    bench: Bench, number: str, code: str, decline_code: str
) -> None:
    reader, intent = bench.waiting()
    action = bench.present(reader.id, number).action
    assert (action.status, action.failure_code, action.api_error.decline_code) == ("failed", code, decline_code)
    declined = bench.retrieve(intent.id)
    assert (declined.status, declined.last_payment_error.decline_code) == ("requires_payment_method", decline_code)
    assert (declined.latest_charge.status, declined.latest_charge.paid) == ("failed", False)
    assert bench.events()[-3:] == ["charge.failed", "payment_intent.payment_failed", "terminal.reader.action_failed"]
    bench.process(reader.id, intent.id)
    bench.present(reader.id)
    paid = bench.retrieve(intent.id)
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)
    assert bench.control("GET", "totals")["captured_minor"] == {"cad": 10_000}


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (0, "approval"),
        (1, "call_issuer"),
        (2, "offline_pin"),
        (3, "online_pin"),
        (5, "generic_decline"),
        (55, "incorrect_pin"),
        (65, "withdrawal_count_limit_exceeded"),
        (75, "pin_try_exceeded"),
    ],
)
def test_test_amounts_decide_for_test_cards(bench: Bench, ending: int, outcome: str) -> None:
    paid = bench.paid(10_000 + ending)
    if paid.status == "succeeded":
        receipt = paid.latest_charge.payment_method_details.card_present.receipt
        assert receipt.cardholder_verification_method == outcome
    else:
        assert paid.last_payment_error.decline_code == outcome


@pytest.mark.parametrize(
    ("number", "brand", "funding"),
    [
        ("5555555555554444", "mastercard", "credit"),
        ("4000056655665556", "visa", "debit"),
        ("5105105105105100", "mastercard", "prepaid"),
        ("378282246310005", "amex", "credit"),
        ("6011111111111117", "discover", "credit"),
        ("3056930009020004", "diners", "credit"),
        ("3566002020360505", "jcb", "credit"),
        ("6200000000000005", "unionpay", "credit"),
    ],
)
def test_a_charge_says_which_card_paid(bench: Bench, number: str, brand: str, funding: str) -> None:
    details = bench.paid(number=number).latest_charge.payment_method_details.card_present
    assert (details.brand, details.funding, details.last4) == (brand, funding, number[-4:])


def test_interac_pays_only_where_it_is_allowed(bench: Bench) -> None:
    interac = "4506445006931933"
    assert bench.paid(number=interac).last_payment_error.code == "card_declined"
    paid = bench.paid(number=interac, allowed_payment_method_types=["card_present", "interac_present"])
    assert paid.latest_charge.payment_method_details.type == "interac_present"
    refused = bench.refused(bench.stripe.refunds.create, {"payment_intent": paid.id})
    assert "in person" in str(refused)


def test_a_card_that_is_no_test_card_is_refused(bench: Bench) -> None:
    reader, intent = bench.waiting()
    error = bench.refused(bench.present, reader.id, "4111111111111111")
    assert (error.http_status, error.code) == (402, "card_declined")
    assert bench.retrieve(intent.id).status == "requires_payment_method"


def test_a_waiting_payment_is_replaced_silently(bench: Bench) -> None:
    reader, first = bench.waiting()
    second = bench.intent(20_000)
    assert bench.process(reader.id, second.id).action.process_payment_intent.payment_intent == second.id
    bench.present(reader.id)
    assert bench.retrieve(first.id).status == "requires_payment_method"
    assert bench.retrieve(second.id).status == "succeeded"
    assert bench.events().count("terminal.reader.action_failed") == 0


def test_an_authorizing_reader_is_busy(bench: Bench) -> None:
    reader, intent = bench.waiting()
    bench.press(reader.id, "tap", authorizing_seconds=10)
    assert bench.retrieve(intent.id).status == "requires_confirmation"
    other = bench.intent()
    assert bench.refused(bench.process, reader.id, other.id).code == "terminal_reader_busy"
    assert bench.refused(bench.stripe.terminal.readers.cancel_action, reader.id).code == "terminal_reader_busy"
    bench.advance(10)
    assert bench.retrieve(intent.id).status == "succeeded"
    assert bench.process(reader.id, other.id).action.status == "in_progress"


def test_an_offline_reader_takes_no_command(bench: Bench) -> None:
    reader, intent = bench.reader(), bench.intent()
    bench.press(reader.id, "unplug")
    seen = bench.stripe.terminal.readers.retrieve(reader.id)
    bench.advance(60)
    assert bench.stripe.terminal.readers.retrieve(reader.id).last_seen_at == seen.last_seen_at
    assert seen.status == "offline"
    assert bench.refused(bench.process, reader.id, intent.id).code == "terminal_reader_offline"
    assert bench.refused(bench.stripe.terminal.readers.cancel_action, reader.id).code == "terminal_reader_offline"
    bench.press(reader.id, "plug")
    assert bench.process(reader.id, intent.id).action.status == "in_progress"


@pytest.mark.parametrize("status", ["succeeded", "canceled"])
def test_only_an_intent_that_waits_for_a_card_goes_to_a_reader(bench: Bench, status: str) -> None:
    intent = bench.paid() if status == "succeeded" else bench.stripe.payment_intents.cancel(bench.intent().id)
    error = bench.refused(bench.process, bench.reader().id, intent.id)
    assert (error.code, error.error.payment_intent.status) == ("intent_invalid_state", status)


def test_an_intent_for_online_cards_does_not_go_to_a_reader(bench: Bench) -> None:
    online = bench.stripe.payment_intents.create({"amount": 10_000, "currency": "cad"})
    assert bench.refused(bench.process, bench.reader().id, online.id).error.param == "payment_intent"


def test_cancel_action_ends_the_wait_without_an_event(bench: Bench) -> None:
    reader, intent = bench.waiting()
    before = bench.events()
    assert bench.stripe.terminal.readers.cancel_action(reader.id).action is None
    assert bench.retrieve(intent.id).status == "requires_payment_method"
    assert bench.events() == before
    assert bench.refused(bench.present, reader.id).http_status == 400


@pytest.mark.parametrize("change", ["update", "cancel"])
def test_an_intent_that_changed_meanwhile_is_not_charged(bench: Bench, change: str) -> None:
    reader, intent = bench.waiting()
    if change == "update":
        bench.stripe.payment_intents.update(intent.id, {"amount": 20_000})
    else:
        bench.stripe.payment_intents.cancel(intent.id)
    assert bench.present(reader.id).action.failure_code == "intent_invalid_state"
    assert bench.control("GET", "totals")["captured_minor"] == {}


def test_an_intent_canceled_while_authorizing_is_not_charged(bench: Bench) -> None:
    reader, intent = bench.waiting()
    bench.press(reader.id, "tap", authorizing_seconds=10)
    assert bench.refused(bench.stripe.payment_intents.update, intent.id, {"amount": 1_000}).http_status == 400
    bench.stripe.payment_intents.cancel(intent.id)
    bench.advance(10)
    assert bench.stripe.terminal.readers.retrieve(reader.id).action.failure_code == "intent_invalid_state"
    assert bench.control("GET", "totals")["captured_minor"] == {}


def test_one_intent_on_two_readers_is_charged_once(bench: Bench) -> None:
    first, intent = bench.waiting()
    second = bench.reader()
    bench.process(second.id, intent.id)
    assert bench.present(first.id).action.status == "succeeded"
    assert bench.present(second.id).action.failure_code == "intent_invalid_state"
    assert bench.control("GET", "totals")["captured_minor"] == {"cad": 10_000}


def test_the_customer_may_cancel_on_the_reader(bench: Bench) -> None:
    reader, intent = bench.waiting()
    assert bench.press(reader.id, "cancel")["action"]["failure_code"] == "customer_canceled"
    assert bench.retrieve(intent.id).status == "requires_payment_method"
    assert bench.events()[-1] == "terminal.reader.action_failed"


def test_a_reader_unplugged_while_waiting_stays_in_progress_until_it_is_canceled(bench: Bench) -> None:
    reader, _ = bench.waiting()
    before = bench.events()
    bench.press(reader.id, "unplug")
    bench.press(reader.id, "plug")
    assert bench.stripe.terminal.readers.retrieve(reader.id).action.status == "in_progress"
    bench.press(reader.id, "tap", status=400)
    assert bench.events() == before
    assert bench.stripe.terminal.readers.cancel_action(reader.id).action is None


def test_a_reader_unplugged_while_authorizing_charges_and_says_nothing(bench: Bench) -> None:
    reader, intent = bench.waiting()
    bench.press(reader.id, "tap", authorizing_seconds=10)
    bench.press(reader.id, "unplug")
    bench.advance(10)
    assert bench.retrieve(intent.id).status == "succeeded"
    assert bench.stripe.terminal.readers.retrieve(reader.id).action.status == "in_progress"
    assert "terminal.reader.action_succeeded" not in bench.events()


@pytest.mark.parametrize(("verb", "method"), [("tap", "contactless_emv"), ("insert", "contact_emv")])
def test_the_screen_decides_whatever_the_amount(bench: Bench, verb: str, method: str) -> None:
    reader, intent = bench.waiting(10_005)
    assert bench.press(reader.id, verb)["action"]["status"] == "succeeded"
    assert bench.retrieve(intent.id).latest_charge.payment_method_details.card_present.read_method == method
    bench.process(reader.id, bench.intent().id)
    assert bench.press(reader.id, "decline")["action"]["failure_code"] == "card_declined"


def test_a_tip_is_added_to_the_amount(bench: Bench) -> None:
    reader, intent = bench.waiting(10_000)
    bench.stripe.test_helpers.terminal.readers.present_payment_method(reader.id, {"amount_tip": 500})
    paid = bench.retrieve(intent.id)
    assert (paid.amount, paid.amount_received, paid.amount_details.tip.amount) == (10_500, 10_500, 500)


def test_a_connection_token_is_for_a_known_location(bench: Bench) -> None:
    location = bench.reader().location
    token = bench.stripe.terminal.connection_tokens.create({"location": location})
    assert (token.secret[:9], token.location) == ("pst_test_", location)
    assert bench.refused(bench.stripe.terminal.connection_tokens.create, {"location": "tml_none"}).http_status == 400


def test_metadata_is_merged_and_emptied_like_stripes(bench: Bench) -> None:
    intent = bench.intent(metadata={"a": "1", "b": "2"})
    update = bench.stripe.payment_intents.update
    assert update(intent.id, {"metadata": {"b": "", "c": "3"}}).metadata.to_dict() == {"a": "1", "c": "3"}
    assert update(intent.id, {"metadata": ""}).metadata.to_dict() == {}


def test_a_paid_intent_is_not_changed_or_canceled(bench: Bench) -> None:
    paid = bench.paid()
    for change in (
        lambda: bench.stripe.payment_intents.cancel(paid.id),
        lambda: bench.stripe.payment_intents.update(paid.id, {"amount": 5_000}),
    ):
        error = bench.refused(change)
        assert (error.code, error.error.payment_intent.id) == ("payment_intent_unexpected_state", paid.id)
    assert bench.stripe.payment_intents.update(paid.id, {"description": "Facture 8"}).description == "Facture 8"


def test_refunds_never_exceed_the_charge(bench: Bench) -> None:
    paid = bench.paid(10_000)
    refunds = bench.stripe.refunds
    part = refunds.create({"payment_intent": paid.id, "amount": 4_000, "reason": "requested_by_customer"})
    assert (part.status, part.charge) == ("succeeded", paid.latest_charge.id)
    assert "greater than unrefunded" in str(bench.refused(refunds.create, {"payment_intent": paid.id, "amount": 6_001}))
    assert refunds.create({"charge": paid.latest_charge.id}).amount == 6_000
    assert bench.refused(refunds.create, {"charge": paid.latest_charge.id}).code == "charge_already_refunded"
    assert bench.retrieve(paid.id).latest_charge.refunded is True
    assert bench.control("GET", "totals") == {"captured_minor": {"cad": 10_000}, "refunded_minor": {"cad": 10_000}}
    assert bench.events().count("charge.refunded") == 2


def test_a_refund_may_come_back(bench: Bench) -> None:
    paid = bench.paid(number="4000000000005126")
    refund = bench.stripe.refunds.create({"payment_intent": paid.id})
    bench.advance(10)
    failed = bench.stripe.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert bench.retrieve(paid.id).latest_charge.amount_refunded == 0
    assert bench.events(refund.id) == ["refund.created", "refund.updated", "refund.failed"]


@pytest.mark.parametrize("params", [{}, {"charge": "ch_none"}, {"amount": 0}])
def test_a_refund_of_nothing_is_refused(bench: Bench, params: dict[str, Any]) -> None:
    given = params if params != {"amount": 0} else {"amount": 0, "payment_intent": bench.paid().id}
    assert bench.refused(bench.stripe.refunds.create, given).http_status == 400
    assert bench.refused(bench.stripe.refunds.create, {"payment_intent": bench.intent().id}).http_status == 400


def test_a_deleted_reader_takes_no_command_and_says_that_it_is_deleted(bench: Bench) -> None:
    reader, intent = bench.waiting()
    assert bench.stripe.terminal.readers.delete(reader.id).deleted is True
    assert bench.stripe.terminal.readers.retrieve(reader.id).deleted is True
    assert bench.stripe.terminal.readers.list().data == []
    gone = bench.refused(bench.process, reader.id, intent.id)
    assert (gone.http_status, gone.code) == (404, "resource_missing")
    assert bench.retrieve(intent.id).status == "requires_payment_method"


@pytest.mark.parametrize(
    ("button", "failure", "status"),
    [
        ("wrong_pin", "card_declined", "requires_payment_method"),
        ("expire", "expired_card", "requires_payment_method"),
        ("pull", "card_removed", "requires_payment_method"),
        ("lose", "connection_error", "succeeded"),
        ("freeze", None, "requires_payment_method"),
        ("replace", None, "requires_payment_method"),
    ],
)
def test_what_goes_wrong_at_the_reader_has_a_button(
    bench: Bench, button: str, failure: str | None, status: str
) -> None:
    reader, intent = bench.waiting()
    bench.press(reader.id, button)
    action = bench.stripe.terminal.readers.retrieve(reader.id).action
    assert (action.failure_code, bench.retrieve(intent.id).status) == (failure, status)
    page = requests.get(f"{bench.url}/_sandbox/readers/{reader.id}?lang=fr", timeout=5)
    assert (page.status_code, "Retirer la carte trop tôt" in page.text) == (200, True)
