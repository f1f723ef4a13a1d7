"""Cards that phones take, and places where readers are used, while the process is killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.core import clock
from server.gateway.client import client as stripe_client
from server.payments import flows
from server.payments.rules import Method
from tests.killed.flows import Plan, ids, kills, now, paid
from tests.messages.conftest import MailServer
from tests.payments.test_mobile_reader import forward
from tests.shop import Shop

ADDRESS = {"line1": "12, rue Saint-Jean", "city": "Québec", "region": "QC", "postal_code": "G1R 1N8", "country": "CA"}


@kills(flows.client_secret)
def a_phone_wants_the_secret(shop: Shop, _mail: MailServer, number: int) -> Plan:
    payment = shop.collect(shop.invoice(), ids(number)[0], method=Method.MOBILE_READER)

    def finish() -> None:
        assert flows.client_secret(shop.payment(payment.id), asked_by="test")

    return Plan({"payment": payment, "asked_by": "test"}, finish)


@kills(flows.take_up)
def a_card_taken_without_us_is_taken_up(shop: Shop, _mail: MailServer, number: int) -> Plan:
    intent_id, finish = _forwarded(shop, number)
    return Plan(now(intent_id=intent_id), finish)


@kills(flows.look_for_forwarded)
def cards_taken_without_us_are_looked_for(shop: Shop, _mail: MailServer, number: int) -> Plan:
    _, finish = _forwarded(shop, number)
    return Plan(now(), finish)


def _forwarded(shop: Shop, number: int) -> tuple[str, Callable[[], None]]:
    invoice = shop.invoice()
    intent_id = forward(shop, payment_id=f"pay_phone{number}", invoice_id=invoice.id)

    def finish() -> None:
        flows.look_for_forwarded(now=clock.now())
        assert shop.balance(invoice) == 0

    return intent_id, finish


@kills(flows.look_for_untold)
def a_refund_of_the_dashboard_is_looked_for(shop: Shop, _mail: MailServer, number: int) -> Plan:
    invoice = paid(shop, f"pay_{number}")
    given: Any = {"payment_intent": shop.payment(f"pay_{number}").stripe_intent_id, "amount": 500}
    stripe_client().v1.refunds.create(given)

    def finish() -> None:
        assert shop.balance(invoice) == 500

    return Plan(now(), finish)


@kills(flows.create_location)
def a_place_is_registered(shop: Shop, _mail: MailServer, number: int) -> Plan:
    name = f"Place {number}"

    def finish() -> None:
        named = [each for each in shop.sandbox.state.all("terminal.location") if each["display_name"] == name]
        assert len(named) == 1

    return Plan({"display_name": name, "address": ADDRESS}, finish)


@kills(flows.list_locations)
def places_are_listed(shop: Shop, _mail: MailServer, _number: int) -> Plan:
    def finish() -> None:
        assert flows.list_locations(cursor=None, limit=10)["items"]

    return Plan({"cursor": None, "limit": 10}, finish)
