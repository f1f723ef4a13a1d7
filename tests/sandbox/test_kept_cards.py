"""A card kept from a tap, and charged later without the customer."""

from typing import Any

import pytest

from tests.sandbox.bench import Bench


def _charge(bench: Bench, method: Any, **more: Any) -> Any:
    params = {
        "amount": 5_000, "currency": "cad", "confirm": True, "off_session": True, "customer": method.customer,
        "payment_method": method.id, "metadata": {"payment_id": "pay_1"},
    }  # fmt: skip
    return bench.stripe.payment_intents.create(params | more)


def test_a_tap_keeps_a_card_that_pays_later(bench: Bench) -> None:
    setup, kept = bench.kept_card()
    assert (setup.status, kept.customer, kept.card.last4) == ("succeeded", setup.customer, "4242")
    assert kept.card.generated_from.setup_attempt == setup.latest_attempt
    assert bench.events()[-3:] == [
        "payment_method.attached", "setup_intent.succeeded", "terminal.reader.action_succeeded",
    ]  # fmt: skip
    paid = _charge(bench, kept)
    assert (paid.status, paid.amount_received, paid.payment_method) == ("succeeded", 5_000, kept.id)
    assert bench.events()[-2:] == ["charge.succeeded", "payment_intent.succeeded"]
    listed = bench.stripe.payment_methods.list({"customer": kept.customer}).data
    assert [method.id for method in listed] == [kept.id]


def test_a_payment_keeps_the_card_too(bench: Bench) -> None:
    customer = bench.stripe.customers.create({"name": "Client"})
    paid = bench.paid(customer=customer.id, setup_future_usage="off_session")
    kept = bench.stripe.payment_methods.retrieve(paid.latest_charge.payment_method_details.card_present.generated_card)
    assert (kept.customer, kept.card.generated_from.charge) == (customer.id, paid.latest_charge.id)
    assert _charge(bench, kept).status == "succeeded"


@pytest.mark.parametrize(
    ("number", "fault", "decline_code"),
    [
        ("4000002760003184", None, "authentication_required"),
        ("4000000000000341", None, "generic_decline"),
        ("4242424242424242", "authentication_required", "authentication_required"),
        ("4242424242424242", "card_declined", "generic_decline"),
    ],
)
def test_a_kept_card_may_be_declined(bench: Bench, number: str, fault: str | None, decline_code: str) -> None:
    _, kept = bench.kept_card(number)
    if fault:
        bench.faults({"kind": fault})
    error = bench.refused(lambda: _charge(bench, kept))
    assert (error.http_status, error.error.decline_code) == (402, decline_code)
    intent = bench.retrieve(error.error.payment_intent.id)
    assert (intent.status, intent.last_payment_error.decline_code) == ("requires_payment_method", decline_code)
    assert bench.control("GET", "totals")["captured_minor"] == {}
    assert bench.stripe.payment_intents.cancel(intent.id).status == "canceled"


@pytest.mark.parametrize("missing", [{"customer": ""}, {"off_session": False}, {"payment_method": "pm_none"}])
def test_a_card_is_charged_for_its_own_customer_only(bench: Bench, missing: dict[str, Any]) -> None:
    _, kept = bench.kept_card()
    if "customer" in missing:
        missing = {"customer": bench.stripe.customers.create({}).id}
    assert bench.refused(lambda: _charge(bench, kept, **missing)).http_status == 400
    detached = bench.stripe.payment_methods.detach(kept.id)
    assert detached.customer is None
    assert bench.refused(lambda: _charge(bench, kept)).http_status == 400
    assert bench.stripe.payment_methods.attach(kept.id, {"customer": kept.customer}).customer == kept.customer
    other = bench.stripe.customers.create({"name": "Other"})
    assert bench.refused(bench.stripe.payment_methods.attach, kept.id, {"customer": other.id}).http_status == 400


def test_a_page_keeps_the_card_too(bench: Bench) -> None:
    customer = bench.stripe.customers.create({"name": "Client"}).id
    keeping = {"customer": customer, "payment_method_options": {"card": {"setup_future_usage": "off_session"}}}
    session = bench.session(**keeping)
    answer = bench.control("POST", f"checkout/{session.id}", {"outcome": "pay"})
    kept = bench.stripe.payment_methods.retrieve(bench.retrieve(answer["payment_intent"]).latest_charge.payment_method)
    assert (kept.customer, kept.card.generated_from) == (customer, None)
    assert _charge(bench, kept).status == "succeeded"


def test_an_intent_is_prepared_then_confirmed(bench: Bench) -> None:
    _, kept = bench.kept_card("4000002760003184")
    wanted = {"amount": 5_000, "currency": "cad", "customer": kept.customer, "payment_method": kept.id}
    prepared = bench.stripe.payment_intents.create(wanted)
    assert (prepared.status, prepared.payment_method) == ("requires_confirmation", kept.id)
    error = bench.refused(lambda: bench.stripe.payment_intents.confirm(prepared.id, {"off_session": True}))
    assert (error.http_status, error.code) == (402, "authentication_required")
    declined = bench.retrieve(prepared.id)
    assert (declined.status, declined.payment_method) == ("requires_payment_method", None)
    bench.stripe.payment_intents.cancel(prepared.id)
    error = bench.refused(lambda: bench.stripe.payment_intents.confirm(prepared.id, {"off_session": True}))
    assert error.code == "payment_intent_unexpected_state"


def test_an_intent_learns_and_forgets_to_keep_the_card(bench: Bench) -> None:
    customer = bench.stripe.customers.create({"name": "Client"}).id
    intent = bench.intent(customer=customer)
    kept = bench.stripe.payment_intents.update(intent.id, {"setup_future_usage": "off_session"})
    assert kept.setup_future_usage == "off_session"
    assert bench.stripe.payment_intents.update(intent.id, {"setup_future_usage": ""}).setup_future_usage is None


def test_a_declined_card_is_not_kept(bench: Bench) -> None:
    setup, kept = bench.kept_card("4000000000000002")
    assert (setup.status, setup.last_setup_error.code, kept) == ("requires_payment_method", "card_declined", None)
    assert bench.events()[-2:] == ["setup_intent.setup_failed", "terminal.reader.action_failed"]
    assert bench.stripe.setup_intents.cancel(setup.id).status == "canceled"
    ask = {"setup_intent": setup.id, "allow_redisplay": "always"}
    error = bench.refused(bench.stripe.terminal.readers.process_setup_intent, bench.reader().id, ask)
    assert error.code == "intent_invalid_state"
    assert bench.refused(bench.stripe.setup_intents.cancel, setup.id).code == "setup_intent_unexpected_state"


def test_a_customer_is_changed(bench: Bench) -> None:
    made = bench.stripe.customers.create({"name": "Client", "address": {"city": "Québec"}})
    changed = bench.stripe.customers.update(made.id, {"name": "Cliente", "metadata": {"a": "1"}})
    assert (changed.name, changed.address.city, changed.metadata.to_dict()) == ("Cliente", "Québec", {"a": "1"})
    assert [customer.id for customer in bench.stripe.customers.list({"email": "x@example.test"}).data] == []
