"""Charges, refunds and balance transactions: what became of a card that was presented."""

from typing import Any

from server.sandbox import events
from server.sandbox.amounts import fee
from server.sandbox.cards import Card, Decline
from server.sandbox.errors import StripeError, invalid_parameter
from server.sandbox.state import Json, State, new_id

SETTLE_SECONDS = 3
REFUND_FAILS_SECONDS = 3
AVAILABLE_SECONDS = 2 * 24 * 3600
NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
# What a new charge has nothing to say about.
NULL_AT_FIRST = """
    application application_fee application_fee_amount authorization_code balance_transaction
    failure_balance_transaction on_behalf_of receipt_number receipt_url review shipping source source_transfer
    statement_descriptor statement_descriptor_suffix transfer transfer_data transfer_group
"""


def make(state: State, intent: Json, *, card: Card, details: Json, decline: Decline | None) -> Json:
    """The charge of one card presented for a PaymentIntent: succeeded, or failed with the reason of the decline."""
    paid = decline is None
    charge = state.add(
        {
            "id": new_id("ch"),
            **dict.fromkeys(NULL_AT_FIRST.split()),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": intent["amount"] if paid else 0,
            "amount_refunded": 0,
            "billing_details": {"address": NO_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None},
            "calculated_statement_descriptor": "SANDBOX BUSINESS",
            "captured": paid,
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
            "payment_method": new_id("pm"),
            "payment_method_details": details,
            "receipt_email": intent["receipt_email"],
            "refunded": False,
            "status": "succeeded" if paid else "failed",
        },
        refund_fails=card.refund_fails,
    )
    if paid:
        state.schedule("settle", charge["id"], due=state.clock.now() + SETTLE_SECONDS)
    events.record(state, "charge.succeeded" if paid else "charge.failed", charge)
    return charge


def settle(state: State, charge_id: str) -> None:
    """The fee is known: the balance transaction arrives, after the charge succeeded (automatic_async)."""
    charge = state.get("charge", charge_id)
    method = charge["payment_method_details"]["type"]
    kept = fee(charge["amount"], method)
    entry = _balance_transaction(state, "charge", source=charge, amount=charge["amount"], kept=kept)
    charge["balance_transaction"] = entry["id"]
    events.record(state, "charge.updated", charge, previous={"balance_transaction": None})


def refund(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
    """POST /v1/refunds: give back a charge, or a part of it."""
    charge = _charge_to_refund(state, params)
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise StripeError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount < 1:
        raise invalid_parameter("Invalid positive integer", "amount", "parameter_invalid_integer")
    if amount > left:
        raise StripeError(
            f"Refund amount ({amount} {charge['currency']}) is greater than unrefunded amount on charge "
            f"({left} {charge['currency']})",
            param="amount",
        )
    created = state.add(
        {
            "id": new_id("re"),
            "object": "refund",
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "created": state.now(),
            "currency": charge["currency"],
            "customer": charge["customer"],
            "description": None,
            "destination_details": {"card": {"type": "refund"}, "type": "card"},
            **dict.fromkeys(("failure_balance_transaction", "failure_reason", "next_action")),
            "metadata": params.get("metadata") or {},
            "payment_intent": charge["payment_intent"],
            "payment_method": charge["payment_method"],
            "pending_reason": None,
            "reason": params.get("reason"),
            **dict.fromkeys(("receipt_number", "source_transfer_reversal", "transfer_reversal")),
            "status": "succeeded",
        }
    )
    entry = _balance_transaction(state, "refund", source=created, amount=-amount)
    created["balance_transaction"] = entry["id"]
    _give_back(charge, amount)
    events.record(state, "refund.created", created)
    events.record(state, "charge.refunded", charge)
    if state.hidden[charge["id"]]["refund_fails"]:
        state.schedule("fail_refund", created["id"], due=state.clock.now() + REFUND_FAILS_SECONDS)
    return created


def fail_refund(state: State, refund_id: str) -> None:
    """The card's bank sent the refund back: the money is ours again."""
    failed = state.get("refund", refund_id)
    charge = state.get("charge", failed["charge"])
    back = _balance_transaction(state, "refund_failure", source=failed, amount=failed["amount"])
    failed.update(status="failed", failure_reason="expired_or_canceled_card", failure_balance_transaction=back["id"])
    _give_back(charge, -failed["amount"])
    events.record(state, "refund.failed", failed)
    events.record(state, "charge.updated", charge)


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


def _charge_to_refund(state: State, params: Json) -> Json:
    if "charge" in params:
        charge = state.get("charge", params["charge"], "charge")
    elif "payment_intent" in params:
        intent = state.get("payment_intent", params["payment_intent"], "payment_intent")
        if intent["status"] != "succeeded":
            raise StripeError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        charge = state.get("charge", intent["latest_charge"])
    else:
        raise invalid_parameter(
            "One of the following params should be provided for this request: payment_intent or charge.",
            "payment_intent",
            "parameter_missing",
        )
    if not charge["captured"]:
        raise StripeError(f"Charge {charge['id']} has not been captured and cannot be refunded.", param="charge")
    if charge["payment_method_details"]["type"] == "interac_present":
        raise StripeError(
            "Interac payments can only be refunded in person, with the card that paid, on a reader.", param="charge"
        )
    return charge


def _give_back(charge: Json, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


def _balance_transaction(state: State, type: str, *, source: Json, amount: int, kept: int = 0) -> Json:
    """Money that came (or went), about a charge or a refund, in its currency. Amounts in minor units."""
    currency = source["currency"]
    details = [
        {
            "amount": kept,
            "application": None,
            "currency": currency,
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
    return state.add(
        {
            "id": new_id("txn"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": state.now() + AVAILABLE_SECONDS,
            "balance_type": "payments",
            "created": state.now(),
            "currency": currency,
            "description": None,
            "exchange_rate": None,
            "fee": kept,
            "fee_details": details if kept else [],
            "net": amount - kept,
            "reporting_category": type,
            "source": source["id"],
            "status": "pending",
            "type": type,
        }
    )


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
