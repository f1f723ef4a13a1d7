"""Refunds: a charge, or a part of it, given back."""

from server.sandbox import balance, events
from server.sandbox.errors import StripeError, invalid_parameter
from server.sandbox.state import Json, State, new_id

REFUND_FAILS_SECONDS = 3


def create(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
    """POST /v1/refunds: give back a charge, or a part of it."""
    charge = charge_to_refund(state, params)
    if charge["payment_method_details"]["type"] == "interac_present":
        raise StripeError(
            "Interac payments can only be refunded in person, with the card that paid, on a reader.", param="charge"
        )
    fails = state.hidden[charge["id"]]["refund_fails"] or state.request.get("mishap") == "refund_fails"
    return make(state, charge, amount_to_refund(charge, params), params, fails=fails)


def amount_to_refund(charge: Json, params: Json) -> int:
    """The amount asked for, all that is left unless told, in minor units. Raises StripeError for more."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise StripeError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = int(params.get("amount", left))
    if amount < 1:
        raise invalid_parameter("Invalid positive integer", "amount", "parameter_invalid_integer")
    if amount > left:
        raise StripeError(
            f"Refund amount ({amount} {charge['currency']}) is greater than unrefunded amount on charge "
            f"({left} {charge['currency']})",
            param="amount",
        )
    return amount


def make(state: State, charge: Json, amount: int, given: Json, *, fails: bool) -> Json:
    """Give back an amount in minor units of a charge; `given` may hold a reason and metadata. It may come back."""
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
            "metadata": given.get("metadata") or {},
            "payment_intent": charge["payment_intent"],
            "payment_method": charge["payment_method"],
            "pending_reason": None,
            "reason": given.get("reason"),
            **dict.fromkeys(("receipt_number", "source_transfer_reversal", "transfer_reversal")),
            "status": "succeeded",
        }
    )
    entry = balance.enter(state, "refund", source=created, amount=-amount)
    created["balance_transaction"] = entry["id"]
    _give_back(charge, amount)
    events.record(state, "refund.created", created)
    events.record(state, "charge.refunded", charge)
    if fails:
        state.schedule("fail_refund", created["id"], due=state.clock.now() + REFUND_FAILS_SECONDS)
    return created


def fail(state: State, refund_id: str) -> None:
    """The card's bank sent the refund back: the money is ours again."""
    failed = state.get("refund", refund_id)
    if failed["status"] != "succeeded":
        raise StripeError(f"This refund is {failed['status']}.", status=409)
    charge = state.get("charge", failed["charge"])
    back = balance.enter(state, "refund_failure", source=failed, amount=failed["amount"])
    failed.update(status="failed", failure_reason="expired_or_canceled_card", failure_balance_transaction=back["id"])
    _give_back(charge, -failed["amount"])
    events.record(state, "refund.updated", failed, previous={"status": "succeeded"})
    events.record(state, "refund.failed", failed)
    given = charge["amount_refunded"] + failed["amount"]
    events.record(state, "charge.updated", charge, previous={"amount_refunded": given})


def charge_to_refund(state: State, params: Json) -> Json:
    """The captured charge that `charge` or `payment_intent` names, or Stripe's refusal."""
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
    if charge["disputed"] and any(
        dispute["charge"] == charge["id"] and not dispute["is_charge_refundable"] and dispute["status"] != "won"
        for dispute in state.all("dispute")
    ):
        raise StripeError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    return charge


def _give_back(charge: Json, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
