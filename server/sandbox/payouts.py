"""Payouts: what is available goes to the business's bank, and may come back."""

from server.sandbox import balance, events
from server.sandbox.errors import StripeError, invalid_parameter
from server.sandbox.state import Json, State, new_id

ARRIVES_SECONDS = 24 * 3600
# How a payout that does not arrive ends, and the line of the balance by which its money is back.
COMES_BACK = {"failed": "payout_failure", "canceled": "payout_cancel"}


def pay_out(state: State, *, currency: str, ends: str) -> Json:
    """Send everything available in a currency to the bank, where it is paid, failed or canceled after a day; what is
    missing, and does not come by itself, is fetched there."""
    if ends not in ("paid", *COMES_BACK):
        raise invalid_parameter("Invalid ends: must be paid, failed or canceled", "ends")
    entries = [entry for entry in state.all("balance_transaction") if _available(state, entry, currency)]
    amount = sum(entry["net"] for entry in entries)
    pending = balance.sums(state)["pending"].get(currency, 0)
    if amount == 0 or (amount < 0 and amount + pending >= 0):
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
            "reconciliation_status": "in_progress",
            "source_type": "card",
            "statement_descriptor": None,
            "status": "in_transit",
            "trace_id": None,
            "type": "bank_account",
        },
        ends=ends,
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
    """The bank takes the money, or it comes back."""
    payout, ends = state.get("payout", payout_id), state.hidden[payout_id]["ends"]
    if payout["status"] != "in_transit":  # somebody was the bank before its day
        return
    before = {"status": payout["status"]}
    payout["status"] = ends
    if ends in COMES_BACK:
        back = balance.enter(state, COMES_BACK[ends], source=payout, amount=payout["amount"])
        back["available_on"] = state.now()
        payout["failure_balance_transaction"] = back["id"]
    if ends == "failed":
        payout.update(failure_code="account_closed", failure_message="The bank account has been closed.")
    events.record(state, "payout.updated", payout, previous=before)
    events.record(state, f"payout.{ends}", payout)
    if ends == "paid":
        payout["reconciliation_status"] = "completed"
        events.record(state, "payout.reconciliation_completed", payout)


def answer(state: State, payout_id: str, ends: str) -> None:
    """The bank takes the money, or sends it back, before its day."""
    payout = state.get("payout", payout_id)
    state.hidden[payout["id"]]["ends"] = ends
    arrive(state, payout_id)


def _available(state: State, entry: Json, currency: str) -> bool:
    paid_out = "payout" in state.hidden[entry["id"]]
    return entry["currency"] == currency and entry["available_on"] <= state.now() and not paid_out
