"""Customers and the cards they leave: made from a tap or on the Checkout page, charged again without them."""

import time

from server.sandbox import events, metadata
from server.sandbox.cards import Card
from server.sandbox.charges import NO_ADDRESS
from server.sandbox.errors import StripeError, invalid_parameter
from server.sandbox.state import Json, State, new_id

KEPT_AS_GIVEN = ("address", "description", "email", "name", "phone", "preferred_locales", "shipping")
# What a new customer has nothing to say about.
NULL_AT_FIRST = "currency default_source discount test_clock"


def create(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
    """POST /v1/customers."""
    customer = state.add(
        {
            "id": new_id("cus"),
            **dict.fromkeys(NULL_AT_FIRST.split()),
            "object": "customer",
            "balance": 0,
            "created": state.now(),
            "delinquent": False,
            **dict.fromkeys(KEPT_AS_GIVEN),
            "livemode": False,
            "metadata": {},
            "tax_exempt": "none",
        }
    )
    _keep(customer, params)
    events.record(state, "customer.created", customer)
    return customer


def update(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/customers/{id}."""
    customer = state.get("customer", ids[0])
    _keep(customer, params)
    events.record(state, "customer.updated", customer)
    return customer


def save_card(state: State, card: Card, *, customer: str | None, redisplay: str, tapped: Json | None) -> Json:
    """A card that can be charged online; `tapped` is the `generated_from` of one made at a reader."""
    method = state.add(
        {
            "id": new_id("pm"),
            "object": "payment_method",
            "allow_redisplay": redisplay,
            "billing_details": {"address": NO_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None},
            "card": {
                "brand": card.brand,
                "checks": dict.fromkeys(("address_line1_check", "address_postal_code_check", "cvc_check")),
                "country": "CA",
                "display_brand": card.brand,
                "exp_month": 12,
                "exp_year": time.gmtime(state.now()).tm_year + 3,
                "fingerprint": f"fp{card.number[-12:]}",
                "funding": card.funding,
                "generated_from": tapped,
                "last4": card.last4,
                "networks": {"available": [card.brand], "preferred": None},
                "regulated_status": "unregulated",
                "three_d_secure_usage": {"supported": True},
                "wallet": None,
            },
            "created": state.now(),
            "customer": None,
            "livemode": False,
            "metadata": {},
            "type": "card",
        },
        number=card.number,
    )
    if customer is not None:
        _attach(state, method, customer)
    return method


def attach(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/payment_methods/{id}/attach."""
    method = state.get("payment_method", ids[0])
    if "customer" not in params:
        raise invalid_parameter("Missing required param: customer.", "customer", "parameter_missing")
    if method["customer"] not in (None, params["customer"]):
        raise StripeError(
            "The payment method you provided has already been attached to a customer.",
            code="payment_method_already_attached",
        )
    state.get("customer", params["customer"], "customer")
    return _attach(state, method, params["customer"])


def detach(state: State, _params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/payment_methods/{id}/detach: it is never charged again."""
    method = state.get("payment_method", ids[0])
    method["customer"] = None
    events.record(state, "payment_method.detached", method)
    return method


def _attach(state: State, method: Json, customer: str) -> Json:
    method["customer"] = customer
    events.record(state, "payment_method.attached", method)
    return method


def _keep(customer: Json, given: Json) -> None:
    for name in KEPT_AS_GIVEN:
        if name in given:
            customer[name] = given[name] or None
    if customer["address"]:
        customer["address"] = NO_ADDRESS | customer["address"]
    metadata.merge(customer, given)
