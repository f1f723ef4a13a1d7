"""Disputes: the customer's bank takes the money back, and hears what the business has to say."""

from server.sandbox import balance, events, metadata
from server.sandbox.errors import StripeError, invalid_parameter
from server.sandbox.state import Json, State, new_id

ANSWER_WITHIN_SECONDS = 7 * 24 * 3600
DECIDED_SECONDS = 3
LARGEST_FILES_BYTES = 4_500_000
# What can be answered, and what it is then.
INQUIRIES = ("warning_needs_response", "warning_under_review")  # those that are open
ANSWERED = {"needs_response": "under_review", "warning_needs_response": "warning_under_review"}
FEE_MINOR = 1_500
# Stripe's test mode decides by these words: https://docs.stripe.com/testing#evidence
WORDS = {"winning_evidence": "win_dispute", "losing_evidence": "lose_dispute"}
EVIDENCE = """
    access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal
    customer_communication customer_email_address customer_name customer_purchase_ip customer_signature
    duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt
    refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation
    shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number
    uncategorized_file uncategorized_text
"""
FILES = """
    cancellation_policy customer_communication customer_signature duplicate_charge_documentation receipt refund_policy
    service_documentation shipping_documentation uncategorized_file
"""


def begin(
    state: State, charge_id: str, reason: str = "fraudulent", amount: int | None = None, *, inquiry: bool = False
) -> Json:
    """The bank takes back a charge, or an amount of it in minor units, and waits a week for evidence. An inquiry only
    asks: no money moves."""
    charge = state.get("charge", charge_id, "charge")
    if not charge["captured"] or charge["disputed"]:
        raise StripeError(f"Charge {charge_id} cannot be disputed.", param="charge")
    dispute = state.add(
        {
            "id": new_id("du"),
            "object": "dispute",
            "amount": charge["amount_captured"] if amount is None else amount,
            "balance_transactions": [],
            "charge": charge_id,
            "created": state.now(),
            "currency": charge["currency"],
            "enhanced_eligibility_types": [],
            "evidence": {**dict.fromkeys(EVIDENCE.split()), "enhanced_evidence": {}},
            "evidence_details": {
                "due_by": state.now() + ANSWER_WITHIN_SECONDS,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
                "submission_method": "not_applicable",
            },
            "is_charge_refundable": inquiry,
            "livemode": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "payment_method_details": _card(charge, "inquiry" if inquiry else "chargeback"),
            "reason": reason,
            "status": "warning_needs_response" if inquiry else "needs_response",
        }
    )
    charge["disputed"] = True
    events.record(state, "charge.dispute.created", dispute)
    if not inquiry:
        _move(state, dispute, -dispute["amount"], "charge.dispute.funds_withdrawn", kept=FEE_MINOR)
    if dispute["payment_method_details"] is None:  # a bank's word on a debit is final
        return lose(state, dispute["id"])
    state.schedule("end_dispute", dispute["id"], due=dispute["evidence_details"]["due_by"])
    return dispute


def inquire(state: State, charge_id: str) -> Json:
    """The bank asks about a charge."""
    return begin(state, charge_id, "unrecognized", inquiry=True)


def update(state: State, params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/disputes/{id}: stage evidence (`submit` false), or hand it to the bank, once."""
    dispute = state.get("dispute", ids[0])
    if dispute["status"] not in ANSWERED:
        raise StripeError(f"This dispute is {dispute['status']}: its evidence can no longer be changed.")
    evidence = params.get("evidence", {})
    _check_files(state, evidence)
    dispute["evidence"].update({name: value or None for name, value in evidence.items()})
    given = any(dispute["evidence"][name] for name in EVIDENCE.split())
    dispute["evidence_details"]["has_evidence"] = given
    metadata.merge(dispute, params)
    if params.get("submit", True) and evidence:
        dispute["status"] = ANSWERED[dispute["status"]]
        dispute["evidence_details"].update(submission_count=1, submission_method="manual")
        decision = WORDS.get(dispute["evidence"]["uncategorized_text"] or "")
        if decision:
            state.schedule(decision, dispute["id"], due=state.clock.now() + DECIDED_SECONDS)
    events.record(state, "charge.dispute.updated", dispute)
    return dispute


def close(state: State, _params: Json, ids: tuple[str, ...]) -> Json:
    """POST /v1/disputes/{id}/close: the business gives in."""
    dispute = state.get("dispute", ids[0])
    if dispute["status"] != "needs_response":
        raise StripeError(f"This dispute is already {dispute['status']}.")
    return lose(state, dispute["id"])


def end(state: State, dispute_id: str) -> None:
    """The week is over: who said nothing has lost, and an inquiry is closed."""
    dispute = state.get("dispute", dispute_id)
    if dispute["status"] in INQUIRIES:
        _decide(state, dispute_id, "warning_closed")
    if dispute["status"] == "needs_response":
        dispute["evidence_details"]["past_due"] = True
        lose(state, dispute_id)


def win(state: State, dispute_id: str) -> Json:
    """The bank gives the money back."""
    dispute = _decide(state, dispute_id, "won")
    _move(state, dispute, dispute["amount"], "charge.dispute.funds_reinstated")
    return dispute


def lose(state: State, dispute_id: str) -> Json:
    """The bank keeps the money."""
    return _decide(state, dispute_id, "lost")


def escalate(state: State, dispute_id: str) -> Json:
    """The bank is not content with asking: it takes the money back."""
    dispute = state.get("dispute", dispute_id)
    if dispute["status"] not in INQUIRIES:
        raise StripeError(f"This dispute is {dispute['status']}: only an inquiry is escalated.", status=409)
    dispute.update(status="needs_response", is_charge_refundable=False)
    dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
    dispute["evidence_details"].update(due_by=state.now() + ANSWER_WITHIN_SECONDS, submission_count=0)
    events.record(state, "charge.dispute.updated", dispute)
    _move(state, dispute, -dispute["amount"], "charge.dispute.funds_withdrawn", kept=FEE_MINOR)
    state.schedule("end_dispute", dispute["id"], due=dispute["evidence_details"]["due_by"])
    return dispute


def decide(state: State, dispute_id: str, outcome: str) -> Json:
    """What the bank says when asked by hand: won or lost, closed or escalated for an inquiry."""
    if outcome not in ("won", "lost", "closed", "escalated"):
        raise invalid_parameter("Invalid outcome: must be won, lost, closed or escalated", "outcome")
    if outcome == "escalated":
        return escalate(state, dispute_id)
    if (outcome == "closed") is not state.get("dispute", dispute_id)["status"].startswith("warning_"):
        raise StripeError("An inquiry is closed or escalated; a chargeback is won or lost.", status=409)
    if outcome == "closed":
        return _decide(state, dispute_id, "warning_closed")
    return win(state, dispute_id) if outcome == "won" else lose(state, dispute_id)


def _check_files(state: State, evidence: Json) -> None:
    """Refuse files that are not there, were uploaded for something else, or are too large together."""
    size = 0
    for name in set(FILES.split()) & evidence.keys():
        file = state.get("file", evidence[name], f"evidence[{name}]")
        if file["purpose"] != "dispute_evidence":
            raise invalid_parameter("This file was not uploaded as dispute_evidence.", f"evidence[{name}]")
        size += file["size"]
    if size > LARGEST_FILES_BYTES:
        raise invalid_parameter("The evidence files are larger than 4.5 MB together.", "evidence")


def _card(charge: Json, case_type: str) -> Json | None:
    """The card in dispute, or None for a debited account."""
    details = charge["payment_method_details"]
    brand = details[details["type"]].get("brand")
    if brand is None:
        return None
    card = {"brand": brand, "case_type": case_type, "network": brand, "network_reason_code": "10.4"}
    return {"type": "card", "card": card}


def _decide(state: State, dispute_id: str, status: str) -> Json:
    dispute = state.get("dispute", dispute_id)
    if dispute["status"] in ("won", "lost", "warning_closed"):
        raise StripeError(f"This dispute is already {dispute['status']}.", status=409)
    dispute["status"] = status
    events.record(state, "charge.dispute.closed", dispute)
    return dispute


def _move(state: State, dispute: Json, amount: int, event: str, *, kept: int = 0) -> None:
    entry = balance.enter(state, "adjustment", source=dispute, amount=amount, kept=kept)
    dispute["balance_transactions"].append(entry)
    events.record(state, event, dispute)
