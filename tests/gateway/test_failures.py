"""A call to Stripe fails in one of three ways, and each says whether money may have moved."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import stripe

from server.core import config
from server.core.database import transaction
from server.gateway import events, intents
from server.gateway.client import NotNow, OutcomeUnknown, Refused
from server.gateway.events import SignatureWrong
from server.sandbox.serve import Sandbox
from tests.shop import Shop

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
INTENT = b'{"id":"pi_1","object":"payment_intent"}'
BODY = b'{"id":"evt_1","type":"payment_intent.succeeded","created":1,"data":{"object":' + INTENT + b"}}"


def create(amount_minor: int = 5000) -> intents.Intent:
    return intents.create_intent(
        key="k", payment_id="pay_1", invoice_id="inv_1", amount_minor=amount_minor, currency="CAD", words="F-1"
    )


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        ("drop_before", OutcomeUnknown),
        ("drop_after", OutcomeUnknown),
        ("error_500", OutcomeUnknown),
        ("error_429", NotNow),
    ],
)
def test_what_may_have_happened_is_unknown_and_what_did_not_is_said(
    shop: Shop, kind: str, failure: type[Exception]
) -> None:
    shop.fault(kind, "/v1/payment_intents", times=3)
    with pytest.raises(failure):
        create()


@pytest.mark.parametrize("lost", ["drop_after", "error_500", "error_409"])
def test_that_the_next_try_was_one_too_many_says_nothing_of_the_one_that_was_lost(shop: Shop, lost: str) -> None:
    shop.fault(lost, "/v1/payment_intents")
    shop.fault("error_429", "/v1/payment_intents", nth=2, times=2)
    with pytest.raises(OutcomeUnknown):
        create()
    shop.fault("error_429", "/v1/payment_intents")
    with pytest.raises(NotNow):
        create()


def test_a_lost_answer_is_asked_for_again_under_the_same_key(shop: Shop) -> None:
    shop.fault("drop_after", "/v1/payment_intents", times=2)
    assert create().id == create().id


def test_a_refusal_carries_stripes_reason(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        create(amount_minor=1)
    assert refused.value.reason == "amount_too_small"


def test_no_call_is_made_while_a_transaction_is_open(shop: Shop) -> None:
    with pytest.raises(AssertionError, match="nor span the network"), transaction():
        create()


def test_nobody_listening_is_an_unknown_outcome(product: config.Config) -> None:
    with pytest.raises(OutcomeUnknown):
        create()


def header(secret: str, moment: datetime = NOW) -> str:
    made: str = stripe.WebhookSignature.generate_signature_header(BODY.decode(), secret, int(moment.timestamp()))
    return made


@pytest.mark.parametrize("secret", ["whsec_now", "whsec_before"])
def test_every_current_secret_verifies(sandbox: Sandbox, product: config.Config, secret: str) -> None:
    assert events.verify(BODY, header(secret), now=NOW).intent_id == "pi_1"


@pytest.mark.parametrize(
    "signature",
    ["", "nonsense", "t=1,v1=00", header("whsec_of_somebody"), header("whsec_now", datetime(2026, 3, 1, tzinfo=UTC))],
)
def test_a_wrong_or_old_signature_is_refused(product: config.Config, signature: str) -> None:
    with pytest.raises(SignatureWrong):
        events.verify(BODY, signature, now=NOW)


def test_a_body_changed_on_the_way_is_refused(product: config.Config) -> None:
    with pytest.raises(SignatureWrong):
        events.verify(BODY + b" ", header("whsec_now"), now=NOW)
