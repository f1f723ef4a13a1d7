"""Balance transactions: money that came to the account, or went from it; and what the account holds."""

from server.sandbox.state import Json, State, new_id

AVAILABLE_SECONDS = 2 * 24 * 3600


def enter(state: State, type: str, *, source: Json, amount: int, kept: int = 0) -> Json:
    """Money that came (or went), about a charge or a refund, in its currency or the one it is exchanged into. Amounts
    in minor units."""
    currency, rate = state.settlement.get(source["currency"], (source["currency"], None))
    if rate is not None:
        amount, kept = round(amount * rate), round(kept * rate)
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
            "available_on": state.now() + (AVAILABLE_SECONDS if amount > 0 else 0),
            "balance_type": "payments",
            "created": state.now(),
            "currency": currency,
            "description": None,
            "exchange_rate": rate,
            "fee": kept,
            "fee_details": details if kept else [],
            "net": amount - kept,
            "reporting_category": type,
            "source": source["id"],
            "status": "pending",
            "type": type,
        }
    )


def sums(state: State) -> dict[str, dict[str, int]]:
    """What is available and what is pending, by currency, in minor units."""
    found: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for entry in state.all("balance_transaction"):
        part = found["available" if entry["available_on"] <= state.now() else "pending"]
        part[entry["currency"]] = part.get(entry["currency"], 0) + entry["net"]
    return found


def hasten(state: State, currency: str) -> None:
    """What is pending in a currency is available now, as it would be after two days."""
    for entry in state.all("balance_transaction"):
        if entry["currency"] == currency:
            entry["available_on"] = min(entry["available_on"], state.now())


def retrieve(state: State, _params: Json, _ids: tuple[str, ...]) -> Json:
    """GET /v1/balance: what is available and what is pending, by currency."""
    return {
        "object": "balance",
        "livemode": False,
        **{
            name: [
                {"amount": amount, "currency": currency, "source_types": {"card": amount}}
                for currency, amount in sorted(part.items())
            ]
            or [{"amount": 0, "currency": "cad", "source_types": {"card": 0}}]
            for name, part in sums(state).items()
        },
    }
