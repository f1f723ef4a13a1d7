"""Stripe's events: verified, stored once, answered 200 at once, acted on by asking Stripe."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe
from flask import Flask
from sqlalchemy import text

from server.core import clock
from server.core.database import transaction
from server.payments.rules import Method, Status
from tests.shop import Shop


def event(event_id: str, type_: str, about: dict[str, Any], **more: Any) -> bytes:
    """Return an event's body as Stripe sends it."""
    said = {"id": event_id, "object": "event", "type": type_, "created": int(clock.now().timestamp()), **more}
    return json.dumps({**said, "data": {"object": about}}).encode()


def succeeded(event_id: str, intent_id: str | None) -> bytes:
    return event(event_id, "payment_intent.succeeded", {"object": "payment_intent", "id": intent_id, "metadata": {}})


def deliver(app: Flask, body: bytes, secret: str = "whsec_now") -> int:
    stamp = int(clock.now().timestamp())
    signature = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, stamp)
    return app.test_client().post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signature}).status_code


def kept() -> int:
    with transaction() as session:
        return int(session.execute(text("SELECT count(*) FROM stripe_events")).scalar_one())


@pytest.mark.timeout(180)
def test_eighty_deliveries_of_twenty_events_shuffled_and_repeated_count_once(shop: Shop, app: Flask) -> None:
    bodies = []
    for number in range(10):
        invoice, payment_id = shop.invoice(), f"pay_{number}"
        shop.collect(invoice, payment_id)
        shop.press("tap")
        intent_id = shop.payment(payment_id).stripe_intent_id
        reader = {"object": "terminal.reader", "id": shop.reader.id}
        action = {"process_payment_intent": {"payment_intent": intent_id}}
        bodies.append(succeeded(f"evt_a{number}", intent_id))
        bodies.append(event(f"evt_b{number}", "terminal.reader.action_succeeded", {**reader, "action": action}))
    deliveries = bodies * 4
    random.Random(7).shuffle(deliveries)
    with ThreadPoolExecutor(8) as network:
        answers = list(network.map(lambda body: deliver(app, body), deliveries))
    assert answers == [200] * 80
    assert kept() == 20
    shop.work()
    assert shop.at_stripe() == shop.captured() == 10 * Shop.TOTAL
    with transaction() as session:
        receipts = session.execute(text("SELECT count(*) FROM messages WHERE kind = 'receipt'")).scalar_one()
    assert receipts == 10


def test_an_event_that_comes_before_its_truth_changes_nothing(shop: Shop, app: Flask) -> None:
    shop.collect(shop.invoice(), "pay_1")
    assert deliver(app, succeeded("evt_early", shop.payment("pay_1").stripe_intent_id)) == 200
    shop.work()
    assert shop.payment("pay_1").status is Status.WAITING
    assert shop.at_stripe() == 0


def test_a_late_failure_after_success_changes_nothing(shop: Shop, app: Flask) -> None:
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap")
    shop.ask("pay_1")
    intent: dict[str, Any] = {"object": "payment_intent", "id": shop.payment("pay_1").stripe_intent_id, "metadata": {}}
    assert deliver(app, event("evt_late", "payment_intent.payment_failed", intent)) == 200
    shop.work()
    assert shop.payment("pay_1").status is Status.SUCCEEDED


def test_the_customer_paying_on_the_page_is_learnt_from_the_session(shop: Shop, app: Flask) -> None:
    page = shop.collect(shop.invoice(), "pay_1", method=Method.PAY_LINK)
    shop.pay_page(page)
    session: dict[str, Any] = {"object": "checkout.session", "id": page.stripe_session_id, "metadata": {}}
    assert deliver(app, event("evt_page", "checkout.session.completed", session)) == 200
    shop.work()
    assert shop.payment("pay_1").status is Status.SUCCEEDED


@pytest.mark.parametrize(
    ("more", "secret", "status"),
    [
        ({}, "whsec_now", 200),
        ({}, "whsec_before", 200),
        ({}, "whsec_of_somebody", 400),
        ({"account": "acct_other"}, "whsec_now", 200),
        ({"type": "customer.created"}, "whsec_now", 200),
        ({"type": "a.type.of.the.future"}, "whsec_now", 200),
    ],
)
def test_what_is_not_for_us_is_taken_and_dropped_and_what_is_forged_refused(
    shop: Shop, app: Flask, more: dict[str, str], secret: str, status: int
) -> None:
    body = json.dumps({**json.loads(succeeded("evt_1", "pi_x")), **more}).encode()
    assert deliver(app, body, secret) == status
    assert kept() == (1 if status == 200 and not more else 0)


def test_an_old_event_sent_again_by_a_thief_is_refused(shop: Shop, app: Flask) -> None:
    body = succeeded("evt_1", "pi_x")
    stamp = int(clock.now().timestamp()) - 2 * 24 * 3600  # by the machine's clock too, which may be a day behind
    signature = stripe.WebhookSignature.generate_signature_header(body.decode(), "whsec_now", stamp)
    answer = app.test_client().post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signature})
    assert answer.status_code == 400


def test_an_event_about_what_has_no_id_is_taken_and_dropped(shop: Shop, app: Flask) -> None:
    assert deliver(app, event("evt_1", "balance.available", {"object": "balance", "available": []})) == 200
    assert kept() == 0


def test_an_event_about_a_payment_that_is_not_ours_is_left_alone(shop: Shop, app: Flask) -> None:
    assert deliver(app, succeeded("evt_1", "pi_of_another_shop")) == 200
    shop.work()
    assert kept() == 1
