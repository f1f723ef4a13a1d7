"""Charges: what became of a card that was presented."""

from typing import Any

from server.sandbox import balance, events
from server.sandbox.amounts import fee
from server.sandbox.cards import Card, Decline
from server.sandbox.state import Json, State, new_id

SETTLE_SECONDS = 3
DISPUTED_SECONDS = 5
# How long a bank holds an amount that is not captured: https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
HELD_SECONDS = {"card_present": 2 * 24 * 3600, "card": 7 * 24 * 3600}
# A bank's answer 05, as EMV tag 8A carries it.
DO_NOT_HONOUR = "3035"
NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
# What a new charge has nothing to say about.
NULL_AT_FIRST = """
    application application_fee application_fee_amount authorization_code balance_transaction
    failure_balance_transaction on_behalf_of receipt_number receipt_url review shipping source source_transfer
    statement_descriptor statement_descriptor_suffix transfer transfer_data transfer_group
"""


def make(
    state: State, intent: Json, *, card: Card, details: Json, decline: Decline | None, capture: bool, saved: str | None
) -> Json:
    """The charge of one card presented for a PaymentIntent: succeeded, or failed with the reason of the decline.

    `saved` is the id of a kept card. Without `capture` the amount is only held, until it is captured or let go.
    """
    paid = decline is None
    kind = details["type"]
    if not paid and "receipt" in details[kind]:
        details[kind]["receipt"] |= {"authorization_code": None, "authorization_response_code": DO_NOT_HONOUR}
    if paid and not capture:
        details[kind]["capture_before"] = state.now() + HELD_SECONDS[kind]
    charge = state.add(
        {
            "id": new_id("ch"),
            **dict.fromkeys(NULL_AT_FIRST.split()),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": 0,
            "amount_refunded": 0,
            "billing_details": {"address": NO_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None},
            "calculated_statement_descriptor": "SANDBOX BUSINESS",
            "captured": False,
            "created": state.now(),
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_code": decline.code if decline else None,
            "failure_message": decline.message if decline else None,
            "fraud_details": {},
            "livemode": False,
            "metadata": dict(intent["metadata"]),
            "outcome": _outcome(decline),
            "paid": paid,
            "payment_intent": intent["id"],
            "payment_method": saved or new_id("pm"),
            "payment_method_details": details,
            "receipt_email": intent["receipt_email"],
            "refunded": False,
            "status": "succeeded" if paid else "failed",
        },
        refund_fails=card.refund_fails,
    )
    if paid and (card.disputed or card.asked_about):
        state.schedule(
            "dispute" if card.disputed else "inquire", charge["id"], due=state.clock.now() + DISPUTED_SECONDS
        )
    if paid and capture:
        _collect(state, charge, charge["amount"])
    events.record(state, "charge.succeeded" if paid else "charge.failed", charge)
    return charge


def capture(state: State, charge: Json, amount: int) -> None:
    """Take of a held amount what is wanted, in minor units; the bank lets go of the rest."""
    _collect(state, charge, amount)
    events.record(state, "charge.captured", charge)


def release(state: State, charge: Json, event: str) -> None:
    """Nothing of a held amount is taken: it was canceled, or its time is over."""
    charge.update(amount_refunded=charge["amount"], refunded=True)
    events.record(state, event, charge)


def settle(state: State, charge_id: str) -> None:
    """The fee is known: the balance transaction arrives, after the charge succeeded (automatic_async)."""
    charge = state.get("charge", charge_id)
    method = charge["payment_method_details"]["type"]
    amount = charge["amount_captured"]
    entry = balance.enter(state, "charge", source=charge, amount=amount, kept=fee(amount, method))
    charge["balance_transaction"] = entry["id"]
    events.record(state, "charge.updated", charge, previous={"balance_transaction": None})


def totals(state: State) -> Json:
    """What was captured and given back, in minor units by currency."""
    captured: dict[str, int] = {}
    refunded: dict[str, int] = {}
    for charge in state.all("charge"):
        if charge["captured"]:
            currency = charge["currency"]
            captured[currency] = captured.get(currency, 0) + charge["amount_captured"]
            refunded[currency] = refunded.get(currency, 0) + charge["amount_refunded"]
    return {"captured_minor": captured, "refunded_minor": refunded}


def _collect(state: State, charge: Json, amount: int) -> None:
    charge.update(amount_captured=amount, captured=True)
    state.schedule("settle", charge["id"], due=state.clock.now() + SETTLE_SECONDS)


def _outcome(decline: Decline | None) -> dict[str, Any]:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if decline else "approved_by_network",
        "reason": decline.decline_code if decline else None,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline."
        if decline
        else "Payment complete.",
        "type": "issuer_declined" if decline else "authorized",
    }
