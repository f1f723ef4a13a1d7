"""The page where a person is the banks: they dispute and decide, pay debits or not, take payouts or send them back."""

from collections.abc import Callable
from functools import partial

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from server.sandbox import balance, checkout, disputes, pages, payouts, refunds
from server.sandbox.errors import StripeError, invalid_parameter
from server.sandbox.state import Json, State

ADDRESS = "/_sandbox/bank"
SHOWN = 15
# What may still be said about a dispute, by where it stands.
CHARGEBACK, INQUIRY = ("won", "lost"), ("closed", "escalated")

# What a bank does by a button, about the object (or the currency) named.
ACTS: dict[str, Callable[[State, str], object]] = {
    "dispute": disputes.begin,
    "inquire": disputes.inquire,
    **{outcome: partial(disputes.decide, outcome=outcome) for outcome in (*CHARGEBACK, *INQUIRY)},
    "refund_back": refunds.fail,
    "debit_pays": lambda state, id: checkout.answer_debit(state, id, fails=False),
    "debit_fails": lambda state, id: checkout.answer_debit(state, id, fails=True),
    "debit_back": checkout.take_back,
    "hasten": balance.hasten,
    "pay_out": lambda state, currency: payouts.pay_out(state, currency=currency, ends="paid"),
    "arrives": lambda state, id: payouts.answer(state, id, "paid"),
    "sends_back": lambda state, id: payouts.answer(state, id, "failed"),
}


def show(state: State, request: Request) -> Response:
    """GET: what banks have to do with, the newest first, and a button for each thing they may do about it."""
    language = pages.language_of(request)
    held = balance.sums(state)
    charges = [each for each in state.all("charge") if each["captured"]]
    debits = [each for each in state.all("checkout.session") if "debit" in state.hidden[each["id"]]]
    return pages.page(
        request,
        "bank.html",
        refused="refused" in request.args,
        held=[
            {
                "currency": currency,
                **{name: pages.money(held[name].get(currency, 0), currency, language) for name in held},
            }
            for currency in sorted({*held["available"], *held["pending"]})
        ],
        charges=[_charge(state, each, language) for each in charges[:SHOWN]],
        refunds=[
            _row(each, language, acts=["refund_back"] if each["status"] == "succeeded" else [])
            for each in state.all("refund")[:SHOWN]
        ],
        debits=[_debit(state, each, language) for each in debits[:SHOWN]],
        payouts=[
            _row(each, language, acts=["arrives", "sends_back"] if each["status"] == "in_transit" else [])
            for each in state.all("payout")[:SHOWN]
        ],
    )


def act(state: State, request: Request) -> Response:
    """POST {"act", "id"}: a button of the page. Goes back there, and says so where it could not be done."""
    verb = request.form.get("act", "")
    if verb not in ACTS:
        raise invalid_parameter(f"Invalid act: must be one of {', '.join(ACTS)}", "act")
    refused = ""
    try:
        ACTS[verb](state, request.form.get("id", ""))
    except StripeError:
        refused = "&refused"
    return redirect(f"{ADDRESS}?lang={pages.language_of(request)}{refused}", 303)


def _row(thing: Json, language: str, *, acts: list[str], says: str = "", minor: int | None = None) -> Json:
    amount = thing["amount"] if minor is None else minor
    return {
        "id": thing["id"],
        "amount": pages.money(amount, thing["currency"], language),
        "status": thing["status"],
        "says": says,
        "acts": acts,
    }


def _charge(state: State, charge: Json, language: str) -> Json:
    details = charge["payment_method_details"]
    paid_with = details[details["type"]]
    says = " · ".join(filter(None, [charge["description"], f"•••• {paid_with.get('last4') or ''}"]))
    dispute = next((each for each in state.all("dispute") if each["charge"] == charge["id"]), None)
    if dispute is None:
        may_dispute = not charge["refunded"] and "brand" in paid_with
        return _row(
            charge,
            language,
            acts=["dispute", "inquire"] if may_dispute else [],
            says=says,
            minor=charge["amount_captured"],
        )
    closed = dispute["status"] in ("won", "lost", "warning_closed")
    acts = [] if closed else list(INQUIRY if dispute["status"].startswith("warning_") else CHARGEBACK)
    return _row(dispute, language, acts=acts, says=says)


def _debit(state: State, session: Json, language: str) -> Json:
    intent = state.get("payment_intent", session["payment_intent"])
    acts = ["debit_pays", "debit_fails"] if intent["status"] == "processing" else []
    if session["payment_status"] == "paid" and not state.get("charge", intent["latest_charge"])["disputed"]:
        acts = ["debit_back"]
    return _row(intent, language, acts=acts, says=intent["description"] or "") | {"id": session["id"]}
