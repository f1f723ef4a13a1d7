"""Giving money back at the desk."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from server.access import operations as access
from server.access.rules import Role
from server.business import operations as business
from server.core.database import transaction
from server.payments.rules import Method
from tests import quebec
from tests.office.conftest import Desk, hidden
from tests.shop import Shop

PAGE = "/invoices/inv_1"
SUPERVISOR = "paul@plomberie-roy.example"


@pytest.fixture
def paid(desk: Desk, shop: Shop) -> Desk:
    """The desk, with an invoice paid in cash as `pay_1`."""
    shop.collect(shop.invoice(), "pay_1", method=Method.CASH)
    return desk


def give_back(desk: Desk, **said: str) -> TestResponse:
    form = {"refund_id": hidden(desk.get(PAGE), "refund_id"), "amount": "100,50", "reason": "Half the work", **said}
    return desk.post("/payments/pay_1/refunds", form, on=PAGE)


def test_money_goes_back_as_it_is_typed_and_the_story_tells(paid: Desk, shop: Shop) -> None:
    assert give_back(paid).status_code == 303
    page = paid.get(PAGE)
    for told in ("The money is given back", "Refund", "$100.50", "Half the work", "Refund notice by e-mail"):
        assert told in page, told
    assert shop.refund("pay_1", "ref_rest", Shop.TOTAL - 10050).status == "succeeded"
    assert "Give money back" not in paid.get(PAGE)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"amount": "ten"}, "This is not an amount."),
        ({"reason": ""}, "Say why the money goes back."),
        ({"amount": "218.46"}, "The amount is more than what is left of this payment to give back."),
    ],
)
def test_what_cannot_go_back_is_refused_in_words(paid: Desk, said: dict[str, str], sentence: str) -> None:
    refused = give_back(paid, **said)
    assert refused.status_code == 422
    assert sentence in refused.text


def test_interac_goes_back_at_the_reader_that_is_chosen(desk: Desk, shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1")
    shop.press("insert", number="4506445006931933")
    shop.ask("pay_1")
    assert "the customer presents the same card again" in desk.get(PAGE)
    assert "Choose the reader." in give_back(desk).text
    assert give_back(desk, reader_id=shop.reader.id).status_code == 303
    page = desk.get(PAGE)
    for told in ("The reader asks for the card that paid.", "Refund at the reader", "At the reader"):
        assert told in page, told
    refund_id = page.partition("/office/refunds/")[2].partition("/")[0]
    assert desk.post(f"/refunds/{refund_id}/reader", {"wanted": "cancel"}, on=PAGE).status_code == 303
    assert "This refund was canceled." in desk.get(PAGE)
    refused = desk.post(f"/refunds/{refund_id}/reader", {"wanted": "cancel"}, on=PAGE)
    assert refused.status_code == 303
    give_back(desk, reader_id=shop.reader.id)
    shop.press("insert", number="4506445006931933")
    again = desk.get(PAGE).partition("/office/refunds/")[2].partition("/")[0]
    assert desk.post(f"/refunds/{again}/reader", {}, on=PAGE).status_code == 303
    assert "Given back" in desk.get(PAGE)


def test_a_large_refund_waits_for_a_supervisor(paid: Desk, shop: Shop) -> None:
    with transaction() as session:
        business.change_settings(session, {"technician_refund_limit_minor": 0, "office_refund_limit_minor": 5000})
        access.add_staff(
            session,
            name="Paul Roy",
            role=Role.SUPERVISOR,
            language="en",
            email=SUPERVISOR,
            password=quebec.PASSWORD,
            now=shop.now(),
        )
    form = {"refund_id": "ref_1", "amount": "60", "reason": "Half the work"}
    assert paid.post("/payments/pay_1/refunds", form, on=PAGE).status_code == 303
    page = paid.get(PAGE)
    assert "Asked for by Anne Roy" in page
    assert "Asked for in your name: somebody else has to agree." in page
    decision = "/refunds/ref_1/decision"
    assert paid.post(decision, {"decision": "approve"}, on=PAGE).status_code == 403
    other = Desk(paid.client.application)
    assert other.sign_in(SUPERVISOR).status_code == 303
    assert "Approve it" in other.get(PAGE)
    assert other.post(decision, {"decision": "approve"}, on=PAGE).status_code == 303
    assert "Given back" in other.get(PAGE)
    assert other.post(decision, {"decision": "reject"}, on=PAGE).status_code == 409


def test_a_refund_that_a_bank_sent_back_stands_in_the_story(desk: Desk, shop: Shop) -> None:
    shop.collect(shop.invoice(), "pay_1")
    shop.press("tap", number="4000000000005126")
    shop.ask("pay_1")
    shop.refund("pay_1")
    shop.pass_time(days=1, seconds=5)
    shop.resolve_open()
    page = desk.get(PAGE)
    assert "its bank sent the refund back" in page
    assert "Give the money back another way" in page
