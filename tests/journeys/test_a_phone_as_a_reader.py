"""A phone's own app takes the card: by our payment, on its own and twice, and for nobody."""

from __future__ import annotations

from typing import Any

import requests

from server.cli.story.players import DECLINED_CARD, VISA, Json, Players, line, new, until

STRIPE = {"Authorization": "Bearer sk_test_story"}


def stripe(street: Players, path: str, form: dict[str, Any]) -> Json:
    """Call Stripe as the SDK does."""
    answer = requests.post(f"{street.world['sandbox']}/v1/{path}", data=form, headers=STRIPE, timeout=20)
    assert answer.ok, answer.text
    found: Json = answer.json()
    return found


def take(street: Players, intent_id: str, card: str = VISA) -> None:
    """Take a card for an intent, as the SDK does: without asking us."""
    path = f"terminal/readers/{street.world['reader_id']}/process_payment_intent"
    stripe(street, path, {"payment_intent": intent_id})
    street.present(card)


def forward(street: Players, amount_minor: int, card: str = VISA, **metadata: str) -> str:
    """Make an intent without us, as a phone without network, and take a card for it."""
    named = {f"metadata[{name}]": value for name, value in metadata.items()}
    kinds = {"allowed_payment_method_types[0]": "card_present"}
    made = stripe(street, "payment_intents", {"amount": amount_minor, "currency": "cad", **kinds, **named})
    take(street, made["id"], card)
    return str(made["id"])


def test_the_phone_takes_the_card_by_our_payment(street: Players) -> None:
    locations = street.phone("GET", "/terminal/locations")["items"]
    assert locations[0]["location_id"].startswith("tml_")
    assert street.phone("POST", "/terminal/connection_token")["secret"].startswith("pst_")
    invoice = street.do_job("Nora Roy", "Prise", [line("Prise", "1", 9000, "none")])
    wanted = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"], "method": "mobile_reader"}
    given_up = {**wanted, "payment_id": new("pay"), "amount_minor": 9000}
    street.phone("POST", "/payments", given_up, status=201)
    street.give_up(given_up["payment_id"])
    begun = street.phone("POST", "/payments", {**wanted, "amount_minor": 9000}, status=201)
    assert begun["client_secret"].startswith(begun["intent_id"])
    take(street, begun["intent_id"])
    street.payment(wanted["payment_id"], "succeeded")
    street.must_be_paid(invoice)


def test_a_card_forwarded_twice_is_paid_once_and_given_back_once(street: Players) -> None:
    invoice = street.do_job("Hugo Roy", "Prise", [line("Prise", "1", 9000, "none")])
    named = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"]}
    for _ in range(2):
        forward(street, 9000, **named)
    street.must_be_paid(invoice)

    def doubles() -> list[Json]:
        items = street.office("GET", f"/payments?invoice_id={invoice['invoice_id']}")["items"]
        return [each for each in items if each["double_of"] == named["payment_id"]]

    double = until(doubles, lambda found: len(found) == 1, "the double to be recognized")[0]
    until(
        lambda: street.office("GET", f"/payments/{double['payment_id']}/refunds")["items"],
        lambda items: [each["status"] for each in items] == ["succeeded"],
        "the double to be given back",
    )
    assert street.invoice(invoice)["balance_minor"] == 0


def test_a_card_that_was_declined_after_the_phone_took_it_is_told_to_everybody(street: Players) -> None:
    invoice = street.do_job("Aline Roy", "Prise", [line("Prise", "1", 9000, "none")])
    forward(street, 9000, DECLINED_CARD, invoice_id=invoice["invoice_id"])

    def told() -> list[str]:
        sheet = street.phone("GET", f"/jobs/{invoice['job_id']}")
        return [each["failure"]["code"] for each in sheet["payments"] if each["status"] == "failed"]

    until(told, lambda codes: codes == ["forwarded_declined"], "the phone to be told")
    assert street.office("GET", f"/payments?invoice_id={invoice['invoice_id']}&status=failed")["items"]


def test_a_card_taken_for_nobody_is_assigned_by_the_office(street: Players) -> None:
    invoice = street.do_job("Lise Roy", "Prise", [line("Prise", "1", 9000, "none")])
    stranger = forward(street, 9000)
    until(
        lambda: [each["unassigned_id"] for each in street.office("GET", "/unassigned_payments")["items"]],
        lambda ids: stranger in ids,
        "the money to be shown",
    )
    assert street.send("GET", "/unassigned_payments", None, street.phone_token).status_code == 403
    paid = street.office(
        "POST", f"/unassigned_payments/{stranger}/assignment", {"invoice_id": invoice["invoice_id"]}, status=201
    )
    assert (paid["status"], paid["balance_minor"]) == ("succeeded", 0)
