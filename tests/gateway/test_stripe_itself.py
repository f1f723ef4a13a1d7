"""The same scenarios at the sandbox and, where FIELDPAY_STRIPE_TEST_KEY holds a test key, at Stripe itself."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from server.core import clock, config
from server.gateway import checkout, intents, readers, refunds
from server.gateway.client import Refused, client
from server.sandbox.serve import Sandbox
from tests.databases import settings

KEY = os.environ.get("FIELDPAY_STRIPE_TEST_KEY", "")
INTERAC = "4506445006931933"
ADDRESS = {"line1": "1 rue Saint-Jean", "city": "Québec", "region": "QC", "postal_code": "G1R 1N8", "country": "CA"}


@pytest.fixture(params=["sandbox", "stripe"])
def target(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Stripe's library pointed at the sandbox, or at Stripe's test mode."""
    if request.param == "stripe" and not KEY.startswith("sk_test_"):
        pytest.skip("FIELDPAY_STRIPE_TEST_KEY holds no test key: Stripe itself is not asked.")
    sandbox = Sandbox.start() if request.param == "sandbox" else None
    told = settings("postgresql://nobody@127.0.0.1:9/none", STRIPE_API_BASE=sandbox.url if sandbox else "")
    for name, value in {**told, **({} if sandbox else {"STRIPE_SECRET_KEY": KEY})}.items():
        monkeypatch.setenv(name, value)
    config.current.cache_clear()
    client.cache_clear()
    yield str(request.param)
    config.current.cache_clear()
    client.cache_clear()
    if sandbox:
        sandbox.stop()


@pytest.fixture
def reader_id(target: str) -> str:
    """A simulated reader at a location."""
    place = readers.create_location(name="Atelier", address=ADDRESS, key=str(uuid.uuid4()))
    return readers.register(registration_code="simulated-wpe", label="Van 1", location_id=place).id


def begin(amount_minor: int = 1500, **more: Any) -> intents.Intent:
    return intents.create_intent(
        key=str(uuid.uuid4()),
        payment_id="pay_1",
        invoice_id="inv_1",
        amount_minor=amount_minor,
        currency="CAD",
        words="F-1",
        **more,
    )


def light(reader_id: str, intent: intents.Intent) -> None:
    readers.collect(reader_id, intent_id=intent.id, key=str(uuid.uuid4()), currency="CAD")


def hold_to(reader_id: str, number: str, kind: str = "card_present") -> None:
    card: Any = {"type": kind, kind: {"number": number}}
    client().v1.test_helpers.terminal.readers.present_payment_method(reader_id, card)


def present(
    reader_id: str, intent: intents.Intent, number: str = "4242424242424242", kind: str = "card_present"
) -> intents.Intent:
    light(reader_id, intent)
    hold_to(reader_id, number, kind)
    return intents.get_intent(intent.id)


def test_a_card_pays_and_is_given_back(reader_id: str) -> None:
    paid = present(reader_id, begin())
    assert (paid.status, paid.received_minor, paid.payment_id) == ("succeeded", 1500, "pay_1")
    given = refunds.create_refund(
        key=str(uuid.uuid4()), refund_id="ref_1", intent_id=paid.id, amount_minor=500, currency="CAD"
    )
    assert (given.amount_minor, given.refund_id) == (500, "ref_1")


def test_a_declined_card_leaves_the_intent_to_the_next(reader_id: str) -> None:
    declined = present(reader_id, begin(), "4000000000000002")
    assert (declined.status, declined.received_minor) == ("requires_payment_method", 0)
    assert present(reader_id, declined).status == "succeeded"


def test_interac_pays_at_once_and_goes_back_at_the_reader_alone(reader_id: str) -> None:
    kinds = ("card_present", "interac_present")
    paid = present(reader_id, begin(kinds=kinds, capture_later=True), INTERAC, "interac_present")
    assert (paid.status, paid.charge and paid.charge.kind) == ("succeeded", "interac_present")
    asked: dict[str, Any] = {"refund_id": "ref_1", "intent_id": paid.id, "amount_minor": 500, "currency": "CAD"}
    with pytest.raises(Refused):
        refunds.create_refund(key=str(uuid.uuid4()), **asked)
    state = readers.refund(reader_id, key=str(uuid.uuid4()), **asked)
    assert (state.action_status, state.action_refund_id) == ("in_progress", "ref_1")
    hold_to(reader_id, INTERAC, "interac_present")
    assert [(given.amount_minor, given.status) for given in refunds.list_refunds(paid.id)] == [(500, "succeeded")]


def test_a_reader_that_is_stopped_takes_no_card_and_the_intent_is_used_again(reader_id: str) -> None:
    begun = begin()
    light(reader_id, begun)
    assert readers.cancel(reader_id).action_status is None
    assert intents.get_intent(begun.id).status == "requires_payment_method"
    assert present(reader_id, begun).status == "succeeded"


def test_a_customer_cancels_on_the_reader(reader_id: str, target: str) -> None:
    if target == "stripe":
        pytest.skip("Stripe has no test helper that presses the red button: only the sandbox is asked.")
    begun = begin()
    light(reader_id, begun)
    pressed = f"{config.current().stripe_api_base}/_sandbox/readers/{reader_id}/cancel"
    assert requests.post(pressed, json={}, timeout=10).ok
    state = readers.find(reader_id)
    assert state is not None
    assert (state.action_status, state.failure_code) == ("failed", "customer_canceled")
    assert intents.get_intent(begun.id).status == "requires_payment_method"


def test_a_held_amount_is_captured_in_part(reader_id: str) -> None:
    held = present(reader_id, begin(capture_later=True))
    assert held.status == "requires_capture"
    assert held.capture_before is not None
    assert (
        intents.capture_intent(held.id, key=str(uuid.uuid4()), amount_minor=1000, currency="CAD").received_minor == 1000
    )


def test_an_intent_of_the_sdk_has_a_secret_and_is_canceled_once_for_all(target: str) -> None:
    made = begin()
    assert intents.get_secret(made.id).startswith(f"{made.id}_secret_")
    assert readers.connection_token().startswith("pst_")
    assert {intents.cancel_intent(made.id).status for _ in range(2)} == {"canceled"}
    with pytest.raises(Refused):
        intents.capture_intent(made.id, key=str(uuid.uuid4()), amount_minor=1, currency="CAD")


def test_a_page_opens_and_closes(target: str) -> None:
    page = checkout.create_session(
        key=str(uuid.uuid4()),
        payment_id="pay_1",
        invoice_id="inv_1",
        amount_minor=1500,
        currency="CAD",
        words="F-1",
        language="fr",
        return_url="https://example.com/p/token",
        expires_at=clock.now() + timedelta(hours=2),
    )
    assert page.status == "open"
    assert checkout.expire_session(page.id).status == "expired"
