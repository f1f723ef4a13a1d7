"""An app built on Stripe's example calls its eleven routes here: it connects, takes a card for an invoice, and more."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from server.cli.story.players import VISA, Json, Players, line
from tests.journeys.test_a_phone_as_a_reader import STRIPE, stripe, take


def app(street: Players, path: str, form: dict[str, Any] | None = None, *, method: str = "POST") -> requests.Response:
    """Call a route as the app does, with the token of a paired phone."""
    address, token = f"{street.world['web']}/terminal/{path}", {"Authorization": f"Bearer {street.phone_token}"}
    return requests.request(method, address, data=form, headers=token, timeout=30)


def at_stripe(street: Players, path: str) -> Json:
    """Ask Stripe for an object."""
    found: Json = requests.get(f"{street.world['sandbox']}/v1/{path}", headers=STRIPE, timeout=30).json()
    return found


def test_the_app_connects_and_sets_up_its_reader(street: Players) -> None:
    assert app(street, "", method="GET").status_code == 200
    assert app(street, "connection_token").json()["secret"].startswith("pst_")
    address = {"line1": "1 rue Saint-Jean", "city": "Québec", "state": "QC", "postal_code": "G1R 1N8", "country": "CA"}
    place = {"display_name": "Van", **{f"address[{part}]": value for part, value in address.items()}}
    made = app(street, "create_location", place).json()
    assert made["id"] in [each["id"] for each in app(street, "list_locations", method="GET").json()]
    reader = {"registration_code": "simulated-wpe", "label": "App", "location": made["id"]}
    assert app(street, "register_reader", reader).json()["location"] == made["id"]


def test_the_app_takes_a_card_for_an_invoice_and_captures_it(street: Players) -> None:
    invoice = street.do_job("Rose Roy", "Prise", [line("Prise", "1", 9000, "none")])
    begun = app(street, "create_payment_intent", {"amount": "9000", "invoice_id": invoice["invoice_id"]}).json()
    changed = {"payment_intent_id": begun["intent"], "receipt_email": "rose@example.com"}
    assert app(street, "update_payment_intent", changed).json() == begun
    take(street, begun["intent"])
    assert app(street, "capture_payment_intent", {"payment_intent_id": begun["intent"]}).json() == begun
    street.must_be_paid(invoice)
    late = app(street, "cancel_payment_intent", {"payment_intent_id": begun["intent"]})
    assert (late.status_code, late.headers["Content-Type"].split(";")[0]) == (402, "text/plain")
    assert late.text.startswith("Error canceling PaymentIntent! ")


def test_the_app_lets_go_of_what_it_does_not_want(street: Players) -> None:
    begun = app(street, "create_payment_intent", {"amount": "5100"}).json()
    assert app(street, "cancel_payment_intent", {"payment_intent_id": begun["intent"]}).json() == begun
    found = at_stripe(street, f"payment_intents/{begun['intent']}")
    assert (found["status"], found["currency"]) == ("canceled", "cad")


def test_the_app_keeps_a_card(street: Players) -> None:
    setup = app(street, "create_setup_intent").json()
    path = f"terminal/readers/{street.world['reader_id']}/process_setup_intent"
    stripe(street, path, {"setup_intent": setup["intent"], "allow_redisplay": "always"})
    street.present(VISA)
    tapped = at_stripe(street, f"setup_intents/{setup['intent']}?expand[]=latest_attempt")["latest_attempt"]
    kept = tapped["payment_method_details"]["card_present"]["generated_card"]
    attached = app(street, "attach_payment_method_to_customer", {"payment_method_id": kept}).json()
    assert attached["customer"]["email"] == "example@test.com"


@pytest.mark.parametrize("path", ["connection_token", "create_payment_intent", "register_reader"])
def test_nobody_without_a_token_gets_anything(street: Players, path: str) -> None:
    assert requests.post(f"{street.world['web']}/terminal/{path}", timeout=30).status_code == 401
