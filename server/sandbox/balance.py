"""Balance transactions: money that came to the account, or went from it."""

from server.sandbox.state import Json, State, new_id

AVAILABLE_SECONDS = 2 * 24 * 3600


def enter(state: State, type: str, *, source: Json, amount: int, kept: int = 0) -> Json:
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
