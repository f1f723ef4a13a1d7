"""Cards that a phone's app holds an amount on for nothing of ours: seen while somebody can still take it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core import clock
from server.core.database import transaction
from server.gateway import intents
from server.payments import flows, queries
from server.payments.models import StripeEvent, UnnamedHold
from tests.payments.test_mobile_reader import forward, learn
from tests.shop import Shop


def holds() -> list[UnnamedHold]:
    with transaction() as session:
        return list(session.scalars(queries.unnamed_holds_statement(now=clock.now())))


@pytest.mark.parametrize("told", [True, False])
def test_a_card_that_is_held_and_names_nothing_of_ours_is_seen_before_it_runs_out(shop: Shop, told: bool) -> None:
    stranger = forward(shop, 5000, held=True)
    for _ in range(2):
        flows.take_up(intent_id=stranger, now=shop.now()) if told else flows.look_for_forwarded(now=shop.now())
    (hold,) = holds()
    assert (hold.id, hold.amount_minor, hold.card_last4, hold.words) == (stranger, 5000, "4242", "Tap on the phone")
    assert hold.capture_before - shop.now() <= timedelta(days=2)
    assert (shop.at_stripe(), shop.captured()) == (0, 0)
    shop.pass_time(days=3)
    assert holds() == []


@pytest.mark.parametrize("ends", ["taken", "let go"])
@pytest.mark.parametrize("told", [True, False])
def test_an_unnamed_hold_is_gone_once_it_was_taken_or_let_go(shop: Shop, ends: str, told: bool) -> None:
    stranger = forward(shop, 5000, held=True)
    learn(shop, stranger)
    if ends == "taken":
        intents.capture_intent(stranger, key="by-hand", amount_minor=5000, currency="CAD")
    else:
        intents.cancel_intent(stranger)
    if told:
        deliver(shop, stranger, "payment_intent.succeeded" if ends == "taken" else "payment_intent.canceled")
    else:
        flows.look_for_forwarded(now=shop.now())
    assert holds() == []
    with transaction() as session:
        assert len(session.scalars(queries.unassigned_statement()).all()) == (ends == "taken")


def test_a_held_card_that_names_an_invoice_is_found_although_its_event_is_lost(shop: Shop) -> None:
    invoice = shop.invoice()
    forward(shop, held=True, payment_id="pay_phone", invoice_id=invoice.id)
    for _ in range(2):
        flows.look_for_forwarded(now=shop.now())
    assert shop.payment("pay_phone").capture_before is not None
    assert holds() == []


def deliver(shop: Shop, intent_id: str, kind: str) -> None:
    """Let Stripe's event arrive."""
    about = {"type": kind, "object_id": intent_id, "intent_id": intent_id}
    with transaction() as session:
        session.add(StripeEvent(id="evt_1", **about, happened_at=shop.now(), received_at=shop.now()))
    flows.learn(event_id="evt_1", now=shop.now())
