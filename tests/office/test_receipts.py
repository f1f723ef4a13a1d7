"""Receipts at the desk: every one is listed, looked at, and sent again."""

from __future__ import annotations

import pytest

from server.core.database import transaction
from server.payments.rules import Method
from server.receipts import queries
from tests.office.conftest import Desk
from tests.shop import Shop

PAGE = "/invoices/inv_1"


@pytest.fixture
def paid(desk: Desk, shop: Shop) -> Desk:
    """A desk where an invoice was paid in cash."""
    shop.collect(shop.invoice(), "pay_1", method=Method.CASH)
    return desk


def receipt_id() -> str:
    with transaction() as session:
        return queries.get_of_payment(session, "pay_1").id


def test_the_invoice_lists_its_receipts_and_where_they_went(paid: Desk, shop: Shop) -> None:
    shop.refund("pay_1", amount_minor=1000)
    page = paid.get(PAGE)
    assert page.index("Refund R-000002") < page.index("Receipt R-000001")
    assert "marie@example.com" in page
    for paper in ("", "?paper=80mm"):
        answer = paid.client.get(f"/office/receipts/{receipt_id()}.pdf{paper}")
        assert (answer.status_code, answer.content_type) == (200, "application/pdf")


def test_a_receipt_is_sent_to_another_address(paid: Desk) -> None:
    said = {"invoice_id": "inv_1", "channel": "email", "to": "paul@example.com"}
    answer = paid.post(f"/receipts/{receipt_id()}/sendings", said, on=PAGE)
    assert (answer.status_code, answer.location) == (303, "/office/invoices/inv_1")
    page = paid.get(PAGE)
    assert "The receipt is on its way." in page
    assert "paul@example.com" in page


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"channel": "email", "to": "nobody"}, "This is no address a receipt can be sent to."),
        ({"channel": "pigeon", "to": "paul@example.com"}, "This is no address a receipt can be sent to."),
        ({"channel": "text", "to": "+14185550199"}, "Text messages are not set up here."),
    ],
)
def test_what_cannot_be_sent_is_said(paid: Desk, said: dict[str, str], sentence: str) -> None:
    paid.post(f"/receipts/{receipt_id()}/sendings", {"invoice_id": "inv_1", **said}, on=PAGE)
    assert sentence in paid.get(PAGE)


def test_there_is_no_receipt_where_there_was_none(paid: Desk) -> None:
    assert paid.client.get("/office/receipts/rcp_none.pdf").status_code == 404
    assert paid.post("/receipts/rcp_none/sendings", {"channel": "email", "to": "a@b.ca"}, on=PAGE).status_code == 404
