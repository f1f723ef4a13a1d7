"""Payouts: what is available goes to the business's bank, and may come back."""

from server.sandbox import balance, events
from server.sandbox.errors import StripeError
from server.sandbox.state import Json, State, new_id

ARRIVES_SECONDS = 24 * 3600


def pay_out(state: State, *, currency: str, fails: bool) -> Json:
    """Send everything available in a currency to the bank, where it arrives (or not) after a day."""
    entries = [entry for entry in state.all("balance_transaction") if _available(state, entry, currency)]
    amount = sum(entry["net"] for entry in entries)
    if amount <= 0:
        raise StripeError(f"There is nothing to pay out in {currency}.", code="balance_insufficient")
    payout = state.add(
        {
            "id": new_id("po"),
            **dict.fromkeys(("application_fee", "application_fee_amount", "description", "destination")),
            "object": "payout",
            "amount": amount,
            "arrival_date": state.now() + ARRIVES_SECONDS,
            "automatic": True,
            "balance_transaction": None,
            "created": state.now(),
            "currency": currency,
            **dict.fromkeys(("failure_balance_transaction", "failure_code", "failure_message")),
            "livemode": False,
            "metadata": {},
            "method": "standard",
            **dict.fromkeys(("original_payout", "payout_method", "reversed_by")),
            "reconciliation_status": "completed",
            "source_type": "card",
            "statement_descriptor": None,
            "status": "in_transit",
            "trace_id": None,
            "type": "bank_account",
        },
        fails=fails,
    )
    own = balance.enter(state, "payout", source=payout, amount=-amount)
    payout["balance_transaction"] = own["id"]
    for entry in [*entries, own]:
        entry["status"] = "available"
        state.hidden[entry["id"]]["payout"] = payout["id"]
    events.record(state, "payout.created", payout)
    state.schedule("arrive", payout["id"], due=payout["arrival_date"])
    return payout


def arrive(state: State, payout_id: str) -> None:
    """The bank takes the money, or sends it back."""
    payout = state.get("payout", payout_id)
    if not state.hidden[payout_id]["fails"]:
        payout["status"] = "paid"
        events.record(state, "payout.paid", payout)
        return
    back = balance.enter(state, "payout_failure", source=payout, amount=payout["amount"])
    back["available_on"] = state.now()
    payout.update(
        status="failed",
        failure_balance_transaction=back["id"],
        failure_code="account_closed",
        failure_message="The bank account has been closed.",
    )
    events.record(state, "payout.failed", payout)


def _available(state: State, entry: Json, currency: str) -> bool:
    paid_out = "payout" in state.hidden[entry["id"]]
    return entry["currency"] == currency and entry["available_on"] <= state.now() and not paid_out
