"""Every type of event the sandbox sends or we act on: one of Stripe's own, about an object of Stripe's shape."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
import stripe
from stripe.params import WebhookEndpointCreateParams

from server.core import clock, config
from server.gateway import events as gateway
from server.payments import webhooks
from server.sandbox import events
from tests.databases import settings
from tests.sandbox import scenes
from tests.sandbox.bench import Bench
from tests.sandbox.shapes import complaints

STRIPES = set(get_args(get_args(WebhookEndpointCreateParams.__annotations__["enabled_events"])[0]))


@pytest.fixture
def sent(bench: Bench) -> list[Any]:
    """Every event of a day on which everything happens."""
    return [thing for thing in scenes.everything(bench) if isinstance(thing, stripe.Event)]


def _is_about(type: str, object: str) -> bool:
    """Say whether a type of event is about a kind of object: `charge.dispute.created` is about a dispute."""
    return object in (type.rpartition(".")[0], type.rpartition(".")[0].rpartition(".")[2], type.partition(".")[0])


def test_every_type_is_sent_and_its_object_is_of_the_sdks_class(sent: list[Any]) -> None:
    assert {event.type for event in sent} == events.TYPES
    wrong = []
    for event in sent:
        about = event.data.object
        assert type(about) is not stripe.StripeObject, f"the SDK knows no class for what {event.type} is about"
        assert _is_about(event.type, about.object), event.type
        wrong += [f"{event.type}: {said}" for said in complaints(type(about), about.to_dict())]
    assert wrong == []


def test_every_type_we_send_or_act_on_is_one_of_this_api_version() -> None:
    assert events.TYPES <= STRIPES
    assert set(webhooks.OURS) <= STRIPES


def test_whatever_we_act_on_comes_from_the_sandbox_too() -> None:
    assert set(webhooks.OURS) <= events.TYPES


def test_we_read_of_each_what_it_is_about(sent: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings("postgresql://nobody@127.0.0.1:9/none").items():
        monkeypatch.setenv(name, value)
    config.current.cache_clear()
    now = clock.now()
    for event in sent:
        payload = json.dumps(event.to_dict())
        signature = stripe.WebhookSignature.generate_signature_header(payload, "whsec_now", int(now.timestamp()))
        read = gateway.verify(payload.encode(), signature, now=now)
        assert (read.id, read.type, read.object_id) == (event.id, event.type, event.data.object["id"])
        if event.type in webhooks.OURS and event.type.startswith(("payment_intent.", "charge.", "refund.")):
            assert (read.intent_id or "").startswith("pi_"), event.type
    config.current.cache_clear()
