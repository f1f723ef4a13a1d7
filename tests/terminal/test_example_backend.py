"""The calls of Stripe's example apps, as they send them."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from server.access import operations as access
from server.core.database import transaction
from server.gateway import readers
from server.payments import flows as payments
from server.payments import queries
from tests.payments.test_currencies import issue
from tests.payments.test_mobile_reader import show, take
from tests.shop import Shop

INTERAC = "4506445006931933"


class App:
    """An example app on a paired phone."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.token = client, token

    def post(self, path: str, form: Any = None, **headers: str) -> TestResponse:
        given = headers or {"Authorization": f"Bearer {self.token}"}
        return self.client.post(f"/terminal/{path}", data=form or {}, headers=given)


@pytest.fixture
def app_(shop: Shop, client: FlaskClient) -> App:
    """An app with a token of ours."""
    with transaction() as session:
        pairing = access.create_pairing(session, technician_id=shop.technician.id, now=shop.now())
        paired = access.pair_device(session, code=pairing.code, name="Phone", now=shop.now())
    return App(client, paired.token)


def test_nothing_is_given_without_a_token_of_ours(app_: App) -> None:
    for path in ("connection_token", "create_payment_intent", "register_reader"):
        refused = app_.post(path, X_User_Email="nobody@example.com")
        assert (refused.status_code, refused.mimetype) == (401, "text/plain")
    assert app_.post("connection_token", **{"X-Auth-Token": app_.token}).get_json()["secret"].startswith("pst_")
    assert app_.client.get("/terminal/").status_code == 200


def test_a_page_of_another_address_may_ask(app_: App) -> None:
    asked = app_.client.options("/terminal/create_payment_intent")
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert "X-Auth-Token" in asked.headers["Access-Control-Allow-Headers"]
    assert app_.post("connection_token").headers["Cache-Control"] == "no-store"


def test_a_payment_that_names_its_invoice_pays_it_when_it_is_captured(app_: App, shop: Shop) -> None:
    invoice = shop.invoice()
    kinds = [("payment_method_types[]", kind) for kind in ("interac_present", "card_present", "card_present")]
    form = {"amount": str(Shop.TOTAL), "currency": "cad", "metadata[invoice_id]": invoice.id}
    begun = app_.post("create_payment_intent", MultiDict([*form.items(), *kinds])).get_json()
    assert begun["secret"].startswith(f"{begun['intent']}_secret_")
    take(shop, begun["intent"])
    for _ in range(2):
        captured = app_.post("capture_payment_intent", {"payment_intent_id": begun["intent"]})
        assert captured.get_json() == begun
    assert (shop.balance(invoice), shop.captured()) == (0, Shop.TOTAL)


def test_interac_is_paid_at_once_and_its_capture_is_no_error(app_: App, shop: Shop) -> None:
    invoice = shop.invoice()
    form = {"amount": str(Shop.TOTAL), "invoice_id": invoice.id}
    begun = app_.post("create_payment_intent", form).get_json()
    take(shop, begun["intent"], press="insert", number=INTERAC)
    assert app_.post("capture_payment_intent", {"payment_intent_id": begun["intent"]}).status_code == 200
    assert shop.balance(invoice) == 0


@pytest.mark.parametrize(("currency", "total_minor", "amount"), [("ISK", 18_500, 1_850_000), ("JPY", 18_500, 18_500)])
def test_an_app_counts_in_every_currency_as_stripe_does(
    app_: App, shop: Shop, currency: str, total_minor: int, amount: int
) -> None:
    invoice = issue(shop, currency, total_minor)
    begun = app_.post("create_payment_intent", {"amount": str(amount), "invoice_id": invoice.id}).get_json()
    assert show(shop, begun["intent"]).amount_minor == total_minor
    take(shop, begun["intent"])
    wanted = {"payment_intent_id": begun["intent"], "amount_to_capture": str(amount)}
    assert app_.post("capture_payment_intent", wanted).get_json() == begun
    assert shop.balance(invoice) == 0


def test_a_part_of_a_crown_is_refused(app_: App, shop: Shop) -> None:
    invoice = issue(shop, "ISK", 18_500)
    refused = app_.post("create_payment_intent", {"amount": "1850050", "invoice_id": invoice.id})
    assert (refused.status_code, refused.mimetype) == (402, "text/plain")
    assert shop.intents() == []


def test_the_currency_is_the_businesss_unless_told(app_: App, shop: Shop) -> None:
    begun = app_.post("create_payment_intent", {"amount": "5100"}).get_json()
    assert show(shop, begun["intent"]).currency == "CAD"


def test_money_for_no_invoice_waits_for_the_office(app_: App, shop: Shop) -> None:
    begun = app_.post("create_payment_intent", {"amount": "5100", "currency": "cad"}).get_json()
    take(shop, begun["intent"])
    part = {"payment_intent_id": begun["intent"], "amount_to_capture": "5000"}
    assert app_.post("capture_payment_intent", part).get_json() == begun
    with transaction() as session:
        assert session.scalars(queries.unassigned_statement()).one().amount_minor == 5000


@pytest.mark.parametrize("part_minor", [Shop.TOTAL, 10000], ids=["all", "a part"])
def test_an_app_counts_the_tip_in_as_stripe_does(app_: App, shop: Shop, part_minor: int) -> None:
    payments.set_tips(tips={"CAD": {"fixed_amounts_minor": [500]}})
    invoice = shop.invoice()
    begun = app_.post("create_payment_intent", {"amount": str(Shop.TOTAL), "invoice_id": invoice.id}).get_json()
    readers.collect(shop.reader.id, intent_id=begun["intent"], key="k", currency="CAD", tip_on_minor=Shop.TOTAL)
    shop.press("tap", tip=500)
    named = {"payment_intent_id": begun["intent"]}
    assert app_.post("capture_payment_intent", {**named, "amount_to_capture": "500"}).status_code == 402
    for _ in range(2):
        taken = app_.post("capture_payment_intent", {**named, "amount_to_capture": str(part_minor + 500)})
        assert taken.get_json() == begun
    assert (shop.captured(), shop.balance(invoice)) == (part_minor + 500, Shop.TOTAL - part_minor)


def test_what_is_canceled_takes_nothing(app_: App, shop: Shop) -> None:
    invoice = shop.invoice()
    for form in ({"amount": "5100", "currency": "cad"}, {"amount": "5100", "invoice_id": invoice.id}):
        begun = app_.post("create_payment_intent", form).get_json()
        take(shop, begun["intent"])
        assert app_.post("cancel_payment_intent", {"payment_intent_id": begun["intent"]}).get_json() == begun
    assert (shop.captured(), shop.balance(invoice)) == (0, Shop.TOTAL)


@pytest.mark.parametrize(
    ("path", "form", "status", "says"),
    [
        ("create_payment_intent", {}, 400, "'amount' is a required parameter"),
        ("create_payment_intent", {"amount": "ten"}, 402, "Error creating PaymentIntent! Invalid integer: ten"),
        ("create_payment_intent", {"amount": "1", "currency": "cad"}, 402, "Error creating PaymentIntent! "),
        ("create_payment_intent", {"amount": "500", "invoice_id": "inv_gone"}, 402, "There is no such invoice."),
        ("capture_payment_intent", {"payment_intent_id": "pi_gone"}, 402, "Error capturing PaymentIntent! No such"),
        ("update_payment_intent", {}, 400, "'payment_intent_id' is a required parameter"),
        ("register_reader", {"registration_code": "wrong"}, 402, "Error registering reader! "),
    ],
)
def test_failures_are_plain_text_as_the_example_says_them(
    app_: App, path: str, form: dict[str, str], status: int, says: str
) -> None:
    refused = app_.post(path, form)
    assert (refused.status_code, refused.mimetype) == (status, "text/plain")
    assert says in refused.text


@pytest.mark.parametrize("kind", ["drop_after", "error_429"])
def test_a_card_that_cannot_be_kept_now_is_said_in_plain_text(app_: App, shop: Shop, kind: str) -> None:
    shop.fault(kind, "/v1/setup_intents", times=3)
    refused = app_.post("create_setup_intent")
    assert (refused.status_code, refused.mimetype) == (402, "text/plain")
    assert refused.text.startswith("Error creating SetupIntent! The card service ")


def test_the_rest_of_the_eleven(app_: App, shop: Shop) -> None:
    made = app_.post(
        "create_location", {"display_name": "Van", "address[country]": "CA", "address[city]": "Québec",
                            "address[line1]": "1 rue Saint-Jean", "address[state]": "QC",
                            "address[postal_code]": "G1R 1N8"}
    ).get_json()  # fmt: skip
    headers = {"Authorization": f"Bearer {app_.token}"}
    listed = app_.client.get("/terminal/list_locations", headers=headers).get_json()
    assert made["id"] in [each["id"] for each in listed]
    reader = {"registration_code": "simulated-wpe", "label": "Van 2", "location": made["id"]}
    assert app_.post("register_reader", reader).get_json()["object"] == "terminal.reader"
    begun = app_.post("create_payment_intent", {"amount": "500", "currency": "cad"}).get_json()
    changed = {"payment_intent_id": begun["intent"], "receipt_email": "a@example.com"}
    assert app_.post("update_payment_intent", changed).get_json() == begun
    assert app_.post("create_setup_intent", {}).get_json()["intent"].startswith("seti_")
