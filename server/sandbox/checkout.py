"""Checkout Sessions: a hosted page that takes one payment, open until it is paid, expired or given up."""

from urllib.parse import quote

from server.sandbox import cards, customers, disputes, events, intents, receipts
from server.sandbox.amounts import check_amount, check_currency
from server.sandbox.errors import StripeError, check_url, invalid_parameter
from server.sandbox.state import Json, State, new_id

DEBITS = {"acss_debit": ("cad", "usd"), "us_bank_account": ("usd",)}
DEBITED_SECONDS = 4 * 24 * 3600
SHORTEST_SECONDS, LONGEST_SECONDS = 30 * 60, 24 * 3600
# What a new session has nothing to say about.
NULL_AT_FIRST = """
    adaptive_pricing after_expiration allow_promotion_codes billing_address_collection client_secret
    collected_information consent consent_collection currency_conversion customer_details invoice invoice_creation
    origin_context payment_intent payment_link recovered_from redirect_on_completion return_url
    saved_payment_method_options setup_intent shipping_address_collection shipping_cost subscription wallet_options
"""


def create(state: State, params: Json, _ids: tuple[str, ...]) -> Json:
    """POST /v1/checkout/sessions, for mode=payment on Stripe's own page."""
    _check_served(params)
    lines = [_line(line, place) for place, line in enumerate(params["line_items"])]
    currency = lines[0]["currency"]
    if any(line["currency"] != currency for line in lines):
        raise invalid_parameter("All line items must have the same currency.", "line_items")
    for kind in params.get("allowed_payment_method_types", []):
        if currency not in DEBITS.get(kind, (currency,)):
            raise invalid_parameter(f"{kind} does not take {currency}.", "allowed_payment_method_types")
    if params.get("customer"):
        state.get("customer", params["customer"], "customer")
    total = sum(line["amount_total"] for line in lines)
    check_amount(total, currency, "line_items")
    id = new_id("cs_test", 58)
    session = state.add(
        {
            "id": id,
            **dict.fromkeys(NULL_AT_FIRST.split()),
            "object": "checkout.session",
            "allowed_payment_method_types": params.get("allowed_payment_method_types"),
            "amount_subtotal": total,
            "amount_total": total,
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "cancel_url": params.get("cancel_url"),
            "client_reference_id": params.get("client_reference_id"),
            "created": state.now(),
            "currency": currency,
            "custom_fields": [],
            "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
            "customer": params.get("customer"),
            "customer_creation": "if_required",
            "customer_email": params.get("customer_email"),
            "discounts": [],
            "expires_at": _expires_at(state, params),
            "livemode": False,
            "locale": params.get("locale"),
            "metadata": params.get("metadata") or {},
            "mode": "payment",
            "payment_method_collection": "if_required",
            "payment_method_options": params.get("payment_method_options") or {},
            "payment_method_types": params.get("allowed_payment_method_types") or _turned_on(currency),
            "payment_status": "unpaid",
            "phone_number_collection": {"enabled": False},
            "shipping_options": [],
            "status": "open",
            "submit_type": params.get("submit_type"),
            "success_url": params["success_url"],
            "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
            "ui_mode": "hosted_page",
            "url": f"{state.request['host']}/_sandbox/checkout/{id}",
        },
        lines=lines,
        intent=params.get("payment_intent_data") or {},
    )
    state.schedule("expire_session", id, due=session["expires_at"])
    return session


def expire(state: State, _params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/checkout/sessions/{id}/expire: only while it is open."""
    session = state.get("checkout.session", ids[0])
    if session["status"] != "open":
        raise StripeError(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"{session['status']}."
        )
    return _close(state, session)


def run_out(state: State, session_id: str) -> None:
    """The session's time is over."""
    session = state.get("checkout.session", session_id)
    if session["status"] == "open":
        _close(state, session)


def pay(state: State, session_id: str, *, number: str = cards.APPROVED, email: str | None = None) -> Json:
    """The customer pays with a card. A refused card leaves the session open, with the error on its PaymentIntent."""
    session = state.get("checkout.session", session_id)
    if session["status"] != "open":
        raise StripeError(f"This Checkout Session is {session['status']}.", status=409)
    card = cards.card(number)
    intent = _intent(state, session)
    details = receipts.online(state, card, amount=intent["amount"])
    wanted = session["payment_method_options"].get("card", {}).get("setup_future_usage")
    kept = None
    if wanted and session["customer"] and card.decline is None:
        kept = customers.save_card(state, card, customer=session["customer"], redisplay="limited", tapped=None)["id"]
    intents.charge_card(state, intent, card=card, details=details, decline=card.decline, saved=kept)
    if card.decline is None:
        session.update(status="complete", payment_status="paid", url=None, customer_details=_customer(session, email))
        events.record(state, "checkout.session.completed", session)
    return session


def debit(state: State, session_id: str, *, fails: bool = False, email: str | None = None) -> Json:
    """The customer has a bank account debited: the session is complete and unpaid, until the bank answers in days."""
    session = state.get("checkout.session", session_id)
    kind = debit_method(session)
    if session["status"] != "open" or kind is None:
        raise StripeError(f"This Checkout Session is {session['status']}, or takes no bank debit.", status=409)
    intent = _intent(state, session)
    intent["status"] = "processing"
    events.record(state, "payment_intent.processing", intent)
    session.update(status="complete", url=None, customer_details=_customer(session, email))
    events.record(state, "checkout.session.completed", session)
    state.hidden[session_id].update(debit=kind, fails=fails)
    state.schedule("debit", session_id, due=state.clock.now() + DEBITED_SECONDS)
    return session


def debited(state: State, session_id: str) -> None:
    """The bank paid, or refused to."""
    session, hidden = state.get("checkout.session", session_id), state.hidden[session_id]
    intent = state.get("payment_intent", session["payment_intent"])
    if intent["status"] != "processing":  # somebody was the bank before its day
        return
    decline = cards.NO_FUNDS if hidden["fails"] else None
    details = receipts.bank(hidden["debit"])
    intents.charge_card(state, intent, card=cards.BANK_ACCOUNT, details=details, decline=decline)
    if decline is None:
        session["payment_status"] = "paid"
    events.record(state, f"checkout.session.async_payment_{'failed' if decline else 'succeeded'}", session)


def answer_debit(state: State, session_id: str, *, fails: bool) -> None:
    """The bank pays, or refuses to, before its day."""
    if "debit" not in state.hidden[state.get("checkout.session", session_id)["id"]]:
        raise StripeError("No bank is asked to pay this Checkout Session.", status=409)
    state.hidden[session_id]["fails"] = fails
    debited(state, session_id)


def take_back(state: State, session_id: str, reason: str = "debit_not_authorized") -> Json:
    """The bank takes a debit back that it had paid, weeks later: a dispute that is lost as it begins."""
    session = state.get("checkout.session", session_id)
    if "debit" not in state.hidden[session_id] or session["payment_status"] != "paid":
        raise StripeError("No bank paid this Checkout Session.", status=409)
    intent = state.get("payment_intent", session["payment_intent"])
    return disputes.begin(state, intent["latest_charge"], reason)


def debit_method(session: Json) -> str | None:
    """How the session debits a bank account, if it does."""
    return next((kind for kind in session["payment_method_types"] if kind in DEBITS), None)


def _turned_on(currency: str) -> list[str]:
    """What the dashboard lets a page take that names no types: cards, and the debits of its currency."""
    return ["card", *(kind for kind, currencies in DEBITS.items() if currency in currencies)]


def success_address(session: Json) -> str:
    """Where the customer goes after paying, with the session's id where the address asks for it."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", quote(session["id"]))


def _intent(state: State, session: Json) -> Json:
    """The session's PaymentIntent, made when the customer first tries to pay."""
    if session["payment_intent"] is None:
        intent = intents.open_intent(
            state,
            amount=session["amount_total"],
            currency=session["currency"],
            methods=session["payment_method_types"],
            given=state.hidden[session["id"]]["intent"] | {"customer": session["customer"]},
        )
        state.hidden[intent["id"]]["from_checkout"] = True
        session["payment_intent"] = intent["id"]
    return state.get("payment_intent", session["payment_intent"])


def _check_served(params: Json) -> None:
    if params.get("mode", "payment") != "payment":
        raise invalid_parameter("The sandbox serves mode=payment only.", "mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise invalid_parameter("The sandbox serves ui_mode=hosted_page only.", "ui_mode")
    if params.get("payment_intent_data", {}).get("capture_method") == "manual":
        raise invalid_parameter("The sandbox captures a payment at once.", "payment_intent_data[capture_method]")
    for name in ("line_items", "success_url"):
        if not params.get(name):
            raise invalid_parameter(f"Missing required param: {name}.", name, "parameter_missing")
    for name in ("success_url", "cancel_url"):
        if name in params:
            check_url(params[name], name)


def _expires_at(state: State, params: Json) -> int:
    wanted = int(params.get("expires_at", state.now() + LONGEST_SECONDS))
    if wanted < state.now() + SHORTEST_SECONDS:
        raise invalid_parameter(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", "expires_at"
        )
    if wanted > state.now() + LONGEST_SECONDS:
        raise invalid_parameter(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", "expires_at"
        )
    return wanted


def _line(line: Json, place: int) -> Json:
    name = f"line_items[{place}]"
    price = line.get("price_data")
    if price is None:
        raise invalid_parameter("The sandbox keeps no prices: give price_data.", f"{name}[price_data]")
    for needed in ("unit_amount", "product_data"):
        if needed not in price:
            raise invalid_parameter(
                f"Missing required param: {name}[price_data][{needed}].",
                f"{name}[price_data][{needed}]",
                "parameter_missing",
            )
    quantity = line.get("quantity", 1)
    if price["unit_amount"] < 0 or quantity < 1:
        raise invalid_parameter("Invalid positive integer", name, "parameter_invalid_integer")
    return {
        "name": price["product_data"]["name"],
        "description": price["product_data"].get("description"),
        "currency": check_currency(price["currency"], f"{name}[price_data][currency]"),
        "quantity": quantity,
        "amount_total": price["unit_amount"] * quantity,
    }


def _close(state: State, session: Json) -> Json:
    session.update(status="expired", url=None)
    if session["payment_intent"] is not None:
        intents.void(state, state.get("payment_intent", session["payment_intent"]), None)
    events.record(state, "checkout.session.expired", session)
    return session


def _customer(session: Json, email: str | None) -> Json:
    known = dict.fromkeys(("address", "business_name", "email", "individual_name", "name", "phone", "tax_ids"))
    return known | {"email": email or session["customer_email"], "tax_exempt": "none"}
